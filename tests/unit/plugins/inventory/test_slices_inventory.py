# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin slices: what records say is data, whatever they say."""
from __future__ import annotations

import pytest

pytest.importorskip("ansible", reason="inventory plugins run inside ansible-core")

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.foresight.netslice.plugins.inventory.slices import InventoryModule
from ansible_collections.foresight.netslice.plugins.plugin_utils.inventory import vms_of_records

try:
    from ansible.template import trust_as_template
except ImportError:  # before 2.19 all is trusted that is not marked as unsafe
    trust_as_template = str

OPTIONS = {"states": ["active"], "strict": True, "compose": {"where": trust_as_template("netslice_hypervisor")}, "groups": {}, "keyed_groups": []}


def filled(record):
    """The variables of the one host that an inventory has of a record."""
    plugin, data = InventoryModule(), InventoryData()
    plugin.inventory, plugin.templar = data, Templar(loader=DataLoader())
    plugin.get_option = OPTIONS.get
    plugin._fill(vms_of_records({"web": record})[0])
    return next(iter(data.hosts.values())).get_vars()


def test_a_template_in_a_record_is_not_run(tmp_path):
    hostile = "{{ lookup('ansible.builtin.pipe', 'touch " + str(tmp_path / "made") + "') }}"
    variables = filled({"state": "active", "mode": hostile, "as_of": "2026-01-05T08:00:00Z", "vips": ["10.90.2.2"], "vms": {"final": 1},
                        "placed": {hostile: {"active": ["10.90.2.2"]}}})
    templar = Templar(loader=DataLoader(), variables=variables)
    for name in ("netslice_mode", "netslice_hypervisor", "where"):
        assert templar.template(trust_as_template("{{ " + name + " }}")) == hostile
    assert not (tmp_path / "made").exists()
