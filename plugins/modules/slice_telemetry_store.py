#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_telemetry_store
short_description: Make the bucket, retention, downsampling and tokens of telemetry
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Makes what telemetry needs in InfluxDB, and changes only what is otherwise.
  - In InfluxDB 2 that is the bucket O(influxdb_bucket) with its retention, the bucket C(<bucket>_downsampled) of means, a task that writes them, and a token
    for each name of O(access).
  - In InfluxDB 1 that is the database with the duration of its default retention policy, the retention policy C(downsampled), a continuous query for each
    measurement, and a user for each name of O(access).
  - It runs on the controller, with a token or user that may do all that, and never on the host of the task. Passes and collectors need less.
requirements:
  - InfluxDB 2, or InfluxDB 1.6 or later with its continuous queries enabled
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.influxdb.module
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: The difference is the list of steps.
  idempotent:
    support: full
options:
  state:
    description:
      - Whether the store is there, or what was made beside the points is removed, which is the downsampling, the tokens and the users named.
      - The points stay unless O(drop_data) is true, and a user of InfluxDB 1 stays that may do something in another database.
    type: str
    choices: [present, absent]
    default: present
  retention_seconds:
    description:
      - How long points are kept, in seconds, with V(0) for ever.
      - Forecasts and their calibration read seven and a half days, so that less is refused.
      - Less than points are kept now is refused too, as older ones would be lost, unless O(drop_data) is true.
    type: int
    default: 2592000
  downsample_seconds:
    description: The length of the windows whose means are kept for longer, in seconds, with V(0) none.
    type: int
    default: 3600
  downsample_retention_seconds:
    description: How long the means are kept, in seconds, with V(0) for ever. Less than now is refused, unless O(drop_data) is true.
    type: int
    default: 34214400
  measurements:
    description:
      - The fields of each measurement of which means are kept.
      - When omitted, those that the role P(foresight.netslice.telemetry#role) writes to C(slice_demand) and C(netslice_vm).
    type: dict
    default:
      slice_demand: [cpu_cores, memory_mib, ingress_mbit, egress_mbit, requests_per_second]
      netslice_vm: [cpu_cores, memory_mib, ingress_mbit, egress_mbit]
  access:
    description:
      - Who may do what with the points, and nothing else. When empty, nobody new.
      - A token that may do something else is replaced, and one that is named here no longer stays until O(state=absent).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name of the token of InfluxDB 2, a part of its description, or of the user of InfluxDB 1.
        type: str
        required: true
      rights:
        description:
          - What it may do. V(write) is what collectors need, V(read) what reports need, which is the means too, and V(both) what passes need.
        type: str
        choices: [read, write, both]
        required: true
      password:
        description: The password of the user of InfluxDB 1. It is required for a user that is not there yet, and ignored by InfluxDB 2.
        type: str
  drop_data:
    description:
      - Whether points may be lost.
      - With O(state=absent) the bucket and its means are then removed, with all points in them. With O(state=present) points may then be kept for less long
        than before.
    type: bool
    default: false
seealso:
  - module: foresight.netslice.slice_telemetry_info
"""

EXAMPLES = r"""
- name: Keep telemetry for a month and its hourly means for a year
  foresight.netslice.slice_telemetry_store:
    retention_seconds: 2592000
    downsample_seconds: 3600
    downsample_retention_seconds: 34214400
    measurements:
      slice_demand: [requests_per_second]
    access:
      - {name: collectors, rights: write}
      - {name: passes, rights: both}
    influxdb_url: https://192.0.2.5:8086
    influxdb_org: netslice
    influxdb_bucket: telemetry
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_OPERATOR_TOKEN') }}"
  delegate_to: localhost
  run_once: true
  no_log: true
  register: telemetry_store

- name: Have a user of InfluxDB 1 that may only write
  foresight.netslice.slice_telemetry_store:
    access:
      - {name: collectors, rights: write, password: "{{ lookup('ansible.builtin.env', 'COLLECTORS_PASSWORD') }}"}
    influxdb_username: admin
    influxdb_password: "{{ lookup('ansible.builtin.env', 'INFLUX_PASSWORD') }}"
  delegate_to: localhost
  run_once: true

- name: Remove everything, the points as well
  foresight.netslice.slice_telemetry_store:
    state: absent
    drop_data: true
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
steps:
  description: What was changed, or would be in check mode, in words.
  returned: success
  type: list
  elements: str
  sample: ["make bucket telemetry, kept for 2592000 s", "make a token of collectors that may write"]
store:
  description: What is there now. It is empty with O(state=absent).
  returned: success
  type: dict
  sample:
    bucket: telemetry
    retention_seconds: 2592000
    downsampled: {"every_seconds": 3600, "retention_seconds": 34214400, "measurements": ["netslice_vm", "slice_demand"]}
    access: {"collectors": "write", "passes": "both"}
tokens:
  description: The tokens of InfluxDB 2 by the names of O(access), without those that check mode would make. Keep C(no_log) on the task.
  returned: success
  type: dict
  sample: {"collectors": "..."}
"""
