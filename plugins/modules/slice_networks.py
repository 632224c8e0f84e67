#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_networks
short_description: Make the networks of slices on a hypervisor and isolate them
version_added: 0.1.0
description:
  - Makes one libvirt network for each slice, with the host's sub-prefix of the slice's range, a gateway, and a DHCP reservation for each address.
  - Loads the nft tables C(bridge netslice) and C(inet netslice) in one transaction. A guest can send only from its own MAC and virtual IP, slices
    reach each other only by named flows, and guests reach the host only for DHCP and ICMP.
  - Switches on forwarding of IPv4 where a network is present, and of IPv6 where one has O(networks[].range6). A host that forwards IPv6 heeds router
    advertisements on its own links only where C(accept_ra) of the link is 2; libvirt refuses to start the network where that would cost a route.
  - Where a network has an O(networks[].overlay), joins its bridge with those of the slice's other hosts by a VXLAN device C(nsx<id>), which learns nothing and
    sends to the stated peers alone. UDP port 4789 of this host is open to those alone, and what comes out of the tunnel is held to what their guests may send.
  - Puts a slice whose O(networks[].mode) is V(bridged) on a bridge that the host has already, which is never made, changed or removed. Its guests are held
    to their address at their own taps, and nothing is said of other ports of the bridge.
  - Starts networks that were stopped, puts taps back on their bridges, and loads the tables again when somebody changed or flushed them.
  - Removes both tables when no network of a slice is left on the host.
  - A network or virtual machine that exists on the host but is not mentioned is left as it is, and stays connected.
  - With libvirt's test driver only the networks are made, for there are no bridges and taps to isolate.
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.libvirt
  - foresight.netslice.plan_share
  - foresight.netslice.plan_share.fingerprint
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - nftables >= 1.0 on the host
  - iproute2 and util-linux on the host
  - VXLAN in the kernel of the host, where a network has an overlay
