#!/usr/bin/env bash
# Two balancers and a client in namespaces of their own: the service address is where HAProxy answers, whoever fails.
set -eu
# keepalived runs no program below a folder that others may write to.
work=$(mktemp -d -p /var/lib)
prefix=nslb$$
finish() {
    for file in "$work"/*/*.pid; do
        kill "$(cat "$file")" 2>/dev/null || true
    done
    for name in lan lb1 lb2; do
        ip netns del "$prefix-$name" 2>/dev/null || true
    done
    rm -rf "$work" /etc/sysctl.d/60-netslice-balancer.conf
}
trap finish EXIT

inside() {
    local name=$1
    shift
    ip netns exec "$prefix-$name" "$@"
}

start_haproxy() {
    inside "$1" haproxy -D -p "$work/$1/haproxy.pid" -f "$work/$1/haproxy.cfg"
}

stop_haproxy() {
    kill "$(cat "$work/$1/haproxy.pid")"
    rm "$work/$1/haproxy.pid"
}

start_keepalived() {
    inside "$1" keepalived --use-file "$work/$1/keepalived.conf" --pid "$work/$1/keepalived.pid" --vrrp_pid "$work/$1/vrrp.pid" --vrrp --log-console --dont-fork \
        >"$work/$1/keepalived.log" 2>&1 &
}

# who FAMILY: the balancer that answers the client at the service address, or nothing.
who() {
    local url=http://192.0.2.20/
    [ "$1" = 4 ] || url='http://[2001:db8::20]/'
    inside lan curl --silent --max-time 5 "$url" || true
}

# expect NAME WHY: both addresses are answered by it, at last after some minutes.
expect() {
    local waited=0
    until [ "$(who 4)$(who 6)" = "$1$1" ]; do
        waited=$((waited + 1))
        if [ $waited -gt 240 ]; then
            echo "$2: expected $1, IPv4 is answered by '$(who 4)', IPv6 by '$(who 6)'" >&2
            tail -n 30 "$work"/*/keepalived.log >&2
            exit 1
        fi
        sleep .5
    done
    echo "ok: $2, $1 answers"
}

ip netns add "$prefix-lan"
inside lan ip link add lan type bridge mcast_snooping 0
inside lan ip link set lan up
inside lan ip address add 192.0.2.1/24 dev lan
inside lan ip address add 2001:db8::1/64 dev lan nodad
for number in 1 2; do
    name=lb$number
    mkdir "$work/$name"
    ip netns add "$prefix-$name"
    inside lan ip link add "port$number" type veth peer name lan0 netns "$prefix-$name"
    inside lan ip link set "port$number" master lan up
    inside "$name" ip link set lo up
    inside "$name" ip link set lan0 up
    inside "$name" ip address add "192.0.2.1$number/24" dev lan0
    inside "$name" ip address add "2001:db8::1$number/64" dev lan0 nodad
    sed "s|SOCKET|$work/$name/admin.sock|; s|NAME|$name|" files/haproxy.cfg >"$work/$name/haproxy.cfg"
    inside "$name" ansible-playbook -i lb1,lb2 --limit "$name" service.yml -e "work=$work" "$@"
done

start_haproxy lb1
start_keepalived lb1
expect lb1 'one balancer runs'
start_haproxy lb2
start_keepalived lb2
sleep 4
expect lb1 'the second does not take the address'
stop_haproxy lb1
expect lb2 'HAProxy of the first is gone'
start_haproxy lb1
sleep 6
expect lb2 'the first is back and does not take it back'
kill -STOP "$(cat "$work/lb2/haproxy.pid")"
expect lb1 'HAProxy of the second hangs'
kill -CONT "$(cat "$work/lb2/haproxy.pid")"
sleep 4
inside lb1 ip link set lan0 down
expect lb2 'the first has lost its network'

inside lb1 ansible-playbook -i lb1,lb2 --limit lb1 removal.yml -e "work=$work" "$@"
