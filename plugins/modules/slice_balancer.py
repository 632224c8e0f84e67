#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module slice_balancer."""
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_balancer
version_added: 0.1.0
short_description: Keeps the servers of a running HAProxy equal to the VMs of slices
description:
  - Adds the virtual machines (VMs) of a slice to a backend of HAProxy once they take connections on their virtual IP (VIP), gives them their
    weight, takes those that drain out of rotation, and removes those that are released.
  - All is done by the runtime API, without a reload, so that no connection is lost. A new server comes up with C(slowstart), which raises its weight
    little by little.
  - Servers of a backend that are not named like a VM of its slice are somebody else's and are left alone.
  - A file of backends, where one is wanted, holds the same servers for the next start of HAProxy.
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.plan_share.state_dir
attributes:
  check_mode:
    support: full
    details: New VMs are not asked, but foreseen to answer.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  socket:
    description: The runtime API of HAProxy, a C(stats socket) of C(level admin).
    type: path
    default: /run/haproxy/admin.sock
  backends:
    description: The backends, as the filter P(foresight.netslice.balancer_backends#filter) makes them of a plan. Backends that are not listed are not touched.
    type: list
    elements: dict
    required: true
    suboptions:
      slice:
        description: Name of the slice.
        type: str
        required: true
      name:
        description: Name of the backend. If the option is omitted, it is C(netslice_) and the name of the slice.
        type: str
      bind:
        description:
          - Addresses and ports that HAProxy listens on for the slice, such as V(:80); only of use in O(backends_file).
          - If the option is empty, the backend stands alone, and a frontend of your own leads to it.
        type: list
        elements: str
        default: []
      mode:
        description: What passes; only of use in O(backends_file).
        type: str
        choices: [http, tcp]
        default: http
      balance:
        description: How requests are spread, an algorithm of HAProxy that allows servers to be added while it runs; only of use in O(backends_file).
        type: str
        choices: [leastconn, roundrobin, random]
        default: leastconn
      lines:
        description: Further lines of the backend, such as C(option httpchk); only of use in O(backends_file).
        type: list
        elements: str
        default: []
      check_milliseconds:
        description: Time between two checks of a server's health.
        type: int
        default: 1000
      slowstart_seconds:
        description: Time in which the weight of a server that came up rises to its full value; V(0) for at once.
        type: int
        default: 10
      max_connections:
        description: Most connections to one server; further requests wait in the queue of the backend. V(0) for no limit.
        type: int
        default: 0
      prune:
        description:
          - Whether servers named like VMs of the slice go where O(backends[].servers) does not list them.
          - Set it to V(false) where the list is of a part of the hypervisors, for then what is not listed may serve all the same.
        type: bool
        default: true
      servers:
        description: The VMs of the slice.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the VM.
            type: str
            required: true
          address:
            description: The VIP of the VM.
            type: str
            required: true
          port:
            description: The TCP port that the application serves on.
            type: int
            required: true
          weight:
            description: Share of the requests, 0 to 256, in proportion to the weights of the others.
            type: int
            default: 100
          want:
            description: V(ready) to get requests, V(drain) to get no new ones, V(absent) to be removed at once.
            type: str
            choices: [ready, drain, absent]
            default: ready
  backends_file:
    description:
      - File of backends that HAProxy reads when it starts. It is replaced in one step.
      - Backends that HAProxy does not have yet, or that read otherwise than when it started, are named in RV(reload).
      - If the option is omitted, the backends must be in your own configuration, and a restart of HAProxy forgets the servers until the next run.
    type: path
  answer_timeout_seconds:
    description: How long VMs that are to be added may take to answer on their VIP, all together. Those that do not are added by a later run.
    type: float
    default: 5
  drain_wait_seconds:
    description: How long to wait until the servers that drain have no session left; V(0) for not at all.
    type: float
    default: 0
requirements:
  - python >= 3.9
  - HAProxy >= 2.6 on the host
seealso:
  - plugin: foresight.netslice.balancer_backends
    plugin_type: filter
  - module: foresight.netslice.slice_vips
author:
  - The foresight.netslice maintainers (@foresight-netslice)
"""

EXAMPLES = r"""
- name: Move the requests to the VMs that serve
  foresight.netslice.slice_balancer:
    socket: /run/haproxy/admin.sock
    backends: "{{ slice_manager_plan.plan | foresight.netslice.balancer_backends(slices=balancer_slices) }}"
    backends_file: /etc/haproxy/netslice/backends.cfg
    answer_timeout_seconds: 5
    state_dir: /var/lib/netslice

- name: Keep two servers of one slice, and wait until a third has no session left
  foresight.netslice.slice_balancer:
    drain_wait_seconds: 30
    backends:
      - slice: web
        name: shop
        bind: ["192.0.2.20:80"]
        mode: http
        balance: leastconn
        lines: [option httpchk GET /health]
        check_milliseconds: 500
        slowstart_seconds: 20
        max_connections: 200
        prune: false
        servers:
          - name: web-10-90-2-2
            address: 10.90.2.2
            port: 80
            weight: 100
          - name: web-10-90-2-3
            address: 10.90.2.3
            port: 80
          - name: web-10-90-2-4
            address: 10.90.2.4
            port: 80
            want: drain
"""

RETURN = r"""
backends:
  description: The servers of each backend after the change, or as they would be, in the order of O(backends).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the backend.
      type: str
    servers:
      description: Each server of the backend in words, by its name.
      type: dict
  sample:
    - name: netslice_web
      servers:
        web-10-90-2-2: ready 10.90.2.2:80 weight 100
commands:
  description: What HAProxy was told, or would be.
  returned: success
  type: list
  elements: str
  sample: [add server netslice_web/web-10-90-2-2 10.90.2.2:80 check inter 1000ms weight 100 slowstart 10s]
waiting:
  description: VMs that are not added, because they do not answer on their VIP yet.
  returned: success
  type: list
  elements: str
  sample: [web-10-90-2-5]
draining:
  description: Sessions that servers which drain have left, by the name of the server.
  returned: success
  type: dict
  sample: {web-10-90-2-4: 2}
reload:
  description: Backends of O(backends_file) that the running HAProxy learns by a reload alone.
  returned: success
  type: list
  elements: str
  sample: [netslice_web]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.foresight.netslice.plugins.module_utils.arguments import state_dir_argument
from ansible_collections.foresight.netslice.plugins.module_utils.balancer import difference, pass_of_backends
from ansible_collections.foresight.netslice.plugins.module_utils.balancer.runtime import Runtime
from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool.lock import apply_lock


def argument_spec():
    servers = {
        "name": {"type": "str", "required": True},
        "address": {"type": "str", "required": True},
        "port": {"type": "int", "required": True},
        "weight": {"type": "int", "default": 100},
        "want": {"type": "str", "choices": ["ready", "drain", "absent"], "default": "ready"},
    }
    backends = {
        "slice": {"type": "str", "required": True},
        "name": {"type": "str"},
        "bind": {"type": "list", "elements": "str", "default": []},
        "mode": {"type": "str", "choices": ["http", "tcp"], "default": "http"},
        "balance": {"type": "str", "choices": ["leastconn", "roundrobin", "random"], "default": "leastconn"},
        "lines": {"type": "list", "elements": "str", "default": []},
        "check_milliseconds": {"type": "int", "default": 1000},
        "slowstart_seconds": {"type": "int", "default": 10},
        "max_connections": {"type": "int", "default": 0},
        "prune": {"type": "bool", "default": True},
        "servers": {"type": "list", "elements": "dict", "required": True, "options": servers},
    }
    return dict(
        state_dir_argument(),
        socket={"type": "path", "default": "/run/haproxy/admin.sock"},
        backends={"type": "list", "elements": "dict", "required": True, "options": backends},
        backends_file={"type": "path"},
        answer_timeout_seconds={"type": "float", "default": 5},
        drain_wait_seconds={"type": "float", "default": 0},
    )


def main():
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        module.exit_json(**converge(module))
    except HostError as exc:
        module.fail_json(msg=str(exc))


def converge(module):
    """Check, lock, read, change; the result. Raises HostError."""
    params = module.params
    for backend in params["backends"]:
        backend["name"] = backend["name"] or f"netslice_{backend['slice']}"
    pass_of_backends.check(params["backends"])
    if module.check_mode:
        return result(module, look(params, ask=False), {})
    with apply_lock(params["state_dir"]):
        todo = look(params, ask=True)
        pass_of_backends.write(params["backends_file"], todo)
        if todo.down:
            raise HostError(f"{todo.down} What it shall have is in {params['backends_file']}.")
        runtime = Runtime(params["socket"])
        pass_of_backends.carry_out(runtime, todo)
    left = pass_of_backends.wait(runtime, params["backends"], params["drain_wait_seconds"])
    return result(module, todo, left)


def look(params, ask):
    """What is to be done. Raises HostError."""
    return pass_of_backends.plan(Runtime(params["socket"]), params["backends"], params["backends_file"], params["answer_timeout_seconds"], ask)


def result(module, todo, left):
    """The module's result, with warnings about what needs a later run or a reload."""
    if todo.down:
        module.warn(f"A run without check mode would fail. {todo.down}")
    for name in todo.waiting:
        module.warn(f"{name} gets no requests yet: nothing takes connections on its virtual IP. The next run tries it again.")
    for name, sessions in left.items():
        module.warn(f"{name} drains with {sessions} sessions left.")
    found = {
        "changed": todo.changed,
        "backends": [after(backend["name"], todo) for backend in todo.backends],
        "commands": [command for steps in todo.steps.values() for step in steps for command in step.commands],
        "waiting": todo.waiting,
        "draining": left,
        "reload": todo.reload,
    }
    if module._diff:
        found["diff"] = dict(zip(("before", "after"), pass_of_backends.diff(todo)))
    return found


def after(name, todo):
    """The servers of a backend once the steps are done."""
    servers = {server: difference.told(present) for server, present in todo.present[name].items()}
    for step in todo.steps.get(name, []):
        servers.pop(step.server, None)
        if step.after:
            servers[step.server] = step.after
    return {"name": name, "servers": servers}


if __name__ == "__main__":
    main()
