#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: host_probe
short_description: Ask from a hypervisor whether addresses answer
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Sends ICMP echo requests to addresses, and tries TCP connections to those that do not answer them. A connection that is refused is an answer.
  - With it the hypervisors that answer are witnesses of whether one that does not is gone, which M(foresight.netslice.host_evidence) judges.
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
attributes:
  check_mode:
    support: full
    details: The module never changes anything, and probes in check mode too.
  diff_mode:
    support: N/A
    details: The module never changes anything.
  idempotent:
    support: full
options:
  addresses:
    description: The IPv4 addresses to ask.
    type: list
    elements: str
    required: true
  ports:
    description: The TCP ports that are tried at addresses that do not answer an echo request. With an empty list none is.
    type: list
    elements: int
    default: [22, 80, 443]
  timeout_seconds:
    description: How long answers are waited for, all together.
    type: float
    default: 4
seealso:
  - module: foresight.netslice.host_evidence
"""

EXAMPLES = r"""
- name: Ask from this hypervisor for the addresses of one that does not answer
  foresight.netslice.host_probe:
    addresses: [192.0.2.13, 10.90.2.66]
    ports: [22, 80]
    timeout_seconds: 4
  register: slice_manager_probe
"""

RETURN = r"""
answered:
  description: The addresses that answered.
  returned: success
  type: list
  elements: str
  sample: ["10.90.2.66"]
"""

import ipaddress

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.vips.reach import answering


def argument_spec():
    """Options of this module."""
    return {
        "addresses": {"type": "list", "elements": "str", "required": True},
        "ports": {"type": "list", "elements": "int", "default": [22, 80, 443]},
        "timeout_seconds": {"type": "float", "default": 4},
    }


def check(params):
    """Raise HostError where an option cannot be asked for."""
    for address in params["addresses"]:
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            raise HostError(f"Cannot probe {address!r}: it is no IPv4 address. Give addresses such as 192.0.2.13.") from None
    for port in params["ports"]:
        if not 1 <= port <= 65535:
            raise HostError(f"Cannot probe port {port}: it is no TCP port. Give numbers from 1 to 65535.")
    if not 0 < params["timeout_seconds"] <= 60:
        raise HostError(f"Cannot probe for {params['timeout_seconds']:g} s: that is no time to wait for an answer. Give up to 60 seconds.")


def main():
    """Entry point."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        check(module.params)
        answered = answering(module.params["addresses"], module.params["ports"], module.params["timeout_seconds"])
    except HostError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, answered=answered)


if __name__ == "__main__":
    main()
