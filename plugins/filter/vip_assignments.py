# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: vip_assignments
short_description: Virtual IPs that a share assigns, ready for a template
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Gives the virtual IPs (VIPs) of the virtual machines that serve or drain, sorted by address, in a form that a template can write as it is.
options:
  _input:
    description:
      - The share of a hypervisor, as P(foresight.netslice.plan_share#filter) gives it.
    type: dict
    required: true
  form:
    description:
      - V(reservations) gives a list of mappings with C(slice), C(name), C(vip) and C(mac), for a DHCP server; of a slice with a range6 also C(vip6), and
        C(duid), by which a DHCPv6 server knows the guest.
      - V(hosts) gives the lines of a hosts file, of a slice with a range6 two for each virtual machine.
      - V(network_config) gives a mapping from the name of each virtual machine to its NoCloud network-config, version 2.
    type: str
    choices: [reservations, hosts, network_config]
    default: reservations
positional: form
requirements:
  - netaddr >= 0.10 on the controller
seealso:
  - plugin: foresight.netslice.vip_mac
    plugin_type: filter
  - plugin: foresight.netslice.plan_share
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Write the virtual IPs of this hypervisor into a hosts file
  ansible.builtin.copy:
    content: "{{ share | foresight.netslice.vip_assignments(form='hosts') | join('\n') }}\n"
    dest: /etc/netslice.hosts
    mode: "0644"
  vars:
    share: "{{ plan.plan | foresight.netslice.plan_share(inventory_hostname) }}"

- name: Show the network-config of one virtual machine
  ansible.builtin.debug:
    msg: "{{ (share | foresight.netslice.vip_assignments('network_config'))['web-10-90-2-4'] | to_nice_yaml }}"
"""

RETURN = r"""
_value:
  description: The VIPs in the form asked for.
  type: raw
  sample:
    - slice: web
      name: web-10-90-2-4
      vip: 10.90.2.4
      mac: 02:5c:0a:5a:02:04
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import vips


def vip_assignments(*args, **kwargs):
    """As vips.vip_assignments; a refusal becomes an error of the template."""
    try:
        return vips.vip_assignments(*args, **kwargs)
    except NetsliceError as exc:
        raise AnsibleFilterError(f"vip_assignments: {exc}") from None  # its text says it all


class FilterModule:
    """The filter vip_assignments."""

    def filters(self):
        """Name to function."""
        return {"vip_assignments": vip_assignments}
