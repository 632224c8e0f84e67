#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_vms
short_description: Make the virtual machines of slices what a plan wants
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Creates, heals, drains, releases and forgets libvirt domains in bulk, each with its virtual IP (VIP).
  - What is allocated stands in the metadata of the domains alone. A run that was killed at any instant is continued by the next one.
  - An address is probed before its guest is started. Where something answers, the virtual machine is quarantined and reported in RV(conflicts).
  - A released virtual machine is shut down, its own disks are deleted, and its domain stays as the record of the address until it is V(absent).
  - A new guest is V(verifying) until M(foresight.netslice.slice_vips) has seen it answer.
  - Virtual machines of the warm pool are made ready before they are needed, and shut off (V(warm)) or started and kept out of service (V(parked)).
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.libvirt
  - foresight.netslice.plan_share
  - foresight.netslice.plan_share.fingerprint
attributes:
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
  check_mode:
    support: full
    details: A conflict of addresses is not foreseen, since nothing is probed.
  diff_mode:
    support: full
    details: One line a changed VM.
  idempotent:
    support: full
options:
  vms:
    description:
      - The virtual machines and what each of them shall be; C(vms) of the share of a plan.
      - Virtual machines that are not named are left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the domain, which is the name of the slice and the VIP with dashes.
        type: str
        required: true
      slice:
        description: Name of the slice.
        type: str
        required: true
      vip:
        description: The virtual IP, which also names the MAC and the tap.
        type: str
        required: true
      vip6:
        description:
          - The IPv6 address beside the virtual IP, of the range6 of its slice; it ends in the four bytes of O(vms[].vip).
          - It is probed as the virtual IP is, and stated in the seed made of O(vms[].user_data). Templates have it as C(vm.vip6), from which the default one
            adds C(netslice.vip6=) to the command line of a kernel. A guest that sets up neither gets it by DHCPv6 for the DUID-LL of its MAC.
          - If the option is omitted, the guest has no IPv6.
        type: str
      lan:
        description:
          - What the guest must be told of the LAN that it is in, where the network of its slice is of mode bridged, for it is told nothing by DHCP there.
          - It is stated in the seed made of O(vms[].user_data). Templates have it as C(vm.ip), in the words of the parameter C(ip=) of Linux, which the default
            one adds to the command line of a kernel.
          - If the option is omitted, the guest gets its address by DHCP.
        type: dict
        suboptions:
          lan:
            description:
              - The network of the LAN, whose mask the guest has.
            type: str
            required: true
          gateway:
            description:
              - The router of the LAN.
              - If the option is omitted, the guest has no way out of the LAN.
            type: str
          mtu:
            description:
              - MTU of the guest.
            type: int
            required: true
      want:
        description:
          - What the virtual machine shall be.
          - V(active) creates, resumes or heals it as needed; V(draining) marks it; V(quarantined) stops it, deletes its disks and keeps its address;
            V(absent) stops it, deletes its disks and removes its domain.
          - V(warm) defines it, makes its disks and leaves it shut off, or shuts it down with its disks as they are; V(parked) starts it, or keeps it
            running, out of service.
        type: str
        choices: [active, draining, quarantined, absent, warm, parked]
        required: true
      action:
        description:
          - What the plan expects to be done for it, from the state the plan was made from.
          - V(keep) leaves an existing virtual machine as it is; V(heal) also restarts one that runs and does not answer, or never did;
            V(resize) gives one that runs O(vms[].vcpus) and O(vms[].memory_mib), as far as its definition has room and its guest agrees;
            V(restore) stores the definition that it was made of again, where somebody changed that by hand, and leaves what runs as it is;
            the others only say what O(vms[].want) leads to.
          - Definitions of domains are rendered on the controller for all that are wanted V(active), V(warm) or V(parked) but those with V(keep) and V(resize).
          - If the option is omitted, O(vms[].want) alone decides, and the definition is rendered.
        type: str
        choices: [create, keep, start, heal, restore, resize, warm, return, drain, release, forget]
      hook:
        description: Name of the hook of its slice that ran for it, to be noted in its record.
        type: str
        choices: [after_active, before_release, after_release]
      hooks:
        description: The hooks of its slice that are due for it; the role runs them, and the module ignores them.
        type: list
        elements: dict
      until:
        description:
          - The instant at which draining or quarantine ends, in RFC 3339.
          - If the option is omitted, a quarantine lasts 300 seconds from O(as_of) on, and draining has no end.
        type: str
      retain:
        description:
          - Whether a virtual machine that is V(quarantined) keeps its disks, for a person to look at, until it is wanted V(absent).
          - A plan asks for it where a guest did not stay up and its slice sets C(scaling.healing.retain_seconds).
        type: bool
        default: false
      vcpus:
        description: Virtual CPUs, for the template and for V(resize) of O(vms[].action).
        type: int
        default: 1
      memory_mib:
        description: Memory in MiB, for the template and for V(resize) of O(vms[].action).
        type: int
        default: 512
      most:
        description:
          - What the virtual machine may be resized to while it runs, for the template, which gives its definition room for it.
          - Of a resource that is not given, or null, it keeps the size that it is defined with.
        type: dict
        suboptions:
          vcpus:
            description: The most virtual CPUs that it may be given.
            type: int
          memory_mib:
            description: The most memory in MiB that it may be given; its guest needs a driver of the balloon, without which it has all of it from its boot on.
            type: int
      image:
        description: What the guest boots, either a kernel or a volume; paths are those of the host.
        type: dict
        suboptions:
          kernel:
            description: Path of a kernel to boot directly, without a disk.
            type: str
          initrd:
            description: Path of the initial RAM disk that goes with O(vms[].image.kernel).
            type: str
          cmdline:
            description: Command line of O(vms[].image.kernel).
            type: str
          volume:
            description:
              - Name of a libvirt volume; the guest gets a qcow2 overlay over it in the same pool.
              - An overlay that is there is kept where it lies over this volume, and made anew where it lies over another.
            type: str
          pool:
            description: Name of the directory pool that holds O(vms[].image.volume).
            type: str
            default: default
          format:
            description: Format of O(vms[].image.volume).
            type: str
            choices: [qcow2, raw]
            default: qcow2
          seed:
            description: Path of a ready NoCloud image; if it is given, none is made of O(vms[].user_data).
            type: str
      template:
        description:
          - Jinja2 template of the domain on the controller, searched like that of M(ansible.builtin.template), then in the collection.
          - If the option is omitted, O(template) is used.
        type: str
      user_data:
        description:
          - Jinja2 template of NoCloud user data on the controller; the host gets what it renders to.
          - If the option is omitted, the guest gets no seed, unless O(vms[].image.seed) names one.
        type: str
      xml:
        description: The rendered definition of the domain; filled in on the controller.
        type: str
      template_digest:
        description: Digest of template, user data, image and size, by which a VM tells what it was made from; filled in on the controller.
        type: str
  virt_type:
    description:
      - Kind of virtualization, for the template.
      - V(auto) takes what a registered C(slice_manager_info) of this host says, or else asks M(foresight.netslice.slice_info).
    type: str
    choices: [auto, kvm, qemu, xen, test]
    default: auto
  template:
    description: Template of the domain for virtual machines that name none.
    type: str
    default: domain.xml.j2
  stop_timeout_seconds:
    description:
      - How long a guest may take to shut down before it is destroyed.
      - It is asked through its agent where one is connected, then by ACPI every 5 seconds.
    type: int
    default: 60
