# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether addresses answer, with real packets between network namespaces."""
from __future__ import annotations

import contextlib
import socket
import time

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.vips import reach
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import namespaces

pytestmark = pytest.mark.skipif(not namespaces.allowed(), reason="needs root, network namespaces and nft")


@pytest.fixture(name="world")
def _world():
    """A host with guests: .2 answers an echo, .3 none but refuses connections, .4 neither, .5 does not exist."""
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(namespaces.host({16: "10.90.2.1/24"}))
        guests = {number: stack.enter_context(namespaces.guest(host, 16, f"10.90.2.{number}")) for number in (2, 3, 4)}
        guests[3].run("sysctl -qw net.ipv4.icmp_echo_ignore_all=1")
        guests[4].run("nft add table ip filter", "nft add chain ip filter input { type filter hook input priority 0 ; policy drop ; }")
        yield host, guests


def test_an_echo_or_a_refused_connection_is_an_answer(world):
    host, _guests = world
    asked = [f"10.90.2.{number}" for number in (5, 4, 3, 2)]
    with host:
        assert reach.answering(asked, [80], 5.0) == ["10.90.2.2", "10.90.2.3"]
        assert reach.answering(asked, [], 5.0) == ["10.90.2.2"]


def test_a_connection_that_is_taken_is_an_answer(world):
    host, guests = world
    with guests[3]:
        server = socket.create_server(("10.90.2.3", 8080))
    with contextlib.closing(server), host:
        assert reach.answering(["10.90.2.3"], [8080], 20.0) == ["10.90.2.3"]


def test_silence_of_many_is_waited_for_once(world):
    host, _guests = world
    begin = time.monotonic()
    with host:
        assert reach.answering([f"10.90.2.{last}" for last in range(5, 255)], [22, 80], 1.0) == []
    assert time.monotonic() - begin < 60


def test_what_has_no_route_is_silent(world):
    host, _guests = world
    with host:
        assert reach.answering(["198.51.100.7"], [22], 0.6) == []


def test_nothing_is_asked_of_nobody():
    assert reach.answering([], [22], 1.0) == []
