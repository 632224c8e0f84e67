# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts of one slice that are routed: what of the attacks on a neighbour a router passes on, and what shall pass."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import attacks, namespaces, two_hosts
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.attacks import EVIL, EVIL_MAC, IP, MARK
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.packets import SYN, TCP, UDP, ethernet, ipv4, tcp, udp

pytestmark = pytest.mark.skipif(not namespaces.allowed(), reason="needs root, network namespaces and nft")

VICTIM = "10.90.2.34"
#: to the victim by the gateway of the attacker's host
FRAMES = attacks.Frames(VICTIM, attacks.GATEWAY_MAC)
OWN = ("IP", "IPv6", "IPv6 in fragments")
#: attacks whose packets a router passes on: the others concern a link, and end on that of the attacker
ROUTED = (
    "source address of another guest", "source address of another slice", "source MAC of nobody", "source address of a far guest",
    "source address of the world", "DHCP offer", "DHCP offer from another port", "fragments of another source", "fragments of a DHCP offer",
    "source MAC of the gateway", "IPv6 source of another slice", "IPv6 source of nobody", "IPv6 source formed from the MAC, as a guest makes up one itself",
    "IPv6 source of the victim", "IPv6 source of the gateway", "IPv6 source of the victim behind destination options",
    "IPv6 source of the victim in a fragment", "redirect from its own address", "DHCPv6 advertise from its own address",
    "neighbour advertisement of the victim's address", "neighbour advertisement of the victim's address behind hop-by-hop",
    "neighbour advertisement of the victim's address in an atomic fragment", "neighbour solicitation as the victim",
)
ATTACKS = {
    **FRAMES.attacks,
    "source address of a far guest": FRAMES.inside(udp(1, 9, MARK), source="10.90.2.35"),
    "source address of the world": FRAMES.inside(udp(1, 9, MARK), source="198.51.100.9"),
}


@pytest.fixture(name="lab", scope="module")
def _lab():
    with two_hosts.lab("192.0.2", joined=False) as found:
        yield found


@pytest.fixture(name="isolated", params=[False, True], ids=["tables off", "tables on"])
def _isolated(request, lab):
    for host in ("a", "b"):
        lab.load(host, request.param)
    lab.announce()
    return request.param


def test_attacks_across_routed_hosts(lab, isolated):
    expected = set() if isolated else set(ROUTED)
    assert lab.reached("evil", ATTACKS, "victim", expected) == expected


@pytest.mark.usefixtures("isolated")
def test_what_a_guest_may_send_to_those_on_other_hosts(lab):
    assert lab.reached("evil", {name: FRAMES.own[name] for name in OWN}, "victim", OWN) == set(OWN)


@pytest.mark.parametrize("segment, protocol, passes", [
    (udp(1, 9, MARK), UDP, False), (tcp(4000, 5432, SYN, MARK), TCP, True), (tcp(4000, 80, SYN, MARK), TCP, False),
], ids=["UDP", "named flow", "another port"])
def test_between_slices_of_two_hosts(lab, isolated, segment, protocol, passes):
    frame = ethernet(EVIL_MAC, attacks.GATEWAY_MAC, IP, ipv4(EVIL, "10.90.3.34", protocol, segment))
    expected = passes or not isolated
    assert lab.reaches("evil", frame, "other", expected=expected) is expected


@pytest.mark.usefixtures("isolated")
def test_the_world_reaches_a_vip_by_its_host(lab):
    frame = ethernet("02:00:00:00:00:01", "02:00:00:00:00:0c", IP, ipv4("192.0.2.1", VICTIM, UDP, udp(1, 9, MARK)))
    assert lab.reaches("world", frame, "victim", device="up0", expected=True)
