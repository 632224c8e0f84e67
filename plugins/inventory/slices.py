# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: slices
short_description: The VMs of slices as hosts
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Makes a host of every VM of a slice, with its virtual IP as C(ansible_host), and groups by slice, hypervisor and state.
  - The source is the last decision about each slice, which every pass of the playbook C(foresight.netslice.reconcile) writes to InfluxDB, so that no
    hypervisor is asked and no machine credential is needed. With O(libvirt_uris), the hypervisors are asked in place of InfluxDB.
  - All hosts are in the group C(netslice_vms); further groups are C(netslice_slice_NAME), C(netslice_hypervisor_NAME), C(netslice_vm_STATE) and, from
    InfluxDB, C(netslice_mode_MODE). Dashes and dots in them become underscores.
  - Variables of a host are C(netslice_slice), C(netslice_vip), C(netslice_hypervisor), C(netslice_vm_state), and from InfluxDB C(netslice_slice_state),
    C(netslice_mode) and C(netslice_as_of), the instant of the pass.
  - The name of the file must end in C(.netslice.yml) or C(.netslice.yaml). Values may be templates.
extends_documentation_fragment:
  - foresight.netslice.influxdb
  - constructed
  - inventory_cache
requirements:
  - python >= 3.10
  - influxdb-client >= 1.40 for InfluxDB 2, on the controller
  - libvirt-python >= 7.0 for O(libvirt_uris), on the controller
options:
  plugin:
    description:
      - The name of this plugin, which says that the file is for it.
    type: str
    required: true
    choices: [foresight.netslice.slices]
  slices:
    description:
      - The names of the slices whose VMs are wanted.
      - When omitted, all that the newest passes decided about, or that the hypervisors have.
    type: list
    elements: str
  states:
    description:
      - The states of VMs that are wanted. A VM that is V(draining) serves until its drain time is over.
      - The states before V(active), which are V(probing), V(starting) and V(verifying), are seen by O(libvirt_uris) alone. A decision calls active
        what shall be so after its pass.
    type: list
    elements: str
    choices: [active, draining, probing, starting, verifying]
    default: [active, draining]
  as_of:
    description:
      - The instant up to which decisions are read, in RFC 3339.
      - When omitted, it is now.
    type: raw
  within_seconds:
    description:
      - The number of seconds before O(as_of) in which a decision may lie. VMs of a slice with an older one are left out.
    type: int
    default: 86400
  libvirt_uris:
    description:
      - The libvirt connection of each hypervisor, by the name of the hypervisor in the roster.
      - When given, the VMs are read from the hypervisors, read-only, as they are now, and InfluxDB is not asked.
    type: dict
    default: {}
seealso:
  - module: foresight.netslice.slice_decision_info
  - module: foresight.netslice.slice_info
"""

EXAMPLES = r"""
# The VMs of two slices, from the last decisions in InfluxDB. The token is in the environment variable NETSLICE_INFLUXDB_TOKEN.
web.netslice.yml:
  plugin: foresight.netslice.slices
  influxdb_url: http://192.0.2.5:8086
  influxdb_org: netslice
  slices: [web, video]
  within_seconds: 7200
  # VMs that no longer take new work stay out
  states: [active]
  cache: true
  cache_plugin: ansible.builtin.jsonfile
  cache_connection: /tmp/netslice-inventory
  cache_timeout: 60
  cache_prefix: netslice_
  strict: true
  leading_separator: false
  use_extra_vars: false
  compose:
    ansible_user: "'admin'"
  keyed_groups:
    - key: netslice_slice_state
      prefix: slice_is
  groups:
    canaries: netslice_vip.endswith('.2')

# As it was decided by an instant
then.netslice.yml:
  plugin: foresight.netslice.slices
  as_of: 2026-01-05T08:00:00Z

# As the hypervisors have them, whatever was decided
now.netslice.yml:
  plugin: foresight.netslice.slices
  libvirt_uris:
    kvm1: qemu+ssh://root@192.0.2.11/system
    kvm2: qemu+ssh://root@192.0.2.12/system
"""

import time

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.inventory import groups_of, vms_of_hypervisors, vms_of_records
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.decisions import last_records
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import template_options

ENDINGS = (".netslice.yml", ".netslice.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """The VMs of slices as hosts."""

    NAME = "foresight.netslice.slices"

    def verify_file(self, path):
        """Whether the name of the file says that it is for this plugin."""
        return super().verify_file(path) and str(path).endswith(ENDINGS)

    def parse(self, inventory, loader, path, cache=True):
        """Fill the inventory from the cache, or else from InfluxDB or the hypervisors."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        key = self.get_cache_key(path)
        vms = None
        if self.get_option("cache") and cache:
            vms = self._cache.get(key)
        if vms is None:
            try:
                vms = self._vms()
            except NetsliceError as exc:
                raise AnsibleParserError(f"Cannot list the VMs of slices for {path}: {exc}") from None
            if self.get_option("cache"):
                self._cache[key] = vms
        self._fill(vms)

    def _vms(self) -> list[dict]:
        """The VMs of the wanted slices, whatever their state."""
        uris, names = self._option("libvirt_uris"), self._option("slices")
        if uris:
            return vms_of_hypervisors(uris, names)
        as_of = self._option("as_of")
        with connect(template_options(self.get_options(), self.templar)) as client:
            records = last_records(client, names, parse_instant(as_of) if as_of else int(time.time()), self.get_option("within_seconds"))
        vms, left_out = vms_of_records(records)
        for name, count in left_out.items():
            self.display.warning(f"{count} VMs of slice {name} are not in its decision record, which is too long for all. Use libvirt_uris for them.")
        return vms

    def _option(self, name):
        """An option of the file, with its templates filled."""
        return self.templar.template(self.get_option(name))

    def _fill(self, vms: list[dict]) -> None:
        """Hosts, their variables and groups."""
        states, strict = self.get_option("states"), self.get_option("strict")
        for vm in vms:
            if vm["variables"]["netslice_vm_state"] not in states:
                continue
            name = vm["name"]
            for group in groups_of(vm["variables"]):
                self.inventory.add_group(group)
                self.inventory.add_host(name, group=group)
            # Whoever may write to the bucket writes records, and a template in one would be run on the controller.
            for key, value in vm["variables"].items():
                self.inventory.set_variable(name, key, wrap_var(value))
            variables = self.inventory.get_host(name).get_vars()
            self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)
