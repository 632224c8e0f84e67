# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link shared by two slices gives each what it shall have; make shaping measures more of it for longer."""
from __future__ import annotations

import functools
import itertools
import os
import shutil

import pytest
import shaping
import shaping_streams as streams

LACKING = [tool for tool in ("ip", "tc", "nft", "iperf3", "ping", "nsenter") if not shutil.which(tool)]


@pytest.fixture(autouse=True)
def _able():
    if os.geteuid() != 0:
        pytest.skip("needs root, to make network namespaces")
    if LACKING:
        pytest.skip(f"needs {', '.join(LACKING)}")


def test_slices_get_their_shares_of_a_link():
    table = shaping.Table()
    with shaping.Net("routed", (shaping.WEB, shaping.MAIL)) as net:
        for part, direction in itertools.product((shaping.shares, shaping.vip_ceilings), shaping.DIRECTIONS):
            table.settle(functools.partial(part, table, net, "routed", 50, direction, "udp", "4", 1))
        table.settle(lambda: shaping.latency(table, net, "routed", 50, "egress", "udp", "4", 2))
        shaping.losses(table, net, "routed", 50, "4", 60)
    assert len(table.rows) == 2 * 5 + 2 * 3 + 2 + 3
    assert table.missed() == []


@pytest.mark.parametrize("topology", ["nat", "bridged"])
def test_guests_behind_an_address_of_the_host_and_on_the_network_of_the_uplink_get_theirs(topology):
    table = shaping.Table()
    with shaping.Net(topology, (shaping.WEB, shaping.MAIL)) as net:
        for direction in shaping.DIRECTIONS:
            table.settle(functools.partial(shaping.shares, table, net, topology, 50, direction, "udp", "4", 1))
    assert table.missed() == []


def test_slices_get_their_shares_through_tunnels_which_cost_their_headers():
    table = shaping.Table()
    with shaping.Segment((shaping.WEB, shaping.MAIL)) as net:
        for part in (shaping.shares, shaping.encapsulation):
            table.settle(functools.partial(part, table, net, "segment", 50, "egress", "udp", "4", 1))
    assert len(table.rows) == 5 + 1
    assert table.missed() == []


@pytest.mark.parametrize("topology", ["routed", "nat"])
def test_what_leaves_a_slice_has_its_code_point(topology):
    with shaping.Net(topology, (shaping.WEB, shaping.MAIL), {shaping.WEB: "af41"}) as net:
        found = {(minor, family): streams.code_point(net, minor, family) for minor in net.minors for family in ("4", "6")[:1 + (topology == "routed")]}
    assert all(value == (34 if minor == shaping.WEB else 0) for (minor, _family), value in found.items())


def test_a_tree_that_gives_too_little_is_found(monkeypatch):
    told = shaping.attachments

    def half(link, web, mail):
        return told(link, (web[0] / 2, *web[1:]), (mail[0], 0.8, *mail[2:]))

    monkeypatch.setattr(shaping, "attachments", half)
    table = shaping.Table()
    with shaping.Net("routed", (shaping.WEB, shaping.MAIL)) as net:
        shaping.shares(table, net, "routed", 50, "egress", "udp", "4", 1)
    assert any("slice 17 alone" in row["what"] for row in table.missed())
