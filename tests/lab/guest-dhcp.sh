#!/bin/sh
# What udhcpc calls with each event of the lease of $interface. Its variables come by the environment.
# shellcheck disable=SC2154
case $1 in
deconfig)
    ip -4 addr flush dev "$interface"
    ;;
bound | renew)
    [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
    ip addr replace "$ip/$mask" broadcast + dev "$interface"
    [ -z "$router" ] || ip route replace default via "${router%% *}" dev "$interface"
    hostname "${hostname:-vm-$(echo "$ip" | tr . -)}"
    echo "$ip $(hostname) $(cut -d' ' -f1 /proc/uptime)" >/www/index.html
    [ "$1" = renew ] || echo "guest: $ip at $(cut -d' ' -f1 /proc/uptime) s"
    ;;
esac
