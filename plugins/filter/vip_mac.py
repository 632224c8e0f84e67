# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: vip_mac
short_description: MAC address that belongs to a virtual IP
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Gives the MAC address of a virtual IP, which is C(02:5c) followed by the four bytes of the address.
  - Because it is derived, a virtual IP that gets a new virtual machine needs no new entry in anybody's ARP table.
  - The IPv6 address beside a virtual IP, as P(foresight.netslice.vip6#filter) gives it, has the same MAC.
options:
  _input:
    description:
      - An IPv4 address, or an IPv6 address that ends in the four bytes of a virtual IP.
    type: str
    required: true
requirements:
  - netaddr >= 0.10 on the controller
seealso:
  - plugin: foresight.netslice.vip6
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the MAC of a virtual IP
  ansible.builtin.debug:
    msg: "{{ '10.90.2.4' | foresight.netslice.vip_mac }}"  # 02:5c:0a:5a:02:04
"""

RETURN = r"""
_value:
  description: The MAC address.
  type: str
  sample: 02:5c:0a:5a:02:04
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import vips


def vip_mac(*args, **kwargs):
    """As vips.vip_mac; a refusal becomes an error of the template."""
    try:
        return vips.vip_mac(*args, **kwargs)
    except NetsliceError as exc:
        raise AnsibleFilterError(f"vip_mac: {exc}") from None  # its text says it all


class FilterModule:
    """The filter vip_mac."""

    def filters(self):
        """Name to function."""
        return {"vip_mac": vip_mac}
