# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: vip6
short_description: IPv6 address beside a virtual IP
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Gives the IPv6 address of the virtual machine that has a virtual IP, which is the range6 of its slice followed by the four bytes of the virtual IP.
  - Because it is derived, nothing else allocates it, and its MAC is that of the virtual IP.
options:
  _input:
    description:
      - A virtual IP, an IPv4 address.
    type: str
    required: true
  range6:
    description:
      - The range6 of the slice, an IPv6 network of at most 96 bits.
    type: str
    required: true
positional: range6
requirements:
  - netaddr >= 0.10 on the controller
seealso:
  - plugin: foresight.netslice.vip_mac
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the IPv6 address beside a virtual IP
  ansible.builtin.debug:
    msg: "{{ '10.90.2.4' | foresight.netslice.vip6(range6='fd00:90:2::/64') }}"  # fd00:90:2::a5a:204
"""

RETURN = r"""
_value:
  description: The IPv6 address.
  type: str
  sample: fd00:90:2::a5a:204
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import vips


def vip6(*args, **kwargs):
    """As vips.vip6; a refusal becomes an error of the template."""
    try:
        return vips.vip6(*args, **kwargs)
    except NetsliceError as exc:
        raise AnsibleFilterError(f"vip6: {exc}") from None  # its text says it all


class FilterModule:
    """The filter vip6."""

    def filters(self):
        """Name to function."""
        return {"vip6": vip6}
