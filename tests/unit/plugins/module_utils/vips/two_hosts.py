# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three hosts a, b and c on one link with the world, as namespaces: slice web on a and b, slice db on b and c, and, in mode nat, cache on a."""
from __future__ import annotations

import contextlib
import re
import socket
import struct
import subprocess
import time

from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import prefix6, vip6, vm_mac
from ansible_collections.foresight.netslice.plugins.module_utils.vips import arp, ruleset, vxlan
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import attacks, namespaces, packets
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.packets import UDP, checksum, ethernet, ipv4, ipv6, udp

LAST = {"world": 1, "a": 11, "b": 12, "c": 13}
RANGES = [{"slice": "web", "range": "10.90.2.0/24", "range6": attacks.RANGE6}, {"slice": "db", "range": "10.90.3.0/24"},
          {"slice": "cache", "range": "10.90.4.0/24", "range6": "fd00:90:4::/64"}]
#: id of a slice -> its range of IPv6; db has none
RANGES6 = {16: attacks.RANGE6, 18: "fd00:90:4::/64"}
FLOWS = [{"from": "web", "to": "db", "protocol": "tcp", "port": 5432}]
#: host -> its networks: slice, id, its prefix, and the hosts the slice is on with theirs
NETWORKS = {
    "a": [("web", 16, "10.90.2.0/27", {"b": "10.90.2.32/27"}), ("cache", 18, "10.90.4.0/27", {})],
    "b": [("web", 16, "10.90.2.32/27", {"a": "10.90.2.0/27"}), ("db", 17, "10.90.3.32/27", {"c": "10.90.3.64/27"})],
    "c": [("db", 17, "10.90.3.64/27", {"b": "10.90.3.32/27"})],
}
#: guest -> its host, the id of its slice, its VIP
GUESTS = {"evil": ("a", 16, attacks.EVIL), "victim": ("b", 16, "10.90.2.34"), "neighbour": ("b", 16, "10.90.2.35"),
          "other": ("b", 17, "10.90.3.34"), "hidden": ("a", 18, "10.90.4.2")}


