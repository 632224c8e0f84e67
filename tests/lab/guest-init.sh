#!/bin/sh
# Process 1 of a guest: no root filesystem, everything lives in the initramfs.
# The address comes by DHCP, or by the kernel's command line as that of IPv6 does, whose way out comes by router advertisements; then a page over HTTP and an iperf3 server answer on it. The ACPI power button ends the guest.
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do
    insmod "/modules/$module.ko" 2>/dev/null || echo "guest: module $module did not load"
done </modules/order
acpid -d >/dev/null 2>&1 &
# Processors that are plugged in later wait until somebody uses them; the page tells what the guest has.
read -r possible </sys/devices/system/cpu/possible
[ "$possible" = 0 ] || while :; do
    for switch in /sys/devices/system/cpu/cpu*/online; do
        read -r on <"$switch"
        [ "$on" = 1 ] || echo 1 >"$switch"
    done
    echo "$(nproc) $(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" >/www/size
    sleep 2
done 2>/dev/null &
ip link set lo up
ip link set eth0 up
read -r cmdline </proc/cmdline
stated=
for word in $cmdline; do
    case $word in
    ip=*) stated=${word#ip=} ;;
    netslice.vip6=*) ip -6 addr add "${word#*=}/128" dev eth0 ;;
    esac
done
# The page carries the time from boot to address, so that a reader sees what booting costs.
if [ -n "$stated" ]; then
    export ip router mask hostname mtu='' interface=eth0
    IFS=: read -r ip _ router mask hostname _ <<WORD
$stated
WORD
    /etc/dhcp.sh bound
else
    udhcpc -i eth0 -s /etc/dhcp.sh -t 30 -T 1 -A 1 -O mtu -S >/dev/null 2>&1 &
fi
httpd -h /www
# A server that ends, whatever its last client did, comes back.
while :; do
    iperf3 -s >/dev/null 2>&1
    sleep 0.2
done &
echo "guest: up at $(cut -d' ' -f1 /proc/uptime) s"
while :; do wait; sleep 1; done
