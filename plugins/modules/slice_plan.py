#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_plan
short_description: Forecast and plan all slices of a pass
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Validates the slices, forecasts the demand of all of them in one batch from their telemetry, and decides how many virtual machines (VMs) each
    shall have, on which hypervisor, with which virtual IPs (VIPs), and what share of the links.
  - Creates slices that are not there, scales them, heals VMs that died, releases VMs that nobody needs, and dissolves slices without demand. The plan says so
    for each slice, with every rule that changed the number of VMs.
  - Missing or stale telemetry takes nothing away. A hypervisor of the roster that did not answer in this pass is unknown, and until it answers no slice
    gets or loses a VM or VIP; VMs of the hypervisors that did answer are still healed. Only one that is lost (O(lost_hosts), O(evidence)) is replaced.
  - Runs on the controller, once a pass, and changes nothing itself. Each hypervisor then applies its share of the plan.
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.influxdb.module
attributes:
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
  check_mode:
    support: full
    details: The plan is the same as outside check mode, and O(curves_path) is written too, since M(foresight.netslice.slice_decision) reads it.
  diff_mode:
    support: full
    details: One line a changed slice, with its networks and shares of links, and one a changed VM.
  idempotent:
    support: full
    details: RV(ignore:changed) says that the plan has something to do, so it is false once the plan is applied.
requirements:
  - numpy on the controller
  - numpy and safetensors on the controller, unless O(profiles) is given
