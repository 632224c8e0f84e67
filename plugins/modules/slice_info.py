#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_info
short_description: Tell what a hypervisor has of the slices
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Reads the libvirt networks and domains that carry metadata of this collection, the links that slices share, and what is wrong with them.
  - Guests whose virtual IPs did not answer M(foresight.netslice.slice_vips) in the last pass are asked again, by ARP, all at once and for 1.2 seconds at most.
    Where all of them answered, nothing is sent.
  - The result is the host state from which M(foresight.netslice.slice_plan) makes its plan.
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.libvirt
  - foresight.netslice.plan_share.state_dir
attributes:
  check_mode:
    support: full
    details: The module never changes anything.
  diff_mode:
    support: N/A
    details: The module never changes anything.
  idempotent:
    support: full
options:
  links:
    description:
      - The links that slices share on this host.
      - If the option is omitted, the state names no link, and no share of a link can be planned here.
    type: list
    elements: dict
    default: []
    suboptions:
      device:
        description: Name of the network device.
        type: str
        required: true
      rate_mbit:
        description: What the link carries in each direction, in Mbit/s.
        type: float
        required: true
  reserve:
    description: What the host keeps for itself, so that it is never planned for slices.
    type: dict
    default: {}
    suboptions:
      vcpus:
        description: CPU cores the host keeps.
        type: float
        default: 1
      memory_mib:
        description: Memory the host keeps, in MiB.
        type: int
        default: 2048
  vcpu_ratio:
    description: How many virtual CPUs may be planned for one CPU of the host.
    type: float
    default: 4
  memory_ratio:
    description:
      - How much memory may be planned for each MiB of the host. Above V(1), which is warned of, VMs that all use their memory do not fit, and the host swaps
        or kills one of them.
    type: float
    default: 1
  failure_domain:
    description:
      - Name of what the host fails together with, such as its rack or its power supply. The VMs of a slice are spread over failure domains first.
      - If the option is omitted, the host is a failure domain of its own.
    type: str
  maintenance:
    description:
      - With V(cordon) the host gets no new VM, and keeps those it has.
      - With V(drain) its VMs are replaced on other hosts, and then released, too.
    type: str
    choices: [none, cordon, drain]
    default: none
  bridges:
    description:
      - Names that slices of mode bridged use for bridges of this host, and the device of each, where hosts name theirs differently.
      - If the option is omitted, a bridge has the name of its device.
    type: dict
    default: {}
  underlay:
    description:
      - Address of this host, as C(ip address) shows it, by which the other hosts reach it with the frames of slices that are joined by VXLAN.
      - If the option is omitted, it is the first address of the first of O(links) that has any, of IPv4 before IPv6.
      - An address that the host does not have is the fault C(underlay_wrong) of RV(state), and RV(state.underlay) is null.
    type: str
  virt_type:
    description:
      - Kind of virtualization of the guests.
      - With V(auto) it is V(kvm) where libvirt offers it and C(/dev/kvm) can be opened by QEMU's own user, else what the libvirt driver is.
      - Set V(qemu) where C(/dev/kvm) is there and guests hang, and V(kvm) where QEMU runs as root and C(/dev/kvm) is open to root alone.
    type: str
    choices: [auto, kvm, qemu, xen, test]
    default: auto
seealso:
  - module: foresight.netslice.slice_vms
  - module: foresight.netslice.slice_plan
"""

EXAMPLES = r"""
- name: Read the state of every hypervisor
  foresight.netslice.slice_info:
    uri: qemu:///system
    host: "{{ inventory_hostname }}"
    links:
      - device: eth0
        rate_mbit: 1000
    reserve:
      vcpus: 1
      memory_mib: 4096
    vcpu_ratio: 4
    memory_ratio: 1
    failure_domain: rack1
    maintenance: none
    bridges:
      lan: br0
    underlay: 192.0.2.10
    virt_type: auto
    state_dir: /var/lib/netslice
  register: slice_manager_info

- name: Show what is wrong
  ansible.builtin.debug:
    var: slice_manager_info.state.faults
