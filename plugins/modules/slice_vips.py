#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_vips
short_description: Verify and announce the virtual IPs of slices on a hypervisor
version_added: 0.1.0
description:
  - Waits until the virtual IP of each new guest answers ARP from the MAC derived from it, announces it to its neighbours by gratuitous ARP,
    and marks its virtual machine as active in the metadata of its domain, with the seconds it took to boot.
  - Where the network of the slice has a range6, the IPv6 address beside the virtual IP is asked for by neighbour discovery and announced too; a virtual
    machine is active when both answered.
  - A guest of the warm pool that is wanted V(parked) is waited for too, and marked so; it is neither announced nor published.
  - Asks each virtual IP that is active or parked already once, and reports those that do not answer in RV(silent). The first time that an active one does
    not, and when it answers again, is written into the metadata of its domain, from which a plan finds guests that hang.
  - Asks for each quarantined virtual IP too, and reports an answer in RV(conflicts).
  - All are asked in parallel. A guest that does not answer in time stays as it is, with a warning, and is waited for again by the next run.
  - With libvirt's test driver, which has no bridge to ask on, every running guest counts as answering, and RV(vips[].verified) is V(false).
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.libvirt
  - foresight.netslice.plan_share
  - foresight.netslice.plan_share.fingerprint
attributes:
  check_mode:
    support: full
    details: New guests are not waited for, but foreseen to answer.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  vms:
    description:
      - The virtual machines of this host, as the C(vms) of its share of a plan; of each entry only C(slice), C(vip) and C(want) are read.
    type: list
    elements: dict
    required: true
  timeout_seconds:
    description:
      - How long new guests are waited for, all together; at most a day.
    type: float
    default: 120
  hosts_file:
    description:
      - File on the host with a line C(<VIP> <name of the virtual machine> <slice>) for each virtual IP in service, in the format of
        C(/etc/hosts); C(dnsmasq) reads it by its option C(addn-hosts). An IPv6 address has a line of its own after that of its virtual IP.
      - A virtual IP is in the file from when it answered until its virtual machine is drained. The file is replaced in one step,
        and removed when nothing is in service.
      - If the option is omitted, no file is written.
    type: path
seealso:
  - module: foresight.netslice.slice_vms
  - module: foresight.netslice.slice_networks
author:
  - The foresight.netslice maintainers (@foresight-netslice)
"""

EXAMPLES = r"""
- name: Verify and announce the virtual IPs of this host's share of the plan
  foresight.netslice.slice_vips:
    uri: qemu:///system
    host: "{{ inventory_hostname }}"
    vms: "{{ share.vms }}"
    timeout_seconds: 120
    hosts_file: /var/lib/netslice/hosts
    state_dir: /var/lib/netslice
    as_of: "{{ share.as_of }}"
    expires_at: "{{ share.expires_at }}"
    fingerprint: "{{ vms_result.fingerprint }}"
    live: "{{ share.live }}"

- name: Look whether two virtual IPs answer
  foresight.netslice.slice_vips:
    vms:
      - slice: web
        vip: 10.90.2.2
        want: active
      - slice: web
        vip: 10.90.2.3
        want: active
  check_mode: true
"""

RETURN = r"""
vips:
  description: What was found of each virtual IP of O(vms).
  returned: success
  type: list
  elements: dict
  contains:
    vip:
      description: The virtual IP.
      type: str
      sample: 10.90.2.2
    name:
      description: The virtual machine.
      type: str
      sample: web-10-90-2-2
    slice:
      description: The slice.
      type: str
      sample: web
    mac:
      description: The MAC derived from the virtual IP, which alone may answer.
      type: str
      sample: 02:5c:0a:5a:02:02
    want:
      description: What the share wants of the virtual machine.
      type: str
      sample: active
    lifecycle:
      description: Lifecycle after this module, V(none) where there is no domain; in check mode as it would be.
      type: str
      sample: active
    verified:
      description: Whether packets were sent to find out.
      type: bool
      sample: true
    answered:
      description: Whether its own MAC answered, V(none) where that was not asked.
      type: bool
      sample: true
    others:
      description: Other MACs that answered for it.
      type: list
      elements: str
      sample: []
    vip6:
      description: The IPv6 address beside the virtual IP.
      returned: where the network of the slice has a range6
      type: str
      sample: fd00:90:2::a5a:202
    answered6:
      description: Whether its own MAC answered for the IPv6 address, V(none) where that was not asked.
      returned: where the network of the slice has a range6
      type: bool
      sample: true
    others6:
      description: Other MACs that answered for the IPv6 address.
      returned: where the network of the slice has a range6
      type: list
      elements: str
      sample: []
    detail:
      description: Why it was not asked, V(none) where it was.
      type: str
      sample: its guest does not run
silent:
  description: Virtual IPs, and IPv6 addresses beside them, that are active, or parked, but did not answer.
  returned: success
  type: list
  elements: str
  sample: []
conflicts:
  description: Virtual IPs, and IPv6 addresses beside them, that a MAC answers for which must not, with what the share wants of them.
  returned: success
  type: list
  elements: dict
  sample: [{"vip": "10.90.2.9", "mac": "52:54:00:00:00:01", "want": "active"}]
fingerprint:
  description: Fingerprint of the host state after this module; in check mode that of the present state.
  returned: success
  type: str
  sample: "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
commands:
  description: What was done, or would be done in check mode, as a verb and its object.
  returned: success
  type: list
  elements: list
  sample: [["announce", "10.90.2.2"], ["activate", "web-10-90-2-2"], ["write", "/var/lib/netslice/hosts"]]
"""

import contextlib

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.foresight.netslice.plugins.module_utils.arguments import brief_echo, libvirt_arguments, plan_share_arguments
from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool.lock import apply_lock
from ansible_collections.foresight.netslice.plugins.module_utils.vips.pass_of_vips import run

#: new guests are waited for with the host locked; neither nan nor inf seconds ever end
LONGEST_SECONDS = 86400


def argument_spec():
    """Options of this module."""
    spec = {
        "vms": {"type": "list", "elements": "dict", "required": True},
        "timeout_seconds": {"type": "float", "default": 120},
        "hosts_file": {"type": "path"},
    }
    spec.update(libvirt_arguments())
    spec.update(plan_share_arguments())
    return spec


def main():
    """Entry point."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    echo = brief_echo(module.params, vms=("slice", "vip", "want"))
    try:
        if not 0 <= module.params["timeout_seconds"] <= LONGEST_SECONDS:
            raise HostError(f"Cannot wait for {module.params['timeout_seconds']} seconds: give timeout_seconds as 0 to {LONGEST_SECONDS}.")
        lock = contextlib.nullcontext() if module.check_mode else apply_lock(module.params["state_dir"])
        with lock:
            result, warnings = run(module.params, module.check_mode)
    except HostError as exc:
        module.fail_json(msg=str(exc), invocation=echo)
    for text in warnings:
        module.warn(text)
    if not module._diff:
        del result["diff"]
    module.exit_json(invocation=echo, **result)


if __name__ == "__main__":
    main()
