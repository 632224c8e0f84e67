#!/bin/sh
# What a guest knows of its link, and whether it sees a neighbour there: /cgi-bin/link?ADDRESS, answered by busybox httpd.
echo 'Content-Type: text/plain'
echo
neighbour=${QUERY_STRING%/}
ip -4 -o addr show dev eth0
echo "mtu $(cat /sys/class/net/eth0/mtu)"
ping -c 1 -W 5 "$neighbour" >/dev/null 2>&1 && echo "reached $neighbour"
cat /proc/net/arp