"""

RETURN = r"""
state:
  description: The host state; its contract is C(docs/schemas/host_state.schema.json) of the collection.
  returned: success
  type: dict
  contains:
    schema:
      description: Name and version of the contract.
      type: str
      returned: success
      sample: foresight.netslice/host-state/1
    host:
      description: Name of the host in the roster.
      type: str
      returned: success
      sample: kvm1
    fingerprint:
      description: Fingerprint over networks and virtual machines, which the share of a plan made from this state carries.
      type: str
      returned: success
      sample: sha256:1f0c6a4e
    node:
      description:
        - CPUs, memory in MiB, kind of virtualization, and identity of the boot.
        - Of a real host also the mean number of processes that ran or waited in the last 15 minutes, and the memory in MiB that is not available.
      type: dict
      returned: success
      sample: {"vcpus": 8, "memory_mib": 64000, "virt_type": "kvm", "boot_id": "6d0bd3bb-0c0e-4dbb-9d6c-8e6a1bd5bf0a", "load": 1.5, "memory_used_mib": 9000}
    reserve:
      description: What the host keeps for itself.
      type: dict
      returned: success
      sample: {"vcpus": 1, "memory_mib": 2048}
    vcpu_ratio:
      description: How many virtual CPUs may be planned for one CPU.
      type: float
      returned: success
      sample: 4.0
    memory_ratio:
      description: How much memory may be planned for each MiB.
      type: float
      returned: success
      sample: 1.0
    failure_domain:
      description: What the host fails together with, or null.
      type: str
      returned: success
      sample: rack1
    maintenance:
      description: V(none), V(cordon) or V(drain).
      type: str
      returned: success
      sample: none
    links:
      description: The links that slices share.
      type: list
      elements: dict
      returned: success
      sample: [{"device": "eth0", "rate_mbit": 1000}]
    addresses:
      description: Addresses of the host itself.
      type: list
      elements: str
      returned: success
      sample: ["192.0.2.10/24"]
    bridges:
      description:
        - The Linux bridges of the host beside those of slices, with their MTU and their ports beside those of slices; what O(bridges) names and is none has
          no MTU.
      type: list
      elements: dict
      returned: success
      sample: [{"name": "lan", "device": "br0", "mtu": 1500, "ports": ["eth0"]}]
    underlay:
      description: Device, address and MTU by which the other hosts reach it, or null.
      type: dict
      returned: success
      sample: {"device": "eth0", "address": "192.0.2.10", "mtu": 1500}
    networks:
      description: The networks of the slices.
      type: list
      elements: dict
      returned: success
      sample: []
    vms:
      description:
        - The virtual machines of the slices, those in quarantine included.
        - C(silent_since) is the first pass, of those until now, in which an active one did not answer; C(restarts) are the passes that
          started it again; C(answers), only of those that were silent, says whether it answers now.
        - C(changed_by_hand), only where there is any, says what of the stored or the live definition of the domain is not as it was made, such as its
          processors, memory and network interfaces, autostart, or that it was undefined or renamed.
      type: list
      elements: dict
      returned: success
      sample: []
    attachments:
      description: What shapes each direction of each link now.
      type: list
      elements: dict
      returned: success
      sample: []
    faults:
      description: What is wrong on the host, empty when nothing is.
      type: list
      elements: dict
      returned: success
      sample: [{"kind": "nft_missing", "object": "table bridge netslice", "detail": "slices on this host are not isolated"}]
    as_asked:
      description:
        - By C(networks) and C(attachments) the marks of what M(foresight.netslice.slice_networks) and M(foresight.netslice.slice_qos) were last asked for
          on this host, each only where that module would find nothing to do for it now.
        - A pass whose share has the same mark does not run that module.
      type: dict
      returned: success
      sample: {"networks": "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.foresight.netslice.plugins.module_utils.arguments import libvirt_arguments, state_dir_argument
from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import state
from ansible_collections.foresight.netslice.plugins.module_utils.pool.connection import Connection

VIRT_TYPES = ["auto", "kvm", "qemu", "xen", "test"]


def argument_spec():
    """Options of the module."""
    spec = {
        "links": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {"device": {"type": "str", "required": True}, "rate_mbit": {"type": "float", "required": True}},
        },
        "reserve": {
            "type": "dict",
            "default": {},
            "options": {"vcpus": {"type": "float", "default": 1}, "memory_mib": {"type": "int", "default": 2048}},
        },
        "vcpu_ratio": {"type": "float", "default": 4},
        "memory_ratio": {"type": "float", "default": 1},
        "failure_domain": {"type": "str"},
        "maintenance": {"type": "str", "choices": ["none", "cordon", "drain"], "default": "none"},
        "bridges": {"type": "dict", "default": {}},
        "underlay": {"type": "str"},
        "virt_type": {"type": "str", "choices": VIRT_TYPES, "default": "auto"},
    }
    spec.update(libvirt_arguments())
    spec.update(state_dir_argument())
    return spec


def main():
    """Entry point."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    for name in ("vcpu_ratio", "memory_ratio"):
        if module.params[name] <= 0:
            module.fail_json(msg=f"Cannot plan for the host: {name} is {module.params[name]:g}. Give a number above 0.")
    if module.params["memory_ratio"] > 1:
        module.warn(f"memory_ratio is {module.params['memory_ratio']:g}: where all VMs use their memory, the host swaps or kills one of them.")
    try:
        with Connection(module.params["uri"]) as connection:
            found = state.host_state(connection, module.params)
    except HostError as exc:
        module.fail_json(msg=str(exc))
    for fault in found["faults"]:
        if fault["kind"] == "underlay_wrong":
            module.warn(f"netslice_underlay is {fault['object']}: {fault['detail']}. Give one as ip address shows it.")
    module.exit_json(changed=False, state=found)


if __name__ == "__main__":
    main()
