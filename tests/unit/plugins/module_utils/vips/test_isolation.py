# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ruleset against attacks from a guest's tap: each reaches its victim without the tables, and not with them."""
from __future__ import annotations

import contextlib
import socket
import subprocess
import time

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import vip6, vm_mac
from ansible_collections.foresight.netslice.plugins.module_utils.vips import arp, ruleset
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import attacks, namespaces, packets
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.attacks import (
    EVIL, EVIL6, EVIL_MAC, GATEWAY, GATEWAY6, GATEWAY_MAC, IP6, MARK, OTHER, OTHER6,
)
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.packets import SYN, TCP, UDP, ethernet, tcp, udp

pytestmark = pytest.mark.skipif(not namespaces.allowed(), reason="needs root, network namespaces and nft")

VICTIM = "10.90.2.3"
VICTIM_MAC, VICTIM6 = vm_mac(VICTIM), vip6(attacks.RANGE6, VICTIM)
OUTSIDE6 = "2001:db8::9"
FRAMES = attacks.Frames(VICTIM)

RULES = ruleset.render(ruleset.elements(
    [{"prefix": "10.90.2.0/27", "mode": "routed"}, {"prefix": "10.90.3.0/27", "prefix6": "fd00:90:3::a5a:300/123", "mode": "nat"}],
    [{"vip": vip, "vip6": six, "want": "active"} for vip, six in ((EVIL, EVIL6), (VICTIM, VICTIM6), (OTHER, OTHER6))],
    [{"slice": "web", "range": "10.90.2.0/24", "range6": "fd00:90:2::/64"}, {"slice": "db", "range": "10.90.3.0/24", "range6": "fd00:90:3::/64"}],
    [{"from": "web", "to": "db", "protocol": "tcp", "port": 5432}],
))


@pytest.fixture(name="world", scope="module")
def _world():
    """A host of two slices; two guests of the first, one of the second, and what arrives at the victims."""
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(namespaces.host({16: GATEWAY + "/27", 17: "10.90.3.1/27"}))
        host.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1", f"ip addr add {GATEWAY6}/123 dev nsb16 nodad",
                 "ip addr add fd00:90:3::a5a:301/123 dev nsb17 nodad")
        evil = stack.enter_context(namespaces.guest(host, 16, EVIL))
        victim = stack.enter_context(namespaces.guest(host, 16, VICTIM))
        victim.run(f"ip neigh replace {GATEWAY} lladdr {GATEWAY_MAC} dev eth0 nud permanent")  # attacks of one test shall not last to the next
        other = stack.enter_context(namespaces.guest(host, 17, OTHER))
        host.run(*(f"ip neigh replace {vip} lladdr {vm_mac(vip)} dev nsb{number} nud permanent"
                   for vip, number in ((EVIL, 16), (VICTIM, 16), (OTHER, 17))))
        host.run(*(f"ip neigh replace {six} lladdr {vm_mac(vip)} dev nsb{number} nud permanent"
                   for vip, six, number in ((EVIL, EVIL6, 16), (VICTIM, VICTIM6, 16), (OTHER, OTHER6, 17))))
        yield {"host": host, "evil": evil, "victim": victim, "other": other}


@pytest.fixture(name="isolated", params=[False, True], ids=["tables off", "tables on"])
def _isolated(request, world):
    with world["host"]:
        subprocess.run(["nft", "flush", "ruleset"], check=True)
        if request.param:
            subprocess.run(["nft", "-f", "-"], input=RULES.encode(), check=True)
    packets.send(world["victim"], arp.frame(arp.REPLY, VICTIM_MAC, VICTIM, arp.NOBODY, GATEWAY))  # so that the bridge knows again where the victim is
    time.sleep(0.01)
    return request.param


@pytest.mark.parametrize("name", FRAMES.attacks)
def test_attack_inside_a_slice(world, isolated, name):
    assert attacks.reaches(world, "evil", FRAMES.attacks[name], "victim", not isolated) is not isolated


def test_there_are_attacks_enough():
    assert len(FRAMES.attacks) >= 35 and len({str(frame) for frame in FRAMES.attacks.values()}) == len(FRAMES.attacks)


def test_poisoning_the_bridge_turns_no_frames_to_the_attacker(world, isolated):
    """A frame from the victim's MAC makes a learning bridge send what is for the victim to the attacker's port."""
    packets.send(world["evil"], FRAMES.inside(udp(1, 9, b""), source_mac=VICTIM_MAC))
    ear = packets.Listener(world["evil"])
    try:
        with world["host"], socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(b"for the victim", (VICTIM, 9))
        assert ear.hears(b"for the victim", 0.15 if isolated else 20) is not isolated
    finally:
        ear.close()


@pytest.mark.parametrize("name", FRAMES.own)
@pytest.mark.usefixtures("isolated")
def test_what_a_guest_may_send(world, name):
    assert attacks.reaches(world, "evil", FRAMES.own[name], "victim", True)