seealso:
  - module: foresight.netslice.slice_info
  - module: foresight.netslice.slice_networks
  - module: foresight.netslice.slice_vips
notes:
  - The network of a slice must be there; M(foresight.netslice.slice_networks) makes it.
  - C(qemu-img) is needed on the host for images with a volume, and C(genisoimage) or C(xorriso) for user data.
"""

EXAMPLES = r"""
- name: Apply the virtual machines of this host's share of a plan
  foresight.netslice.slice_vms:
    uri: qemu:///system
    host: "{{ inventory_hostname }}"
    vms: "{{ share.vms }}"
    virt_type: "{{ slice_manager_info.state.node.virt_type }}"
    template: domain.xml.j2
    stop_timeout_seconds: 60
    as_of: "{{ share.as_of }}"
    expires_at: "{{ share.expires_at }}"
    fingerprint: "{{ share.fingerprint }}"
    live: "{{ share.live }}"
    state_dir: /var/lib/netslice

- name: Run a virtual machine from a volume with user data
  foresight.netslice.slice_vms:
    vms:
      - name: web-10-90-2-4
        slice: web
        vip: 10.90.2.4
        want: active
        action: create
        vcpus: 2
        memory_mib: 1024
        template: web-domain.xml.j2
        user_data: web-user-data.j2
        image:
          volume: debian-12.qcow2
          pool: default
          format: qcow2

