#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_decision_info
short_description: Tell what was last decided about slices, and why
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Reads from InfluxDB the newest decision record of each named slice, as M(foresight.netslice.slice_decision) wrote it, and says it in words.
  - A slice without a decision in the time that is searched is no failure of the task. An InfluxDB that is down, refuses the credentials or
    lacks the bucket is one.
  - It runs on the controller, which holds the token, and never on the host of the task.
requirements:
  - influxdb-client >= 1.40, where InfluxDB is asked in Flux
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.influxdb.module
attributes:
  check_mode:
    support: full
    details: It never changes anything.
  diff_mode:
    support: N/A
    details: It never changes anything.
  idempotent:
    support: full
options:
  slices:
    description:
      - Names of the slices.
      - An empty list gives an empty result.
      - Exactly one of O(slices) and O(slices_path) must be given.
    type: list
    elements: str
  slices_path:
    description:
      - A YAML or JSON file on the controller that holds slices under C(netslice_slices), or as its only content, to ask about all of them.
    type: path
  as_of:
    description:
      - The instant, as V(2026-01-05T08:00:00Z), after which no decision is looked at, so that the newest one of then is found.
      - If it is omitted, it is the time of the controller.
    type: str
  within_seconds:
    description: How long before O(as_of) a decision may lie, in seconds.
    type: int
    default: 86400
seealso:
  - module: foresight.netslice.slice_decision
  - plugin: foresight.netslice.explain
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Ask why the slice web had what it had at eight o'clock
  foresight.netslice.slice_decision_info:
    slices: [web]
    as_of: "2026-01-05T08:00:00Z"
    within_seconds: 3600
    influxdb_url: https://192.0.2.5:8086
    influxdb_org: operations
    influxdb_bucket: telemetry
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_TOKEN') }}"
  delegate_to: localhost
  run_once: true
  register: decided

- name: Ask about all slices of a file
  foresight.netslice.slice_decision_info:
    slices_path: /etc/netslice/slices.yml
  delegate_to: localhost
  run_once: true

- name: Show it in words
  ansible.builtin.debug:
    msg: "{{ decided.decisions | map(attribute='text') }}"
"""

RETURN = r"""
decisions:
  description: One entry for each slice with a decision, by name.
  returned: success
  type: list
  elements: dict
  contains:
    slice:
      description: Name of the slice.
      type: str
      returned: success
    as_of:
      description: The instant that the pass decided for.
      type: str
      returned: success
    line:
      description: The decision in one line.
      type: str
      returned: success
    text:
      description: The decision in whole sentences.
      type: str
      returned: unless RV(shortened), in which case it may be left out
    record:
      description: The decision record, as docs/schemas/decision.schema.json of the collection describes it.
      type: dict
      returned: unless RV(shortened)
  sample:
    - slice: web
      as_of: "2026-01-05T08:00:00Z"
      line: "web: 2 -> 3 VMs, enforce, feasible: forecast q0.95 149 1/s in 300..600 s needs 3 VMs of 50 1/s"
      text: >-
        Slice web in the pass of 2026-01-05T08:00:00Z: it has 2 VMs and gets 3 VMs (mode enforce, state active). Demand: requests 118 now, 149 predicted
        (telemetry ok, model lstm-global). The wish at quantile 0.95 is 3 VMs: forecast q0.95 149 1/s in 300..600 s needs 3 VMs of 50 1/s.
        No rule changed that. To do: create web-10-90-2-4. Verdict: feasible.
      record: {"name": "web", "mode": "enforce"}
missing:
  description: Names of the slices without a decision in that time.
  returned: success
  type: list
  elements: str
  sample: []
shortened:
  description: Whether the records, or the paragraphs too, were left out because the result would be too long.
  returned: success
  type: bool
  sample: false
as_of:
  description: The instant up to which decisions were looked for.
  returned: success
  type: str
  sample: "2026-01-05T08:00:00Z"
"""