@attacks.between_slices
def test_between_slices(world, isolated, segment, sender, receiver, passes):
    vips = {"evil": EVIL, "other": OTHER}
    protocol = UDP if segment[8:].startswith(MARK) else TCP
    gateway = GATEWAY_MAC if sender == "evil" else vm_mac("10.90.3.1")
    frame = FRAMES.inside(segment, vips[sender], vips[receiver], vm_mac(vips[sender]), gateway, protocol)
    expected = passes or not isolated
    assert attacks.reaches(world, sender, frame, receiver, expected) is expected
    vips6 = {"evil": EVIL6, "other": OTHER6}
    frame = ethernet(vm_mac(vips[sender]), gateway, IP6, packets.ipv6(vips6[sender], vips6[receiver], protocol, segment))
    assert attacks.reaches(world, sender, frame, receiver, expected) is expected


def test_an_unnamed_port_of_the_bridge_reaches_no_guest(world, isolated):
    with contextlib.ExitStack() as stack:
        world["stranger"] = stack.enter_context(namespaces.guest(world["host"], 16, "10.90.2.30", tap="stranger0"))
        frame = FRAMES.inside(udp(1, 9, MARK), "10.90.2.30", VICTIM, vm_mac("10.90.2.30"))
        assert attacks.reaches(world, "stranger", frame, "victim", not isolated) is not isolated


@pytest.mark.parametrize("segment, protocol, passes", [
    (udp(4000, 53, MARK), UDP, False),
    (tcp(4000, 22, SYN, MARK), TCP, False),
    (udp(68, 67, MARK), UDP, True),
    (packets.icmp_echo(MARK), packets.ICMP, True),
], ids=["DNS", "SSH", "DHCP", "ping"])
def test_the_host_itself(world, isolated, segment, protocol, passes):
    counter = "table inet seen {\nchain input {\ntype filter hook input priority 10\niifname nsb16 ip saddr %s counter\n}\n}\n" % EVIL
    with world["host"]:
        subprocess.run(["nft", "-f", "-"], input=counter.encode(), check=True)
        packets.send(world["evil"], FRAMES.inside(segment, EVIL, GATEWAY, EVIL_MAC, GATEWAY_MAC, protocol))
        expected = passes or not isolated
        seen = packets.waited(_seen, 20 if expected else 0.15)
        subprocess.run(["nft", "delete", "table", "inet", "seen"], check=True)
    assert seen is expected


def _seen():
    """Whether the counter of the table `seen` has seen a packet."""
    return "counter packets 1" in subprocess.run(["nft", "list", "table", "inet", "seen"], stdout=subprocess.PIPE, check=True).stdout.decode()


def test_a_nat_slice_hides_behind_the_host(world):
    with contextlib.ExitStack() as stack:
        outside = world["outside"] = namespaces.Namespace()
        stack.callback(outside.close)
        world["host"].run(f"ip link add up0 type veth peer name eth0 netns {outside.path}", "ip link set dev up0 up", "ip addr add 192.0.2.1/24 dev up0")
        stack.callback(world["host"].run, "ip link del up0")
        outside.run("ip link set dev eth0 up", "ip addr add 192.0.2.9/24 dev eth0", f"ip addr add {OUTSIDE6}/64 dev eth0 nodad")
        world["host"].run("ip addr add 2001:db8::1/64 dev up0 nodad")
        with world["host"]:
            subprocess.run(["nft", "-f", "-"], input=RULES.encode(), check=True)
        hidden = FRAMES.inside(udp(4000, 9, MARK), OTHER, "192.0.2.9", vm_mac(OTHER), vm_mac("10.90.3.1"))
        assert attacks.reaches(world, "other", hidden, "outside", True, mark=bytes([192, 0, 2, 1, 192, 0, 2, 9]))
        plain = FRAMES.inside(udp(4000, 9, MARK), EVIL, "192.0.2.9", EVIL_MAC, GATEWAY_MAC)
        assert attacks.reaches(world, "evil", plain, "outside", True, mark=bytes([10, 90, 2, 2, 192, 0, 2, 9]))
        hidden = ethernet(vm_mac(OTHER), vm_mac("10.90.3.1"), IP6, packets.icmpv6(OTHER6, OUTSIDE6, 128, MARK))
        assert attacks.reaches(world, "other", hidden, "outside", True, mark=_packed("2001:db8::1") + _packed(OUTSIDE6))
        plain = ethernet(EVIL_MAC, GATEWAY_MAC, IP6, packets.icmpv6(EVIL6, OUTSIDE6, 128, MARK))
        assert attacks.reaches(world, "evil", plain, "outside", True, mark=_packed(EVIL6) + _packed(OUTSIDE6))


def _packed(address):
    return socket.inet_pton(socket.AF_INET6, address)


@pytest.mark.usefixtures("isolated")
def test_a_neighbour_advertisement_in_fragments_teaches_nobody(world):
    """The table lets fragments from a guest's own address pass; what is hidden in the second one is refused by who puts them together (RFC 6980)."""
    world["victim"].run(f"ip neigh replace {GATEWAY6} lladdr {GATEWAY_MAC} dev eth0 nud stale")
    whole = packets.icmpv6(EVIL6, VICTIM6, 136, attacks.about(GATEWAY6) + b"\2\1" + bytes.fromhex(EVIL_MAC.replace(":", "")), ["destination options"] * 2)
    for frame in FRAMES.fragments6(whole, 16):
        packets.send(world["evil"], frame)
    time.sleep(0.05)
    with world["victim"]:
        entry = subprocess.run(["ip", "neigh", "show", GATEWAY6], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert GATEWAY_MAC in entry