- name: Run a virtual machine from a kernel, with a ready seed
  foresight.netslice.slice_vms:
    vms:
      - name: web-10-90-2-5
        slice: web
        vip: 10.90.2.5
        want: active
        image:
          kernel: /var/lib/netslice/vmlinuz
          initrd: /var/lib/netslice/initrd.gz
          cmdline: console=ttyS0 no_timer_check panic=-1
          seed: /var/lib/netslice/web-seed.iso

- name: Release a virtual machine and keep its address for ten minutes
  foresight.netslice.slice_vms:
    as_of: "2026-01-05T08:00:00Z"
    vms:
      - name: web-10-90-2-4
        slice: web
        vip: 10.90.2.4
        want: quarantined
        until: "2026-01-05T08:10:00Z"

- name: Make a virtual machine ready to be started when it is needed
  foresight.netslice.slice_vms:
    vms:
      - name: web-10-90-2-7
        slice: web
        vip: 10.90.2.7
        want: warm
        action: warm
        image:
          volume: debian-12.qcow2

- name: Take a virtual machine that does not stay up out of service, and keep its disks for a day
  foresight.netslice.slice_vms:
    as_of: "2026-01-05T08:00:00Z"
    vms:
      - name: web-10-90-2-4
        slice: web
        vip: 10.90.2.4
        want: quarantined
        until: "2026-01-06T08:00:00Z"
        retain: true

- name: Give a virtual machine that runs more memory, of what its definition has room for
  foresight.netslice.slice_vms:
    vms:
      - name: web-10-90-2-4
        slice: web
        vip: 10.90.2.4
        want: active
        action: resize
        vcpus: 2
        memory_mib: 2048
        most:
          vcpus: 4
          memory_mib: 4096

- name: Note that a hook ran for a virtual machine, and leave it as it is
  foresight.netslice.slice_vms:
    vms:
      - name: web-10-90-2-4
        slice: web
        vip: 10.90.2.4
        want: active
        action: keep
        hook: after_active

- name: Define a virtual machine from a definition made elsewhere
  foresight.netslice.slice_vms:
    vms:
      - name: web-10-90-2-6
        slice: web
        vip: 10.90.2.6
        want: active
        xml: "{{ lookup('ansible.builtin.file', 'web-10-90-2-6.xml') }}"
        template_digest: sha256:none
"""

RETURN = r"""
vms:
  description: The virtual machines this run changed, as the host state shows them afterwards; in check mode, as it is expected to.
  returned: success
  type: list
  elements: dict
  sample: [{"name": "web-10-90-2-4", "vip": "10.90.2.4", "lifecycle": "verifying", "running": true, "until": null}]
conflicts:
  description: The virtual machines that were not started because something else answers at their address.
  returned: success
  type: list
  elements: dict
  sample: [{"name": "web-10-90-2-4", "vip": "10.90.2.4", "mac": "52:54:00:12:34:56"}]
destroyed:
  description: Names of the virtual machines that did not shut down in time, or hung, and were destroyed.
  returned: success
  type: list
  elements: str
  sample: []
