#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_telemetry_info
short_description: Tell what telemetry of each slice arrives and what is missing
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Reads the telemetry of all slices from InfluxDB as the forecast does, and tells for each slice and resource what arrives, how fresh it is,
    how much of it is missing, what is dirty in it and how that is treated, and what a forecast still needs.
  - No slices give an empty result.
  - Stale or missing telemetry is no failure of the task. An InfluxDB that is down, refuses the credentials or lacks the bucket is one.
  - It runs on the controller, which holds the token, and never on the host of the task.
requirements:
  - numpy >= 1.24
  - influxdb-client >= 1.40, where InfluxDB is asked in Flux
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.influxdb.module
  - foresight.netslice.slices
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
  as_of:
    description:
      - The instant for which telemetry is judged, as V(2026-01-05T08:00:00Z).
      - No point after it is used.
      - If it is omitted, it is the time of the controller.
    type: str
  history_seconds:
    description: How much history is read, in seconds.
    type: int
    default: 691200
  step_seconds:
    description: The length of a row of the regular series, in seconds.
    type: int
    default: 300
seealso:
  - plugin: foresight.netslice.demand_profile
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Ask what telemetry arrives
  foresight.netslice.slice_telemetry_info:
    slices: "{{ netslice_slices }}"
    as_of: "2026-01-05T08:00:00Z"
    history_seconds: 691200
    step_seconds: 300
    influxdb_url: https://192.0.2.5:8086
    influxdb_dialect: influxql
    influxdb_bucket: telemetry/autogen
    influxdb_username: netslice
    influxdb_password: "{{ lookup('ansible.builtin.env', 'INFLUX_PASSWORD') }}"
    influxdb_validate_certs: true
  delegate_to: localhost
  run_once: true
  register: telemetry_found

- name: Ask it of the slices of a file
  foresight.netslice.slice_telemetry_info:
    slices_path: /etc/netslice/slices.yml
  delegate_to: localhost
  run_once: true

- name: Show what is missing
  ansible.builtin.debug:
    msg: "{{ telemetry_found.telemetry | map(attribute='missing') | flatten }}"
"""

RETURN = r"""
telemetry:
  description: One entry for each slice, in the order of O(slices).
  returned: success
  type: list
  elements: dict
  contains:
    slice:
      description: Name of the slice.
      type: str
      returned: success
    verdict:
      description: The worst verdict of the resources that count VMs, one of V(ok), V(cold), V(gappy), V(stale) and V(missing).
      type: str
      returned: success
    counts_vms:
      description: The resources that count VMs.
      type: list
      elements: str
      returned: success
    missing:
      description: What a forecast still needs, in sentences that begin with the resource.
      type: list
      elements: str
      returned: success
    resources:
      description:
        - For each resource its field, unit, verdict, newest value, age, coverage of the last day, length of history and gaps.
        - Key C(treated) holds what was dirty and how it was treated, as a list of C(kind), C(since), C(count) and C(what).
      type: dict
      returned: success
  sample:
    - slice: web
      verdict: cold
      counts_vms: [requests]
      missing: ["requests: 6.0 h of history; from a day on the shape of the day is known, until then the forecast is reactive"]
      resources:
        requests:
          field: requests_per_second
          unit: 1/s
          verdict: cold
          last: {"value": 118.0, "time": "2026-01-05T07:55:00Z"}
          age_seconds: 300
          coverage: 0.998
          history_seconds: 21600
          gaps: {"count": 1, "longest_seconds": 300}
          treated:
            - kind: gap
              since: "2026-01-05T06:00:00Z"
              count: 1
              what: Rows without a value are filled for the forecast with the median day at the level of both sides.
shortened:
  description: Whether RV(telemetry[].resources) was left out for some slices, because the result would be too long.
  returned: success
  type: bool
  sample: false
as_of:
  description: The instant for which telemetry was judged.
  returned: success
  type: str
  sample: "2026-01-05T08:00:00Z"
"""
