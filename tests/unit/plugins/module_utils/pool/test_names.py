# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names derived from slice and VIP are the same everywhere and for good."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool import names


def test_names_of_a_vip():
    assert names.vm_name("web", "10.90.2.4") == "web-10-90-2-4"
    assert names.vm_uuid("web", "10.90.2.4") == "8a96611b-97b9-5a8b-8ae8-db4b33dc8dfd"
    assert names.vm_mac("10.90.2.255") == "02:5c:0a:5a:02:ff"
    assert names.tap_name("10.90.2.255") == "nsv0a5a02ff"
    assert names.network_name("web") == "netslice-web"
    assert names.bridge_name(20479) == "nsb20479"


def test_devices_fit_the_kernel():
    assert len(names.tap_name("255.255.255.255")) <= 15
    assert len(names.bridge_name(20479)) <= 15


@pytest.mark.parametrize("vip", ["10.90.2", "web", "fd00::1", ""])
def test_no_address_is_refused(vip):
    with pytest.raises(ValueError):
        names.vm_mac(vip)


def test_addresses_of_ipv6_follow_from_the_vip():
    assert names.vip6("fd00:90:2::/64", "10.90.2.4") == "fd00:90:2::a5a:204"
    assert names.prefix6("fd00:90:2::/64", "10.90.2.0/27") == "fd00:90:2::a5a:200/123"
    assert names.vip_of("fd00:90:2::a5a:204") == "10.90.2.4"
    assert names.link_local("02:5c:0a:5a:02:04") == "fe80::5c:aff:fe5a:204"
    assert names.duid("10.90.2.4") == "00:03:00:01:02:5c:0a:5a:02:04"


@pytest.mark.parametrize("range6", ["fd00::/97", "fd00::1/64", "10.90.2.0/24", "", "::/64", "fe80::/64", "ff05::/64"])
def test_no_range_of_ipv6(range6):
    with pytest.raises(ValueError):
        names.vip6(range6, "10.90.2.4")
