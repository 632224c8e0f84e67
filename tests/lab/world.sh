#!/usr/bin/env bash
# Process 1 of the world of the lab: clients and the router before the hypervisors.
# usage: world.sh DIR
set -euo pipefail
dir=$1

hostname world
mount --make-rprivate /
mount -t sysfs sysfs /sys
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0
sysctl -qw net.ipv6.conf.all.forwarding=1
ip link add lan0 type bridge
ip address add 192.0.2.1/24 dev lan0
ip address add 2001:db8::1/64 dev lan0 nodad
ip link set lan0 up
touch "$dir/ready"

trap 'exit 0' TERM INT
while :; do
    sleep 3600 &
    wait $! || true
done