resized_in_part:
  description:
    - The virtual machines whose guests do not have the size that they were given, each with what is in the way.
    - Their stored definitions have it as far as there is room, from the next boot on.
  returned: success
  type: list
  elements: dict
  sample: [{"name": "web-10-90-2-4", "why": "vCPUs: vcpu unplug request timed out"}]
commands:
  description: The steps that were taken, or would be, each as verb and domain, in their order.
  returned: success
  type: list
  elements: list
  sample: [["define", "web-10-90-2-4"], ["probe", "web-10-90-2-4"], ["start", "web-10-90-2-4"]]
fingerprint:
  description: Fingerprint of the host state afterwards, which the next module of the pass expects.
  returned: success
  type: str
  sample: sha256:1f0c6a4e
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.foresight.netslice.plugins.module_utils.arguments import brief_echo, libvirt_arguments, plan_share_arguments
from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import pass_of_vms
from ansible_collections.foresight.netslice.plugins.module_utils.pool.connection import Connection
from ansible_collections.foresight.netslice.plugins.module_utils.vips.process import run as run_command


def argument_spec():
    """Options of the module."""
    text = {"type": "str"}
    image = {
        "kernel": text,
        "initrd": text,
        "cmdline": text,
        "volume": text,
        "pool": {"type": "str", "default": "default"},
        "format": {"type": "str", "choices": ["qcow2", "raw"], "default": "qcow2"},
        "seed": text,
    }
    vm = {
        "name": {"type": "str", "required": True},
        "slice": {"type": "str", "required": True},
        "vip": {"type": "str", "required": True},
        "vip6": {"type": "str"},
        "lan": {"type": "dict", "options": {"lan": {"type": "str", "required": True}, "gateway": {"type": "str"}, "mtu": {"type": "int", "required": True}}},
        "want": {"type": "str", "choices": ["active", "draining", "quarantined", "absent", "warm", "parked"], "required": True},
        "action": {"type": "str", "choices": ["create", "keep", "start", "heal", "restore", "resize", "warm", "return", "drain", "release", "forget"]},
        "until": text,
        "retain": {"type": "bool", "default": False},
        "hooks": {"type": "list", "elements": "dict"},
        "hook": {"type": "str", "choices": ["after_active", "before_release", "after_release"]},
        "vcpus": {"type": "int", "default": 1},
        "memory_mib": {"type": "int", "default": 512},
        "most": {"type": "dict", "options": {"vcpus": {"type": "int"}, "memory_mib": {"type": "int"}}},
        "image": {
            "type": "dict",
            "options": image,
            "mutually_exclusive": [("kernel", "volume")],
            "required_by": {"initrd": "kernel", "cmdline": "kernel"},
        },
        "template": text,
        "user_data": {"type": "str", "no_log": True},
        "xml": text,
        "template_digest": text,
    }
    spec = {
        "vms": {"type": "list", "elements": "dict", "required": True, "options": vm},
        "virt_type": {"type": "str", "choices": ["auto", "kvm", "qemu", "xen", "test"], "default": "auto"},
        "template": {"type": "str", "default": "domain.xml.j2"},
        "stop_timeout_seconds": {"type": "int", "default": 60},
    }
    spec.update(libvirt_arguments())
    spec.update(plan_share_arguments())
    return spec


def main():
    """Entry point."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    echo = brief_echo(module.params, vms=("name", "want", "action"))
    try:
        with Connection(module.params["uri"]) as connection:
            result = pass_of_vms.run(connection, module.params, run_command, module.check_mode)
    except HostError as exc:
        module.fail_json(msg=str(exc), invocation=echo)
    if not module._diff:
        result.pop("diff")
    for conflict in result["conflicts"]:
        module.warn(f"{conflict['vip']} of {conflict['name']} is in use by {conflict['mac']}; it is quarantined and not started.")
    for partial in result["resized_in_part"]:
        module.warn(f"{partial['name']} is not resized as it should be while it runs: {partial['why']}. A new virtual machine in its place would be.")
    result["invocation"] = echo
    failures = result.pop("failures")
    if failures:
        module.fail_json(msg=" ".join(text for _name, text in failures), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