class Lab:
    """The namespaces by name, and what is done in them. underlay: how the addresses of the hosts begin; joined: whether slices have their overlay."""

    def __init__(self, underlay, stack, joined):
        self.underlay, self.version, self.joined = underlay, 6 if ":" in underlay else 4, joined
        self.mtu = 1500 - (70 if self.version == 6 else 50)
        self.spaces = {}
        self._connect(stack)
        for host in NETWORKS:
            self.join(host)
        for name, (host, number, vip) in GUESTS.items():
            guest = stack.enter_context(namespaces.guest(self.spaces[host], number, vip, vip6=_vip6(number, vip)))
            gateway = _gateway(host, number)
            # Attacks of one test shall not last to the next.
            guest.run(f"ip link set dev eth0 mtu {self.mtu}", f"ip route replace default via {gateway}",
                      f"ip neigh replace {gateway} lladdr {vm_mac(gateway)} dev eth0 nud permanent")
            self.spaces[host].run(f"ip neigh replace {vip} lladdr {vm_mac(vip)} dev nsb{number} nud permanent",
                                  *([f"ip neigh replace {_vip6(number, vip)} lladdr {vm_mac(vip)} dev nsb{number} nud permanent"] if number in RANGES6 else []))
            self.spaces[name] = guest

    def address(self, name):
        """The address of a host, or of the world, on the link."""
        return f"{self.underlay}{':' if self.version == 6 else '.'}{LAST[name]}"

    def _connect(self, stack):
        lan = self.spaces["lan"] = namespaces.Namespace()
        stack.callback(lan.close)
        lan.run("ip link add lan0 type bridge forward_delay 0 mcast_snooping 0", "ip link set dev lan0 up")
        for name, last in LAST.items():
            if name == "world":
                space = namespaces.Namespace()
                stack.callback(space.close)
            else:
                space = stack.enter_context(namespaces.host({number: f"{_gateway(name, number)}/27" for _slice, number, _prefix, _peers in NETWORKS[name]}))
            self.spaces[name] = space
            lan.run(f"ip link add to-{name} type veth peer name up0 address {_mac(name)} netns {space.path}", f"ip link set dev to-{name} master lan0 up")
            space.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1", "ip link set dev up0 up", f"ip addr add 192.0.2.{last}/24 dev up0",
                      f"ip addr add 2001:db8::{last}/64 dev up0 nodad")
            for _slice, number, prefix, _peers in NETWORKS.get(name, ()):
                if number in RANGES6:
                    length = prefix6(RANGES6[number], prefix).partition("/")[2]
                    space.run(f"ip addr add {_vip6(number, _gateway(name, number))}/{length} dev nsb{number} nodad")
        for name in LAST:
            for other, networks in NETWORKS.items():
                if other != name:
                    # While the link-local address of the link is tentative, nobody is found by IPv6.
                    self.spaces[name].run(f"ip neigh replace 2001:db8::{LAST[other]} lladdr {_mac(other)} dev up0 nud permanent")
                    self.spaces[name].run(*(f"ip route add {prefix} via 192.0.2.{LAST[other]}" for _slice, _number, prefix, _peers in networks))
                    self.spaces[name].run(*(f"ip route add {prefix6(attacks.RANGE6, prefix)} via 2001:db8::{LAST[other]}"
                                            for slice_, _number, prefix, _peers in networks if slice_ == "web"))

    def networks(self, host):
        """The networks of a host, as in its state."""
        return [
            {"slice": slice_, "id": number, "bridge": f"nsb{number}", "prefix": prefix, "mode": "nat" if slice_ == "cache" else "routed", "mtu": self.mtu,
             **({"range6": RANGES6[number], "prefix6": prefix6(RANGES6[number], prefix)} if number in RANGES6 else {}),
             **({"overlay": {"vni": number, "local": self.address(host), "peers": [
                 {"address": self.address(peer), "prefix": theirs} for peer, theirs in peers.items()]}} if peers and self.joined else {})}
            for slice_, number, prefix, peers in NETWORKS[host]
        ]

    def join(self, host):
        """Make the VXLAN devices of a host; the steps that were needed."""
        with self.spaces[host]:
            steps = vxlan.plan(vxlan.tunnels(self.networks(host)), vxlan.read())
            vxlan.apply(steps)
        return steps

    def load(self, host, isolated):
        """The tables of a host on or off."""
        networks = self.networks(host)
        vms = [{"vip": vip, "vip6": _vip6(number, vip), "want": "active"}
               for where, number, vip in GUESTS.values() if where == host]
        text = ruleset.render(ruleset.elements(networks, vms, RANGES, FLOWS, ["up0"]), networks, ["up0"])
        with self.spaces[host]:
            subprocess.run(["nft", "flush", "ruleset"], check=True)
            if isolated:
                subprocess.run(["nft", "-f", "-"], input=text.encode(), check=True)

    def announce(self):
        """Let the bridges know again who is where."""
        for name, (host, number, vip) in GUESTS.items():
            packets.send(self.spaces[name], arp.frame(arp.REPLY, vm_mac(vip), vip, arp.NOBODY, _gateway(host, number)))
        time.sleep(0.01)

    def hide(self, host):
        """Hide the slice in mode nat where the tables, which do it, are off."""
        with self.spaces[host]:
            listing = subprocess.run(["nft", "list", "tables"], stdout=subprocess.PIPE, check=True).stdout
            if not listing:
                for family, prefix in (("ip", "10.90.4.0/27"), ("ip6", prefix6(RANGES6[18], "10.90.4.0/27"))):
                    post = f'type nat hook postrouting priority 100; {family} saddr {prefix} oifname "up0" masquerade;'
                    subprocess.run(["nft", f"table {family} nat {{ chain post {{ {post} }}; }}"], check=True)

    def counted(self, host, table, chain):
        """Packets that the one counter of a chain of a host has seen."""
        with self.spaces[host]:
            listing = subprocess.run(["nft", "list", "chain"] + table.split() + [chain], stdout=subprocess.PIPE, check=True).stdout.decode()
        (packets_seen,) = re.findall(r"counter packets (\d+)", listing)
        return int(packets_seen)

    def sent(self, host, classid):
        """Packets that a class of HTB of a host's link has sent."""
        with self.spaces[host]:
            listing = subprocess.run(["tc", "-s", "class", "show", "dev", "up0"], stdout=subprocess.PIPE, check=True).stdout.decode()
        return int(listing.partition(f"class htb {classid} ")[2].partition(" bytes ")[2].partition(" pkt")[0])

    def reaches(self, sender, frame, receiver, device="eth0", mark=attacks.MARK, expected=False):
        """Whether a frame, or one of several, sent from a device of one namespace arrives at `eth0` of another. One that is expected to is waited for for
        long: the machine may be busy."""
        ear = packets.Listener(self.spaces[receiver])
        try:
            for one in frame if isinstance(frame, list) else [frame]:
                packets.send(self.spaces[sender], one, device)
            return ear.hears(mark, 20 if expected else 0.15)
        finally:
            ear.close()

    def reached(self, sender, frames, receiver, expected):
        """The names of those of {name: frame} that arrive."""
        found = set()
        for name, frame in frames.items():
            self.announce()
            if self.reaches(sender, frame, receiver, expected=name in expected):
                found.add(name)
        return found

    def outer(self, sender, source, destination, vni, inner, port=vxlan.PORT):
        """A frame in VXLAN, from one host's device with the address of another to a third."""
        payload = udp(40000, port, struct.pack("!II", 0x08000000, vni << 8) + inner)
        if self.version == 4:
            return ethernet(_mac(sender), _mac(destination), 0x0800, ipv4(self.address(source), self.address(destination), UDP, payload))
        packet = ipv6(self.address(source), self.address(destination), UDP, self.summed(self.address(source), destination, payload))
        return ethernet(_mac(sender), _mac(destination), 0x86DD, packet)

    def summed(self, source, destination, datagram):
        """The datagram with its checksum, which IPv6 asks for."""
        ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, self.address(destination))
        total = checksum(ends + struct.pack("!II", len(datagram), UDP) + datagram)
        return datagram[:6] + struct.pack("!H", total or 0xFFFF) + datagram[8:]

    def arrives(self, host, frame, sender, destination, expected=False):
        """Whether a guest's frame comes to the IP layer of a host as a packet for `destination`."""
        counter = f"table ip seen {{\nchain input {{\ntype filter hook input priority -400\niifname nsb16 ip daddr {destination} counter\n}}\n}}\n"
        with self.spaces[host]:
            subprocess.run(["nft", "-f", "-"], input=counter.encode(), check=True)
            packets.send(self.spaces[sender], frame)
        arrived = packets.waited(lambda: self.counted(host, "ip seen", "input") == 1, 20 if expected else 0.15)
        with self.spaces[host]:
            subprocess.run(["nft", "delete", "table", "ip", "seen"], check=True)
        return arrived


@contextlib.contextmanager
def lab(underlay, joined=True):
    """A Lab whose hosts meet by addresses that begin so: 192.0.2 or 2001:db8:."""
    with contextlib.ExitStack() as stack:
        yield Lab(underlay, stack, joined)


def _vip6(number, vip):
    """The IPv6 address beside a VIP of a slice, None where the slice has no IPv6."""
    return vip6(RANGES6[number], vip) if number in RANGES6 else None


def _gateway(host, number):
    prefix = next(prefix for _slice, this, prefix, _peers in NETWORKS[host] if this == number)
    first, _dot, last = prefix.partition("/")[0].rpartition(".")
    return f"{first}.{int(last) + 1}"


def _mac(name):
    return f"02:00:00:00:00:{LAST[name]:02x}"