options:
  slices:
    description:
      - The slices, as the variable C(netslice_slices) of an inventory.
      - Every key is checked before anything else, and a refusal names its path, such as C(netslice_slices[2].network.range).
      - Either O(slices) or O(slices_path) must be given, or O(artifact) in place of both.
    type: list
    elements: dict
  slices_path:
    description:
      - YAML or JSON file on the controller with the list of slices, or with a mapping whose key C(netslice_slices) is that list.
      - Use it above some 2,000 slices, for which a variable would be slow.
    type: path
  absent:
    description:
      - Names of slices that are planned as if they said C(state) V(absent), so that they are dissolved. A name that no slice has is refused.
    type: list
    elements: str
    default: []
  hypervisors:
    description:
      - The roster, that is all hypervisors that may carry slices, whether they answer in this pass or not.
      - Its order matters, because the position of a hypervisor picks its part of every slice's range; add new ones at the end.
    type: list
    elements: str
    required: true
  state_variable:
    description:
      - Name of the variable under which each hypervisor registered the result of M(foresight.netslice.slice_info).
    type: str
    default: slice_manager_info
  states:
    description:
      - Host states by hypervisor, in place of those in O(state_variable).
      - If the option is omitted, they are read from O(state_variable) of each hypervisor of the roster.
    type: dict
  profiles:
    description:
      - Demand Profiles made by P(foresight.netslice.demand_profile#lookup), in place of a forecast by this task.
      - They must be of the same instant as the plan, within O(expires_seconds).
      - If the option is omitted, telemetry is read and forecast.
    type: list
    elements: dict
  artifact:
    description:
      - A plan of an earlier task, as RV(artifact), to be returned as it is, in place of a new plan. O(slices), O(slices_path), O(profiles) and O(curves_path)
        cannot be given beside it.
      - It is refused where its content does not match its digest, where it has expired, or where the hypervisors that answer, or their VMs and networks, are
        not those it was made from. The refusal names what changed.
      - If the option is omitted, a plan is made.
    type: dict
  as_of:
    description:
      - The instant to decide for, in RFC 3339, on which every clock of the plan runs. Giving it makes the pass a replay.
      - If the option is omitted, it is the present.
    type: str
  expires_seconds:
    description:
      - How long after O(as_of) the plan may be applied.
    type: int
    default: 600
  curves_path:
    description:
      - File on the controller for the curves of the forecasts, which are never part of the result; it gets mode 0600.
      - Where its name begins with C(netslice-curves-), files so named beside it that are older than a day are removed, for passes that were killed left them.
      - If the option is omitted, no curves are made.
    type: path
  curves:
    description:
      - What the file at O(curves_path) holds of each forecast.
      - V(whole) is every step, for M(foresight.netslice.slice_report) to draw. V(leads) is only what M(foresight.netslice.slice_decision) archives, for
        thousands of forecasts seconds less of work.
    type: str
    choices: [leads, whole]
    default: whole
  replay_path:
    description:
      - The JSON file of M(foresight.netslice.slice_replay) that opens the gates of slices with C(scaling.gate).
      - If the option is omitted, their last replays are read from the measurement C(netslice_backtest). Without any gate neither is read.
    type: path
  models_path:
    description:
      - Folder with the models of M(foresight.netslice.demand_model).
      - If the option is omitted, the model that comes with the collection is used.
    type: path
  horizon_seconds:
    description:
      - How far to forecast.
    type: int
    default: 43200
  step_seconds:
    description:
      - Length of one step of the forecast and of the telemetry it is made from.
    type: int
    default: 300
  history_seconds:
    description:
      - How much telemetry to read before O(as_of).
    type: int
    default: 691200
  result_characters:
    description:
      - Largest result to return. AWX drops the events of results above 700,000 characters whole.
      - A larger plan is packed, which P(foresight.netslice.plan_share#filter) reads too; one that is too large even then fails the task.
    type: int
    default: 700000
  takeover:
    description:
      - Whether links that somebody else shapes may be taken over. If it is V(false), such a link is refused before anything changes,
        as long as any slice is enforced.
      - Give the same value to M(foresight.netslice.slice_qos).
    type: bool
    default: false
  reserve_hosts:
    description:
      - With V(1) a new VM is refused where the loss of any one hypervisor, at worst the largest, could not be absorbed by what is free on the others.
      - VMs that replace those of a hypervisor that is to be drained may use that room.
    type: int
    choices: [0, 1]
    default: 0
  lost_hosts:
    description:
      - Hypervisors of the roster that are gone. What they had does not count any more, and the slices get VMs with other VIPs on the others.
      - Fence a hypervisor before you name it here, so that its VMs do not run on unseen. Its VIPs are not given out while it is named.
      - One that answers in this pass is refused. Take it out of the list when it is back, and its VMs count again.
    type: list
    elements: str
    default: []
  evidence:
    description:
      - Hypervisors of the roster that are lost by evidence, as M(foresight.netslice.host_evidence) returned them in C(suspects) after they were probed.
      - They are treated like those of O(lost_hosts), and the plan tells the evidence.
    type: list
    elements: dict
    default: []
seealso:
  - module: foresight.netslice.slice_info
  - module: foresight.netslice.host_evidence
  - module: foresight.netslice.slice_decision
  - plugin: foresight.netslice.demand_profile
    plugin_type: lookup
  - plugin: foresight.netslice.plan_share
    plugin_type: filter
notes:
  - Run it with C(run_once) and C(delegate_to) from a play over the hypervisors, because a play over localhost is skipped by C(--limit).
"""

EXAMPLES = r"""
- name: Plan all slices from telemetry and what the hypervisors have
  foresight.netslice.slice_plan:
    slices: "{{ netslice_slices }}"
    hypervisors: "{{ groups['hypervisors'] }}"
    state_variable: slice_manager_info
    expires_seconds: 600
    curves_path: /run/netslice/curves.json
    curves: whole
    replay_path: /var/lib/netslice/replay.json
    models_path: /var/lib/netslice/models
    horizon_seconds: 43200
    step_seconds: 300
    history_seconds: 691200
    influxdb_url: https://192.0.2.5:8086
    influxdb_org: operations
    influxdb_bucket: telemetry
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_TOKEN') }}"
    influxdb_dialect: flux
    influxdb_timeout_seconds: 60
    influxdb_validate_certs: true
  run_once: true
  delegate_to: localhost
  register: plan

- name: Plan a list of slices in a file, with an InfluxDB that asks for a password
  foresight.netslice.slice_plan:
    slices_path: slices.yml
    absent: [video]
    hypervisors: [kvm1, kvm2, kvm3]
    takeover: true
    reserve_hosts: 1
    lost_hosts: [kvm2]
    evidence: "{{ judged.suspects | default([]) }}"
    result_characters: 5000000
    influxdb_url: http://192.0.2.5:8086
    influxdb_username: planner
    influxdb_password: "{{ vault_influxdb_password }}"
    influxdb_dialect: influxql
  run_once: true
  delegate_to: localhost

- name: Take the plan that was approved, if the hypervisors are still as it found them
  foresight.netslice.slice_plan:
    artifact: "{{ netslice_artifact }}"
    hypervisors: "{{ groups['hypervisors'] }}"
  run_once: true
  delegate_to: localhost
  register: plan

- name: Plan what would have been done, from given profiles and states
  foresight.netslice.slice_plan:
    slices: "{{ netslice_slices }}"
    hypervisors: [kvm1]
    as_of: "2026-01-05T08:00:00Z"
    profiles: "{{ query('foresight.netslice.demand_profile', as_of='2026-01-05T08:00:00Z') }}"
    states:
      kvm1: "{{ slice_manager_info.state }}"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
plan:
  description:
    - The plan, as docs/schemas/plan.schema.json of the collection describes it.
    - In a plan that was packed for its size, C(slices) is missing and the shares in C(hosts) are text. P(foresight.netslice.plan_share#filter) gives the
      share of a hypervisor either way.
  returned: success
  type: dict
  contains:
    id:
      description: Sixteen hexadecimal digits that name the plan.
      returned: success
      type: str
      sample: cba2159e3c314a15
    verdict:
      description: V(feasible), V(partial) or V(infeasible).
      returned: success
      type: str
      sample: feasible
    missing:
      description: What is missing of the slices that do not get all they need, in words.
      returned: success
      type: list
      elements: str
      sample: ["web: 2 VMs of 1 vCPU and 512 MiB lack 1024 MiB of memory: at most 300 MiB are free, on kvm2"]
    unknown_hosts:
      description: Hypervisors of the roster that did not answer in this pass.
      returned: success
      type: list
      elements: str
      sample: []
    lost_hosts:
      description: Hypervisors of the roster that are gone, with C(by) the operator's word or evidence, and with the evidence.
      returned: success
      type: list
      elements: dict
      sample: [{"host": "kvm2", "by": "word"}]
    changes:
      description: Number of enforceable actions.
      returned: success
      type: int
      sample: 6
    slices:
      description: What was decided about each slice, and why.
      returned: success
      type: list
      elements: dict
    hosts:
      description:
        - The share of each hypervisor that answered.
        - By C(settled) a share tells which of C(attachments), C(networks) and C(vms) the hypervisor has already, by what
          M(foresight.netslice.slice_info) found. For these M(foresight.netslice.slice_qos), M(foresight.netslice.slice_networks) and
          M(foresight.netslice.slice_vms) would find nothing to do, and a pass does not run them there.
      returned: success
      type: dict
artifact:
  description:
    - The plan for another node of a workflow, with the keys C(plan_id), C(sha256), C(expires_at) and C(data).
    - Empty where it would make the result larger than O(result_characters).
  returned: success
  type: dict
  sample:
    plan_id: cba2159e3c314a15
    sha256: 2c624232cdd221771294dfbb310aca000a0df6ac8b66b696d90ef06fdefb64a3
    expires_at: "2026-01-05T08:10:00Z"
    data: eJyrVspMUbJSSkpMTklN...
"""
