#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_feedback
short_description: Set what was measured beside what was forecast and enforced, and propose better settings
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Tells of each slice over a period what was measured, what had been forecast (bias, weighted quantile loss, coverage of the quantiles), and what was
    enforced (VMs, guarantees, and what the classes of the links sent, dropped and held back).
  - Learns from that how long VMs take to boot, what one VM served of each resource before its service level indicator left its objective, with an interval
    and the number of observations, and how that falls with the number of VMs. Where evidence is thin, or load never came near, it says so and nothing else.
  - Proposes other values of keys of slices where what was learned speaks plainly against the present ones, with the reason, the evidence, and what a replay
    of the policy says would have come of it. Nothing is changed by a proposal. A person accepts it by writing the key, or by
    P(foresight.netslice.accept_proposals#filter).
  - Proposals are written to the measurement C(netslice_feedback), so that they do not flap from one run to the next, and M(foresight.netslice.slice_report)
    and M(foresight.netslice.slice_doctor) tell of them.
  - It runs on the controller and never on the host of the task.
requirements:
  - numpy >= 1.24
  - safetensors >= 0.4
  - influxdb-client >= 1.40, where InfluxDB is asked in Flux
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.influxdb.module
  - foresight.netslice.slices
attributes:
  check_mode:
    support: full
    details: Everything is read and learned; neither files nor points are written.
  diff_mode:
    support: none
  idempotent:
    support: full
    details: It is changed where the file of O(path) is. With the same O(as_of) and the same content of InfluxDB its results are the same.
options:
  hypervisors:
    description:
      - The roster of hypervisors, whose states tell how long VMs took to boot and of which size they are.
      - Without states nothing is said of boots.
    type: list
    elements: str
    default: []
  state_variable:
    description: The variable under which an earlier task of the play registered M(foresight.netslice.slice_info) on each hypervisor.
    type: str
    default: feedback_info
  as_of:
    description:
      - The instant at which the period ends, as V(2026-01-05T08:00:00Z).
      - If it is omitted, it is the time of the controller.
    type: str
  period_seconds:
    description: How long the period is that is learned from, in seconds. At least three days are needed to learn what a VM serves.
    type: int
    default: 604800
  step_seconds:
    description: The step to which telemetry is averaged, in seconds.
    type: int
    default: 300
  replay_seconds:
    description:
      - How much of the past is replayed to tell the effect of proposals, in seconds; a day at least. Only slices with proposals are replayed.
      - With V(0) nothing is replayed, and proposals do not tell their effect.
    type: int
    default: 604800
  window_seconds:
    description: How much telemetry before its instant a replayed pass sees, in seconds, as O(foresight.netslice.slice_replay#module:window_seconds).
    type: int
    default: 691200
  models_path:
    description:
      - The folder of models of M(foresight.netslice.demand_model), for the replay.
      - If it is omitted, the shipped model forecasts.
    type: path
  record:
    description: Whether the proposals are written to InfluxDB.
    type: bool
    default: true
  path:
    description:
      - The YAML file of proposals on the controller to write, under C(netslice_proposals), for a person to merge; its folder must exist. The file is
        replaced in one step, with mode V(0644). Nothing reads it.
      - If it is omitted, no such file is written.
    type: path
  json_path:
    description:
      - The JSON file on the controller to write; its folder must exist. The file is replaced in one step, with mode V(0644). It holds all figures, and
        C(docs/schemas/feedback.schema.json) says what they are.
      - If it is omitted, no such file is written.
    type: path
seealso:
  - module: foresight.netslice.slice_replay
  - module: foresight.netslice.slice_report
  - plugin: foresight.netslice.accept_proposals
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Ask each hypervisor what it has
  foresight.netslice.slice_info:
    host: "{{ inventory_hostname }}"
  register: feedback_info

- name: Learn from the last week
  foresight.netslice.slice_feedback:
    slices: "{{ netslice_slices }}"
    hypervisors: "{{ netslice_hypervisors }}"
    path: /tmp/proposals.yml
  delegate_to: localhost
  run_once: true
  register: learned

- name: Show what was learned
  ansible.builtin.debug:
    var: learned.table

- name: Learn from two weeks that ended at a stated instant, with slices of a file, and keep it out of InfluxDB
  foresight.netslice.slice_feedback:
    slices_path: /etc/netslice/slices.yml
    hypervisors: [kvm1, kvm2]
    state_variable: slice_manager_info
    as_of: "2026-01-05T08:00:00Z"
    period_seconds: 1209600
    step_seconds: 300
    replay_seconds: 172800
    window_seconds: 691200
    models_path: /var/lib/netslice/models
    record: false
    json_path: /tmp/feedback.json
    influxdb_url: http://192.0.2.5:8086
    influxdb_org: netslice
    influxdb_bucket: telemetry
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_TOKEN') }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
table:
  description: What was learned, as lines of text.
  returned: success
  type: list
  elements: str
  sample: ["2 slices, 1 proposals. Nothing is changed by them.", "web, 2025-12-29T08:00:00Z to 2026-01-05T08:00:00Z"]
proposals:
  description: The proposals for all slices.
  returned: success
  type: list
  elements: dict
  contains:
    slice:
      description: Name of the slice.
      type: str
      returned: always
    key:
      description: The key of the slice.
      type: str
      returned: always
    path:
      description: The key with its place in C(netslice_slices).
      type: str
      returned: always
    present:
      description: The value that the key has.
      type: raw
      returned: always
    proposed:
      description: The value that is proposed.
      type: raw
      returned: always
    low:
      description: The lower end of the interval of what was learned, or null.
      type: float
      returned: always
    high:
      description: The upper end of the interval of what was learned, or null.
      type: float
      returned: always
    why:
      description: The reason, in words.
      type: str
      returned: always
    evidence:
      description: How many observations there were, of what, of how many days, and by which method they were judged.
      type: dict
      returned: always
    since:
      description: The instant at which it was first proposed.
      type: str
      returned: always
    effect:
      description: What a replay says of it, or null.
      type: dict
      returned: always
  sample:
    - slice: web
      key: vm.serves.requests
      path: netslice_slices[0].vm.serves.requests
      present: 50
      proposed: 38.8
      low: 38.8
      high: 39.46
      why: the objective of 100 is kept up to 38.96 for each VM, 38.8 to 39.46
      evidence: {n: 2016, of: rows, days: 8, method: isotonic}
      since: "2026-01-05T08:00:00Z"
      effect: null
feedback:
  description: The document of O(json_path); without its slices where RV(shortened).
  returned: success
  type: dict
  sample: {schema: foresight.netslice/feedback/1, as_of: "2026-01-05T08:00:00Z", period_seconds: 604800, slices: []}
shortened:
  description:
    - Whether the result would be too long. Then RV(feedback) has no slices, and RV(table) and RV(proposals) what fits of them, of slices with proposals
      first in the table. The files have all.
  returned: success
  type: bool
  sample: false
path:
  description: The file of proposals, or null.
  returned: success
  type: str
  sample: /tmp/proposals.yml
json_path:
  description: The JSON file, or null.
  returned: success
  type: str
  sample: /tmp/feedback.json
"""