options:
  networks:
    description:
      - The networks of this host, as the C(networks) of its share of a plan.
    type: list
    elements: dict
    required: true
    suboptions:
      slice:
        description:
          - Name of the slice.
        type: str
        required: true
      id:
        description:
          - Number of the slice, from 16 to 20479, which names the bridge C(nsb<id>).
        type: int
        required: true
      want:
        description:
          - Whether the network shall be there.
          - V(absent) is refused while domains of the slice are on the host.
        type: str
        choices: [present, absent]
        default: present
      range:
        description:
          - The slice's range of virtual IPs, on all hosts.
        type: str
        required: true
      prefix:
        description:
          - This host's part of O(networks[].range), between C(/20) and C(/30); its first address is the gateway.
        type: str
        required: true
      range6:
        description:
          - The slice's range of IPv6 addresses on all hosts, an IPv6 network of at most 96 bits. A guest gets the address of this range that ends in the
            four bytes of its virtual IP, from a DHCPv6 reservation for the DUID-LL of its MAC; the gateway's is formed alike, and guests make up none.
          - A change takes effect when no guest runs on the network; until then it is reported in RV(pending).
          - If the option is omitted, the slice has no IPv6.
        type: str
      dscp:
        description:
          - Name of the code point (DSCP) that packets of the slice's guests get where they leave the slice, whatever the guest has put there.
          - If the option is omitted, they keep what the guest has put there.
        type: str
        choices: [cs0, cs1, cs2, cs3, cs4, cs5, cs6, cs7, af11, af12, af13, af21, af22, af23, af31, af32, af33, af41, af42, af43, ef]
      reserved:
        description:
          - Addresses of O(networks[].prefix) that are kept for virtual machines of your own; no virtual machine of the slice gets one.
          - A guest that you plug into the network may send if its MAC is that of the address, as P(foresight.netslice.vip_mac#filter) gives it, and its tap is
            named C(nsv) and the address in hexadecimal digits.
        type: list
        elements: str
        default: []
      overlay:
        description:
          - How the slice is one segment (OSI layer 2) on all its hosts, by VXLAN (RFC 7348) on UDP port 4789. Guests are told by DHCP that the whole
            O(networks[].range) is on their link, and meet those on other hosts there; their gateway is that of their own host.
          - A change of O(networks[].overlay.peers) takes effect at once, also under running guests. That an overlay comes or goes changes what guests are told
            by DHCP when no guest runs on the network; until then it is reported in RV(pending).
          - If the option is omitted, guests reach those on other hosts by their gateway.
        type: dict
        suboptions:
          vni:
            description:
              - Number of the segment (VXLAN network identifier), from 1 to 16777215, the same on all hosts of the slice.
            type: int
            required: true
          local:
            description:
              - Address of this host, IPv4 or IPv6, by which the other hosts reach it.
            type: str
            required: true
          peers:
            description:
              - The other hosts that have the slice.
            type: list
            elements: dict
            required: true
            suboptions:
              address:
                description:
                  - Address of the other host, its own O(networks[].overlay.local).
                type: str
                required: true
              prefix:
                description:
                  - Its part of O(networks[].range).
                type: str
                required: true
      mode:
        description:
          - With V(routed) the virtual IPs are real addresses that the network around routes to this host.
          - With V(nat) guests reach the outside behind an address of the host, and are reached from the host alone.
          - With V(bridged) guests are in the LAN of O(networks[].bridge), by the addresses of that LAN; nobody gives them addresses by DHCP, and they speak no
            IPv6.
        type: str
        choices: [routed, nat, bridged]
        default: routed
      bridge:
        description:
          - Linux bridge of this host that the guests of a network of mode V(bridged) are plugged into; refused where it is missing.
          - A change takes effect at once, also for guests that run.
          - If the option is omitted, the network has a bridge C(nsb<id>) of its own, as in the other modes.
        type: str
      lan:
        description:
          - Network of the LAN of O(networks[].bridge), which holds O(networks[].range) and whose mask guests have; required with mode V(bridged).
        type: str
      gateway:
        description:
          - Router of the LAN of O(networks[].bridge).
          - If the option is omitted, guests of mode V(bridged) have no way out of the LAN.
        type: str
      mtu:
        description:
          - MTU of bridge, taps and guests; of mode V(bridged) that of guests alone, whose taps have the one of the bridge. With an O(networks[].overlay) of
            IPv4 it must leave 50 bytes, of IPv6 70, of what the device of O(networks[].overlay.local) carries.
          - A change takes effect when no guest runs on the network; until then it is reported in RV(pending).
        type: int
        default: 1500
  ranges:
    description:
      - The ranges of all slices on all hosts, between which nothing passes but O(flows).
    type: list
    elements: dict
    required: true
    suboptions:
      slice:
        description:
          - Name of the slice.
        type: str
        required: true
      range:
        description:
          - A range of that slice; a slice may have several entries.
        type: str
        required: true
      range6:
        description:
          - The IPv6 range of that slice.
          - If the option is omitted, the slice has none.
        type: str
  vms:
    description:
      - The virtual machines of this host, as the C(vms) of its share of a plan; of each entry only C(slice), C(vip) and C(want) are read, for IPv6 addresses
        follow from O(networks[].range6).
      - Those that C(want) to be C(active) or C(draining) may send; the others are cut off.
    type: list
    elements: dict
    required: true
  flows:
    description:
      - Named exceptions to the isolation between slices.
      - If the option is omitted, nothing passes between slices.
    type: list
    elements: dict
    default: []
    suboptions:
      from:
        description:
          - The slice that opens connections.
        type: str
        required: true
      to:
        description:
          - The slice that answers.
        type: str
        required: true
      protocol:
        description:
          - Protocol of the flow.
        type: str
        choices: [tcp, udp]
        default: tcp
      port:
        description:
          - Port at the slice that answers.
        type: int
        required: true
  links:
    description:
      - Links of this host, of which C(device) is read; guests of networks in mode V(nat) are hidden where they leave by one of these, and VXLAN is taken from
        these and from the device of O(networks[].overlay.local).
      - If the option is omitted, they are hidden on every device but the bridges of slices.
    type: list
    elements: dict
    default: []
seealso:
  - module: foresight.netslice.slice_vms
  - module: foresight.netslice.slice_vips
author:
  - The foresight.netslice maintainers (@foresight-netslice)
"""

EXAMPLES = r"""
- name: Make the networks of this host's share of the plan
  foresight.netslice.slice_networks:
    uri: qemu:///system
    host: "{{ inventory_hostname }}"
    networks: "{{ share.networks | selectattr('want', 'equalto', 'present') }}"
    ranges: "{{ share.ranges }}"
    flows: "{{ share.flows }}"
    vms: "{{ share.vms }}"
    links: "{{ netslice_links }}"
    state_dir: /var/lib/netslice
    as_of: "{{ share.as_of }}"
    expires_at: "{{ share.expires_at }}"
    fingerprint: "{{ share.fingerprint }}"
    live: "{{ share.live }}"

- name: Make two networks by hand and let web reach the database
  foresight.netslice.slice_networks:
    networks:
      - slice: web
        id: 16
        want: present
        range: 10.90.2.0/24
        prefix: 10.90.2.0/27
        range6: fd00:90:2::/64
        reserved: [10.90.2.30]
        dscp: af21
        mode: routed
        mtu: 1450
        overlay:
          vni: 16
          local: 192.0.2.11
          peers:
            - address: 192.0.2.12
              prefix: 10.90.2.32/27
      - slice: db
        id: 17
        range: 10.90.3.0/24
        prefix: 10.90.3.0/27
    ranges:
      - slice: web
        range: 10.90.2.0/24
        range6: fd00:90:2::/64
      - slice: db
        range: 10.90.3.0/24
    flows:
      - from: web
        to: db
        protocol: tcp
        port: 5432
    vms:
      - slice: web
        vip: 10.90.2.2
        want: active

- name: Put a slice on the bridge that the host has for its LAN
  foresight.netslice.slice_networks:
    networks:
      - slice: shop
        id: 18
        mode: bridged
        bridge: br0
        lan: 192.0.2.0/24
        gateway: 192.0.2.1
        range: 192.0.2.128/26
        prefix: 192.0.2.128/27
    ranges:
      - slice: shop
        range: 192.0.2.128/26
    vms:
      - slice: shop
        vip: 192.0.2.130
        want: active
"""

RETURN = r"""
networks:
  description: The networks of slices on this host, as C(networks) of the host state; in check mode as they would be.
  returned: success
  type: list
  elements: dict
  sample:
    - {"slice": "web", "id": 16, "name": "netslice-web", "range": "10.90.2.0/24", "prefix": "10.90.2.0/27", "bridge": "nsb16",
       "mode": "routed", "mtu": 1500, "active": true, "autostart": true}
pending:
  description: Networks with settings that wait until no guest runs on them, and why.
  returned: success
  type: dict
  sample: {}
fingerprint:
  description: Fingerprint of the host state after this module, for the next one; in check mode that of the present state.
  returned: success
  type: str
  sample: "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
commands:
  description: What was done, or would be done in check mode, as commands that do the same.
  returned: success
  type: list
  elements: list
  sample: [["sysctl", "-w", "net.ipv4.ip_forward=1"], ["virsh", "net-define", "netslice-web"], ["nft", "-f", "-"]]
"""

import contextlib

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.foresight.netslice.plugins.module_utils import asked
from ansible_collections.foresight.netslice.plugins.module_utils.arguments import brief_echo, libvirt_arguments, plan_share_arguments
from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import domains, networks, share, state
from ansible_collections.foresight.netslice.plugins.module_utils.pool.bridged import KEYS
from ansible_collections.foresight.netslice.plugins.module_utils.pool.connection import Connection
from ansible_collections.foresight.netslice.plugins.module_utils.pool.lock import apply_lock
from ansible_collections.foresight.netslice.plugins.module_utils.vips import isolation
from ansible_collections.foresight.netslice.plugins.module_utils.vips.classify import DSCP


def argument_spec():
    """Options of this module."""
    network = {
        "slice": {"type": "str", "required": True},
        "id": {"type": "int", "required": True},
        "want": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "range": {"type": "str", "required": True},
        "prefix": {"type": "str", "required": True},
        "range6": {"type": "str"},
        "dscp": {"type": "str", "choices": list(DSCP)},
        "reserved": {"type": "list", "elements": "str", "default": []},
        "mode": {"type": "str", "choices": ["routed", "nat", "bridged"], "default": "routed"},
        **{key: {"type": "str"} for key in KEYS},
        "mtu": {"type": "int", "default": 1500},
        "overlay": {"type": "dict", "options": {
            "vni": {"type": "int", "required": True},
            "local": {"type": "str", "required": True},
            "peers": {"type": "list", "elements": "dict", "required": True,
                      "options": {key: {"type": "str", "required": True} for key in ("address", "prefix")}},
        }},
    }
    flow = {
        "from": {"type": "str", "required": True},
        "to": {"type": "str", "required": True},
        "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
        "port": {"type": "int", "required": True},
    }
    of_slice = {"slice": {"type": "str", "required": True}, "range": {"type": "str", "required": True}, "range6": {"type": "str"}}
    spec = {
        "networks": {"type": "list", "elements": "dict", "required": True, "options": network},
        "ranges": {"type": "list", "elements": "dict", "required": True, "options": of_slice},
        "vms": {"type": "list", "elements": "dict", "required": True},
        "flows": {"type": "list", "elements": "dict", "default": [], "options": flow},
        "links": {"type": "list", "elements": "dict", "default": []},
    }
    spec.update(libvirt_arguments())
    spec.update(plan_share_arguments())
    return spec


def run(params, check_mode):
    """Result of the module. Raises HostError."""
    lock = contextlib.nullcontext() if check_mode else apply_lock(params["state_dir"])
    with lock, Connection(params["uri"]) as connection:
        inspected, machines = networks.inspect(connection), domains.read(connection)[0]
        before = state.fingerprint(networks.as_state(inspected[0]), [machine.as_state() for machine in machines])
        share.require(params, before)
        todo = isolation.plan(connection, inspected, machines, params)
        acts = bool(todo.commands) and not check_mode
        if not check_mode:
            isolation.apply(connection, params["state_dir"], todo)
            _remember(params, todo)
        return {
            "changed": bool(todo.commands),
            "commands": todo.commands,
            "diff": todo.diff(),
            "networks": networks.read(connection) if acts else networks.as_state(todo.after),
            "pending": todo.pending,
            "fingerprint": state.current_fingerprint(connection) if acts else before,
        }


def _remember(params, todo):
    """Keep what was asked for, so that a pass which asks for the same need not run the module; nothing where no network is left."""
    if todo.after:
        asked.remember(params["state_dir"], asked.NETWORKS, asked.of_networks(*(params[key] for key in ("networks", "ranges", "flows", "vms", "links"))))
    else:
        asked.forget(params["state_dir"], asked.NETWORKS)


def main():
    """Entry point."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    echo = brief_echo(module.params, vms=("slice", "vip", "want"), networks=("slice", "want"), ranges=())
    try:
        result = run(module.params, module.check_mode)
    except HostError as exc:
        module.fail_json(msg=str(exc), invocation=echo)
    if not module._diff:
        del result["diff"]
    for waits in result["pending"].values():
        module.warn(waits)
    module.exit_json(invocation=echo, **result)


if __name__ == "__main__":
    main()
