#!/usr/bin/env bash
# Process 1 of a hypervisor of the lab: private /run, /dev, /etc and libvirt folders, then libvirtd; reaps what its daemons leave behind.
# usage: hypervisor.sh NAME DIR DRIVER(qemu|test) PYTHON
set -euo pipefail
name=$1 dir=$2 driver=$3 python=$4

hostname "$name"
mount --make-rprivate /

# What roles write into these folders is this host's alone. Copies, because layers over layers have a limit.
for path in /etc /usr/local/sbin; do
    mkdir -p "$dir/own$path"
    cp -a $path/. "$dir/own$path"
    mount --bind "$dir/own$path" $path
done
# Of /usr/local/lib only what roles of ours make there: what else is there may be large.
lib=$dir/own/usr/local/lib
mkdir -p "$lib"
for path in /usr/local/lib/*; do
    case $path in */netslice-* | */\*) continue ;; esac
    if [ -d "$path" ]; then
        mkdir "$lib/${path##*/}"
        mount --bind "$path" "$lib/${path##*/}"
    else
        cp -a "$path" "$lib"
    fi
done
mount --rbind "$lib" /usr/local/lib

# Names resolve here without asking anyone: libvirt looks up its own host's name at every start of a domain.
mkdir -p "$dir/etc"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$dir/etc/hosts"
: >"$dir/etc/resolv.conf"
for file in hosts resolv.conf; do
    [ -L /etc/$file ] || mount --bind "$dir/etc/$file" /etc/$file
done

# /sys of this network namespace, with the control groups as they were.
mount -t sysfs sysfs /sys
[ ! -d /sys/fs/cgroup ] || mount -t tmpfs -o ro tmpfs /sys/fs/cgroup

for path in /run /var/lib/libvirt /var/cache/libvirt /etc/libvirt /etc/sysctl.d; do
    mkdir -p "$path"
    mount -t tmpfs -o mode=0755 tmpfs "$path"
done
mkdir -p "$dir/log" /var/log/libvirt /run/lock
mount --bind "$dir/log" /var/log/libvirt

# Devices without kvm: a node that cannot be used makes libvirt probe QEMU again at every call.
mkdir /run/dev
mount -t tmpfs -o mode=0755,nosuid tmpfs /run/dev
for node in null zero full random urandom tty; do
    touch /run/dev/$node
    mount --bind /dev/$node /run/dev/$node
done
mkdir /run/dev/{net,pts,shm}
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /run/dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts /run/dev/pts
ln -s pts/ptmx /run/dev/ptmx
ln -s /proc/self/fd /run/dev/fd
for n in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/${n%:*} /run/dev/${n#*:}; done
if [ -e /dev/net/tun ]; then
    touch /run/dev/net/tun
    mount --bind /dev/net/tun /run/dev/net/tun
else
    mknod /run/dev/net/tun c 10 200
fi
mount --move /run/dev /dev

# Forwarding is set beforehand: libvirt sets it when a network starts, and never resets it.
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1 || true

cat >/etc/libvirt/libvirtd.conf <<CONF
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "2:file:/var/log/libvirt/libvirtd.log"
CONF
cat >/etc/libvirt/qemu.conf <<CONF
user = "root"
group = "root"
security_driver = "none"
dynamic_ownership = 0
remember_owner = 0
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
CONF
libvirtd -d -p /run/libvirtd.pid
until virsh -q -c qemu:///system list >/dev/null 2>&1; do sleep 0.1; done

if [ "$driver" = test ]; then
    # State of the test driver lives as long as one connection does.
    "$python" - "$dir/ready" <<'HOLD' &
import pathlib, sys, time
import libvirt
connection = libvirt.open("test+unix:///default")
pathlib.Path(sys.argv[1]).touch()
while True:
    time.sleep(3600)
HOLD
else
    touch "$dir/ready"
fi

trap 'exit 0' TERM INT
while :; do
    sleep 3600 &
    wait $! || true
done
