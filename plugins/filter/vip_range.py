# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: vip_range
short_description: What a range of virtual IPs can give
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Takes the range of a slice apart into the sub-prefixes of its hypervisors, and counts the virtual IPs each can give.
  - Of each sub-prefix the first address is that of the network, the second the gateway, the last the broadcast address; none of these is given.
options:
  _input:
    description:
      - The range, an IPv4 network.
    type: str
    required: true
  exclude:
    description:
      - Addresses and networks that are never given.
    type: list
    elements: str
    default: []
  host_prefix_length:
    description:
      - Prefix length of the part of each hypervisor.
    type: int
    default: 27
  range6:
    description:
      - The range6 of the slice, an IPv6 network of at most 96 bits; the part of it that goes with each sub-prefix is told too.
      - If the option is omitted, nothing is said of IPv6.
    type: str
positional: exclude, host_prefix_length, range6
requirements:
  - netaddr >= 0.10 on the controller
"""

EXAMPLES = r"""
- name: Assert that a range is wide enough
  ansible.builtin.assert:
    that: ('10.90.2.0/24' | foresight.netslice.vip_range(exclude=['10.90.2.128/25'], host_prefix_length=27)).usable >= 100

- name: Show what an upstream router sends to the first hypervisor in IPv6
  ansible.builtin.debug:
    msg: "{{ ('10.90.2.0/24' | foresight.netslice.vip_range(range6='fd00:90:2::/64')).prefixes[0].prefix6 }}"  # fd00:90:2::a5a:200/123
"""

RETURN = r"""
_value:
  description: The range and its sub-prefixes.
  type: dict
  contains:
    range:
      description: The range itself.
      type: str
      sample: 10.90.2.0/26
    host_prefix_length:
      description: Prefix length of each sub-prefix.
      type: int
      sample: 27
    usable:
      description: Virtual IPs of all sub-prefixes.
      type: int
      sample: 58
    prefixes:
      description: The sub-prefixes with C(prefix), C(gateway), C(usable), C(first) and C(last), and with a range6 also C(prefix6) and C(gateway6).
      type: list
      elements: dict
      sample:
        - prefix: 10.90.2.0/27
          gateway: 10.90.2.1
          usable: 29
          first: 10.90.2.2
          last: 10.90.2.30
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import vips


def vip_range(*args, **kwargs):
    """As vips.vip_range; a refusal becomes an error of the template."""
    try:
        return vips.vip_range(*args, **kwargs)
    except NetsliceError as exc:
        raise AnsibleFilterError(f"vip_range: {exc}") from None  # its text says it all


class FilterModule:
    """The filter vip_range."""

    def filters(self):
        """Name to function."""
        return {"vip_range": vip_range}
