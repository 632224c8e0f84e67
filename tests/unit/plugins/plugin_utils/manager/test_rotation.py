# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backends of a plan."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.rotation import backends


def vm(vip, want="active", vcpus=1):
    return {"name": f"web-{vip.replace('.', '-')}", "slice": "web", "vip": vip, "want": want, "vcpus": vcpus}


def plan(*vms, unknown=()):
    return {"slices": [{"name": "web"}, {"name": "db"}], "unknown_hosts": list(unknown), "hosts": {"kvm1": {"vms": list(vms)}}}


def test_what_vms_become():
    (one,) = backends(plan(vm("10.90.2.4", "quarantined"), vm("10.90.2.2"), vm("10.90.2.3", "draining")), [{"slice": "web", "port": 8080, "mode": "tcp"}])
    assert one["mode"] == "tcp" and one["prune"] is True
    assert [(server["name"], server["want"], server["port"]) for server in one["servers"]] == [
        ("web-10-90-2-2", "ready", 8080), ("web-10-90-2-3", "drain", 8080), ("web-10-90-2-4", "absent", 8080)]


def test_weights_follow_the_size():
    (one,) = backends(plan(vm("10.90.2.2", vcpus=1), vm("10.90.2.3", vcpus=4)), [{"slice": "web"}])
    assert [server["weight"] for server in one["servers"]] == [25, 100]


def test_hidden_hosts_keep_their_servers():
    (one,) = backends(plan(vm("10.90.2.2"), unknown=["kvm2"]), [{"slice": "web"}])
    assert one["prune"] is False


def test_a_slice_nobody_knows():
    with pytest.raises(InvalidInput, match="Cannot balance slice 'shop': the plan has no such slice. Known are: db, web."):
        backends(plan(), [{"slice": "shop"}])
