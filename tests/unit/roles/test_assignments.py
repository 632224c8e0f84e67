# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role vips writes of the virtual IPs that a share assigns."""
from __future__ import annotations

import jinja2
import pytest

from ansible.plugins.filter.core import FilterModule as Core
from ansible_collections.foresight.netslice.plugins.module_utils.pool import names
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.vips import vip_assignments
from ansible_collections.foresight.netslice.tests.unit.test_documentation import TOP

pytest.importorskip("netaddr", reason="netaddr is not installed")

LAN = {"slice": "lan", "mode": "bridged", "bridge": "br0", "lan": "192.0.2.0/24", "gateway": "192.0.2.1", "prefix": "192.0.2.128/28", "mtu": 1500}
WEB = {"slice": "web", "mode": "routed", "prefix": "10.90.2.0/27", "range6": "fd00:90:2::/64", "mtu": 1500}
VMS = [
    {"name": "lan-192-0-2-130", "slice": "lan", "vip": "192.0.2.130", "want": "active"},
    {"name": "web-10-90-2-2", "slice": "web", "vip": "10.90.2.2", "vip6": "fd00:90:2::a5a:202", "want": "active"},
]


def written(name, share):
    """Lines of a template of the role but for its head."""
    loader = jinja2.FileSystemLoader(TOP / "roles" / "vips" / "templates")
    templates = jinja2.Environment(loader=loader, trim_blocks=True, undefined=jinja2.StrictUndefined)
    templates.filters.update(Core().filters())
    templates.filters["foresight.netslice.vip_assignments"] = vip_assignments
    return templates.get_template(name).render(vips_share=share, ansible_managed="head").splitlines()[3:]


@pytest.mark.parametrize("networks, vms", [
    ([WEB], VMS[1:]), ([LAN], VMS[:1]), ([LAN, WEB], VMS), ([{"slice": "web", "prefix": "10.90.2.0/27"}], VMS[1:]), ([], [])])
def test_reservations_are_of_guests_that_ask_a_dhcp_server_of_ours(networks, vms):
    lines = ["02:5c:0a:5a:02:02,10.90.2.2,web-10-90-2-2", f"id:{names.duid('10.90.2.2')},[fd00:90:2::a5a:202],web-10-90-2-2"]
    assert written("dhcp-hosts.j2", {"networks": networks, "vms": vms}) == (lines if VMS[1] in vms else [])


def test_names_and_configurations_are_of_all_guests():
    share = {"networks": [LAN, WEB], "vms": VMS}
    assert written("hosts.j2", share) == ["10.90.2.2 web-10-90-2-2", "fd00:90:2::a5a:202 web-10-90-2-2", "192.0.2.130 lan-192-0-2-130"]
    assert {"lan-192-0-2-130:", "web-10-90-2-2:"} <= set(written("network-config.yml.j2", share))
