# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WHAT FILE: what ansible-inventory --list says is as it was decided."""
from __future__ import annotations

import json
import sys


def plain(item):
    """ansible-core 2.19 wraps texts of the inventory that are no templates."""
    return item["__ansible_unsafe"] if "__ansible_unsafe" in item else item


what, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    found = json.load(file, object_hook=plain)
hosts = found["_meta"]["hostvars"]
if what == "libvirt":
    assert {name: (one["ansible_host"], one["netslice_hypervisor"]) for name, one in hosts.items()} == {"web-10-90-2-2": ("10.90.2.2", "kvm9")}, found
    sys.exit()
slices = {"all": {"web", "db"}, "web": {"web"}}[what]
assert {one["netslice_slice"] for one in hosts.values()} == slices, found
assert sorted(found["netslice_vms"]["hosts"]) == sorted(hosts), found
web = found["netslice_slice_web"]["hosts"]
assert len(web) == 4, found
assert all(hosts[name]["ansible_host"] == hosts[name]["netslice_vip"] and name == "web-" + hosts[name]["netslice_vip"].replace(".", "-") for name in web), found
assert {hosts[name]["netslice_hypervisor"] for name in web} == {"kvm1", "kvm2"}, found
assert sorted(found["netslice_hypervisor_kvm1"]["hosts"]) == sorted(name for name in hosts if hosts[name]["netslice_hypervisor"] == "kvm1"), found
assert sorted(found["netslice_mode_enforce"]["hosts"]) == sorted(hosts) and sorted(found["netslice_vm_active"]["hosts"]) == sorted(hosts), found
if what == "all":
    assert {one["ansible_user"] for one in hosts.values()} == {"of_web", "of_db"}, found
    assert sorted(found["slice_is_preparing"]["hosts"]) == sorted(hosts), found
    assert sorted(found["first"]["hosts"]) == sorted(name for name in hosts if name.endswith("-2")) != [], found
