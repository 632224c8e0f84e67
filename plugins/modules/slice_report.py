#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_report
short_description: Write a page about what slices needed, were forecast to need, and got
version_added: 0.1.0
description:
  - Reads the measured demand of a period, the forecasts that were made and the decisions that were taken from InfluxDB, and writes one HTML
    page that needs no other file and no network.
  - The page says first what needs a person, then shows the fleet at a glance and what the period cost beside a static peak and a reactive autoscaler.
  - It plots demand, the band of the forecast, virtual machines and guarantees of each slice, gives the reason of each decision, and compares past forecasts
    with what was measured. Each chart has a table of its figures.
  - It runs on the controller, whatever host the task is for, and neither connects to that host nor shows it the credentials of InfluxDB.
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
  diff_mode:
    support: full
    details: The diff tells the instant and the checksum of the page, not its text.
  idempotent:
    support: full
    details: With the same O(as_of) and the same records; without O(as_of) each run makes the page of another instant.
options:
  path:
    description:
      - The file on the controller to write; its folder must exist. The file is replaced in one step and readable by everyone.
    type: path
    required: true
  slices:
    description:
      - The slices, as M(foresight.netslice.slice_plan) takes them. They say where the measured demand is and what its units are.
      - Slices that are only known by their recorded decisions are shown without their demand, and so are all when neither this nor O(slices_path) is given.
    type: list
    elements: dict
  slices_path:
    description:
      - A YAML or JSON file on the controller that holds the slices under C(netslice_slices), or as its only content, in place of O(slices).
    type: path
  as_of:
    description:
      - The instant at which the period ends, in RFC 3339. When omitted, it is now.
    type: str
  hours:
    description:
      - How long the period is.
    type: int
    default: 36
  step_seconds:
    description:
      - The step to which the measured demand is averaged.
    type: int
    default: 300
  curves_path:
    description:
      - A file on the controller with the forecast curves of the present pass, as M(foresight.netslice.slice_plan) writes it.
      - When omitted, the page shows no forecast beyond O(as_of).
    type: path
  plan:
    description:
      - The plan of the present pass, for what concerns the pass as a whole, such as hosts that did not answer.
      - When omitted, the page speaks of the slices alone.
    type: dict
    default: {}
  detailed:
    description:
      - For how many slices charts are drawn, those that need a person first. The others stand in the table of the fleet.
    type: int
    default: 100
seealso:
  - module: foresight.netslice.slice_plan
  - module: foresight.netslice.slice_decision
author:
  - The foresight.netslice maintainers (@foresight-netslice)
"""

EXAMPLES = r"""
- name: Write the page of the last day and a half
  foresight.netslice.slice_report:
    path: /var/www/html/slices.html
    slices: "{{ netslice_slices }}"
  run_once: true
  delegate_to: localhost

- name: Write the page of a past week, with the curves and the plan of a pass
  foresight.netslice.slice_report:
    path: /tmp/slices.html
    slices_path: slices.yml
    as_of: "2026-01-05T08:00:00Z"
    hours: 168
    step_seconds: 900
    curves_path: /tmp/curves.json
    plan: "{{ slice_manager_plan.plan }}"
    detailed: 20
    influxdb_url: https://192.0.2.5:8086
    influxdb_token: "{{ lookup('ansible.builtin.file', '/etc/netslice/token') }}"
    influxdb_org: example
    influxdb_bucket: telemetry
    influxdb_dialect: flux
    influxdb_timeout_seconds: 30
    influxdb_validate_certs: true
  run_once: true
  delegate_to: localhost

- name: Write the page from InfluxDB 1
  foresight.netslice.slice_report:
    path: /tmp/slices.html
    influxdb_username: reader
    influxdb_password: "{{ lookup('ansible.builtin.file', '/etc/netslice/password') }}"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
path:
  description: The file of the page.
  returned: success
  type: str
  sample: /tmp/slices.html
as_of:
  description: The instant at which the period ends.
  returned: success
  type: str
  sample: "2026-01-05T08:00:00Z"
slices:
  description: How many slices the page shows.
  returned: success
  type: int
  sample: 2
attention:
  description: What needs a person, in sentences; empty where all is well.
  returned: success
  type: list
  elements: dict
  contains:
    slice:
      description: The slice, empty where the sentence is about the pass as a whole.
      type: str
      returned: success
      sample: web
    text:
      description: The sentence.
      type: str
      returned: success
      sample: "Telemetry is stale: the slice keeps what it has and does not shrink until measurements return."
attention_left_out:
  description: How many sentences, the last ones, are on the page alone, because the result would be too long.
  returned: success
  type: int
  sample: 0
"""
