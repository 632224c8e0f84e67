#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module slice_qos."""
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_qos
version_added: 0.1.0
short_description: Guarantees each slice its share of a link
description:
  - Builds and keeps one HTB tree for each attachment, which is one direction of one device where slices share a link.
  - A slice gets a class with a guarantee and a ceiling, and its virtual IPs (VIPs) lead to that class. What a slice leaves unused the
    others may take. Traffic of no slice has a class of its own.
  - Egress is shaped at the root of the device. Ingress is redirected to an C(ifb) device, which the module makes and removes.
  - The tree is compared with what the kernel has, row by row. Only what differs is changed, so that a change of one slice drops no
    packet of another, and a tree that was edited by hand or lost is repaired.
  - A queueing discipline that somebody else has set is never replaced unasked.
  - What it made it writes as scripts into C(qos) of O(state_dir). After a reboot C(sh /var/lib/netslice/qos/replay) brings the trees back before the next
    run, and the nft tables of M(foresight.netslice.slice_networks) with them; the role P(foresight.netslice.qos#role) has systemd do so.
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.plan_share
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  attachments:
    description:
      - The attachments to shape, as the share of a plan lists them.
      - An attachment with no slices is left as it is, or loses the tree of this collection where it has one.
      - Attachments that are not listed are not touched.
    type: list
    elements: dict
    required: true
    suboptions:
      device:
        description: Name of the network device.
        type: str
        required: true
      direction:
        description: V(egress) is what guests send to the world by the device, V(ingress) what the world sends to them.
        type: str
        required: true
        choices: [egress, ingress]
      rate_mbit:
        description:
          - Rate of the link in Mbit/s, of which guarantees are given.
          - At most 97 % of what the wire carries, so that the queue stands here and not in the network.
        type: float
        required: true
      default_mbit:
        description: Guarantee in Mbit/s for the traffic of no slice, such as that of the host itself.
        type: float
        default: 1.0
      bridges:
        description:
          - Bridges of the slices, all of them, where one of the slices hides behind an address of the host, which is mode V(nat) of
            M(foresight.netslice.slice_networks).
          - Packets for guests are then taken where they leave for a bridge, since their addresses show only there. Slices that are not hidden are
            shaped there too, and what the host itself receives is not shaped.
          - If the option is omitted, packets are taken where they come in by the device. It is for O(attachments[].direction=ingress) alone.
        type: list
        elements: str
        default: []
      classes:
        description: The slices that share the link; with O(state=absent) they do not matter.
        type: list
        elements: dict
        default: []
        suboptions:
          slice:
            description: Name of the slice.
            type: str
            required: true
          minor:
            description: Id of the slice, 16 to 20479, the same at every attachment.
            type: int
            required: true
          guarantee_mbit:
            description: What the slice gets in Mbit/s whatever others do.
            type: float
            required: true
          ceiling_mbit:
            description: What the slice may use in Mbit/s where others leave it.
            type: float
            required: true
          vip_ceiling_mbit:
            description:
              - What each virtual IP of the slice may use in Mbit/s, at most O(attachments[].classes[].ceiling_mbit).
              - If the option is omitted, any of them may use all that the slice may.
              - At most 1000 virtual IPs of an attachment can have such a ceiling.
            type: float
          vips:
            description: IPv4 addresses of the slice's virtual machines on this host.
            type: list
            elements: str
            default: []
          range6:
            description:
              - The slice's range of IPv6 addresses, an IPv6 network of at most 96 bits.
              - An address of this range that ends in the four bytes of one of O(attachments[].classes[].vips) leads to the same class.
              - If the option is omitted, IPv6 packets of the slice have the class of what belongs to no slice.
            type: str
  state:
    description:
      - V(present) makes the trees equal to O(attachments).
      - V(absent) removes the trees of this collection from O(attachments), and what was made for them. The devices get the default
        queueing discipline of the kernel.
    type: str
    choices: [present, absent]
    default: present
  takeover:
    description: Whether to replace a queueing discipline that somebody else has set at the root of a device.
    type: bool
    default: false
requirements:
  - python >= 3.9
  - iproute2 >= 5.0 on the host
  - Linux with C(sch_htb), C(cls_u32), and for ingress C(sch_ingress), C(act_mirred), and C(ifb)
notes:
  - Guarantees hold for IPv4. Other protocols go to the class of no slice.
  - Traffic between guests of one host does not pass the device and is not shaped, but for what one slice sends another by a bridge of
    O(attachments[].bridges), which counts for the one that receives it.
  - What slices in mode V(nat) send is classified by the nft tables of M(foresight.netslice.slice_networks), before their addresses are translated.
seealso:
  - module: foresight.netslice.slice_info
  - module: foresight.netslice.slice_plan
author:
  - The foresight.netslice maintainers (@foresight-netslice)
"""

EXAMPLES = r"""
- name: Guarantee two slices their shares of an uplink
  foresight.netslice.slice_qos:
    attachments:
      - device: eth0
        direction: egress
        rate_mbit: 940
        default_mbit: 10
        classes:
          - slice: web
            minor: 16
            guarantee_mbit: 300
            ceiling_mbit: 940
            vips: [10.90.2.2, 10.90.2.3]
            range6: fd00:90:2::/64
          - slice: batch
            minor: 17
            guarantee_mbit: 100
            ceiling_mbit: 500
            vip_ceiling_mbit: 200
            vips: [10.90.3.2]

- name: Apply the share of a plan in a replay
  foresight.netslice.slice_qos:
    attachments: "{{ share.attachments }}"
    as_of: "{{ share.as_of }}"
    expires_at: "{{ share.expires_at }}"
    live: false
    state_dir: /var/lib/netslice
  vars:
    share: "{{ hostvars['kvm1'].plan.hosts['kvm1'] }}"

- name: Shape what the world sends, in place of what an earlier tool has set
  foresight.netslice.slice_qos:
    attachments: "{{ attachments }}"
    takeover: true

- name: Shape what the world sends to slices behind an address of the host
  foresight.netslice.slice_qos:
    attachments:
      - device: eth0
        direction: ingress
        rate_mbit: 940
        bridges: [nsb16]
        classes:
          - slice: web
            minor: 16
            guarantee_mbit: 300
            ceiling_mbit: 940
            vips: [10.90.2.2]

- name: Remove all shaping of this collection from an uplink
  foresight.netslice.slice_qos:
    attachments:
      - device: eth0
        direction: egress
        rate_mbit: 940
      - device: eth0
        direction: ingress
        rate_mbit: 940
    state: absent
"""

RETURN = r"""
attachments:
  description: The attachments as they are after the change, or would be.
  returned: success
  type: list
  elements: dict
  contains:
    device:
      description: Name of the device.
      type: str
    direction:
      description: V(egress) or V(ingress).
      type: str
    owner:
      description: V(ours), V(adoptable), V(foreign), or V(no_device).
      type: str
    found:
      description: Kind and handle of the queueing discipline at the root.
      type: str
    classes:
      description: The slices that have a class, with the keys C(minor), C(slice), C(guarantee_mbit),
          C(ceiling_mbit), and C(vip_ceiling_mbit), which is null where virtual IPs have no ceilings of their own.
      type: list
      elements: dict
  sample:
    - device: eth0
      direction: egress
      owner: ours
      found: "htb 51ce:"
      classes:
        - minor: 16
          slice: web
          guarantee_mbit: 300.0
          ceiling_mbit: 940.0
          vip_ceiling_mbit: null
commands:
  description:
    - The commands that were run, or would be; C(tc) and C(ip) get them in one batch each.
    - Of more than 1000 the middle is left out.
  returned: success
  type: list
  elements: str
  sample:
    - tc class change dev eth0 parent 51ce:1 classid 51ce:10 htb rate 300mbit ceil 940mbit burst 39100 cburst 119100 quantum 200000 prio 0
"""

import contextlib
import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.foresight.netslice.plugins.module_utils import asked
from ansible_collections.foresight.netslice.plugins.module_utils.arguments import brief_echo, plan_share_arguments
from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool.lock import apply_lock
from ansible_collections.foresight.netslice.plugins.module_utils.pool.share import require
from ansible_collections.foresight.netslice.plugins.module_utils.substrate import change, demand, replay, report
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.attachments import DIRECTIONS
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.netlink import Netlink


def argument_spec():
    classes = {
        "slice": {"type": "str", "required": True},
        "minor": {"type": "int", "required": True},
        "guarantee_mbit": {"type": "float", "required": True},
        "ceiling_mbit": {"type": "float", "required": True},
        "vip_ceiling_mbit": {"type": "float"},
        "vips": {"type": "list", "elements": "str", "default": []},
        "range6": {"type": "str"},
    }
    attachments = {
        "device": {"type": "str", "required": True},
        "direction": {"type": "str", "required": True, "choices": list(DIRECTIONS)},
        "rate_mbit": {"type": "float", "required": True},
        "default_mbit": {"type": "float", "default": 1.0},
        "bridges": {"type": "list", "elements": "str", "default": []},
        "classes": {"type": "list", "elements": "dict", "default": [], "options": classes},
    }
    return dict(
        plan_share_arguments(fingerprint=False),
        attachments={"type": "list", "elements": "dict", "required": True, "options": attachments},
        state={"type": "str", "choices": ["present", "absent"], "default": "present"},
        takeover={"type": "bool", "default": False},
    )


def main():
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    echo = brief_echo(module.params, attachments=("device", "direction", "rate_mbit"))
    try:
        module.exit_json(invocation=echo, **converge(module))
    except HostError as exc:
        module.fail_json(msg=str(exc), invocation=echo)


def converge(module):
    """Lock, read, plan, apply; the result. Raises HostError."""
    params = module.params
    demand.check(params["attachments"])
    with contextlib.ExitStack() as stack:
        if not module.check_mode:
            stack.enter_context(apply_lock(params["state_dir"]))
        # Under the lock: the share may expire while another run holds it.
        require(params, None)
        netlink = stack.enter_context(Netlink())
        changes = change.plan(netlink, params["attachments"], params["state"], params["takeover"])
        changed = any(any(one.steps) for one in changes)
        if not module.check_mode:
            replay.forget(params["state_dir"], changes)
        if changed:
            apply(module, netlink, changes)
        if not module.check_mode:
            replay.store(params["state_dir"], changes)
            _remember(params, changes)
    result = {"changed": changed, "attachments": report.attachments_after(changes), "commands": report.listed_commands(changes)}
    if module._diff:
        result["diff"] = report.diff(changes)
    for warning in report.warnings(changes):
        module.warn(warning)
    return result


def _remember(params, changes):
    """Keep what was asked for, so that a pass which asks for the same need not run the module; nothing where no tree is left."""
    if any(one.after is not None for one in changes):
        asked.remember(params["state_dir"], asked.ATTACHMENTS, params["attachments"])
    else:
        asked.forget(params["state_dir"], asked.ATTACHMENTS)


def apply(module, netlink, changes):
    """Run the commands; in check mode only see whether they could be. Raises HostError."""
    try:
        run = runner(module)
        change.require_tools(run)
    except HostError as exc:
        if not module.check_mode:
            raise
        # A host to be is checked before its packages are there; what would change is known without them.
        module.warn(f"A run without check mode would fail. {exc}")
        return
    if not module.check_mode:
        load_ifb(module, changes)
        change.carry_out(netlink, changes, run)


def runner(module):
    """Programs of iproute2, found once, as a function of argv and standard input. Raises HostError where one is missing."""
    paths = {}
    for program in ("ip", "tc"):
        paths[program] = module.get_bin_path(program, opt_dirs=["/sbin", "/usr/sbin"])
        if not paths[program]:
            raise HostError(f"Cannot find {program} on this host: it is not in PATH, /sbin or /usr/sbin. Install iproute2.")

    def run(argv, text):
        return module.run_command([paths[argv[0]]] + argv[1:], data=text, binary_data=True)

    return run


def load_ifb(module, changes):
    """Load ifb without the two devices that it makes when the kernel loads it by itself."""
    if any(one.steps.make for one in changes) and not os.path.isdir("/sys/module/ifb"):
        modprobe = module.get_bin_path("modprobe", opt_dirs=["/sbin", "/usr/sbin"])
        if modprobe:
            # A kernel with ifb built in has no such module: whether there is one shows when the device is made.
            module.run_command([modprobe, "-q", "ifb", "numifbs=0"])


if __name__ == "__main__":
    main()
