#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: demand_calibration
short_description: Learn from archived forecasts and what came of them
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Compares the forecasts that M(foresight.netslice.slice_decision) archived with what was measured afterwards, and writes what it learnt to
    the measurement C(netslice_calibration), which P(foresight.netslice.demand_profile#lookup) and M(foresight.netslice.slice_plan) read.
  - It learns a conformal correction of the 0.9 and 0.95 quantiles for each slice, resource and lead, so that a stated 95 % covers 95 %.
    Little to learn from gives little or no correction.
  - It finds series whose forecasts drift, those on which the network lost clearly to a seasonal naive forecast in the last two days, or whose 0.95
    quantile held too few values. A seasonal naive forecast decides for them until the network has been well again for six hours.
  - Where a series begins or ceases to drift, it writes a point of the measurement C(netslice_event) with the tag C(kind) V(drift) or V(recovered).
  - Put it after M(foresight.netslice.slice_decision) into every pass; it does nothing while its last calibration is younger than O(every_seconds).
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
    details: The archive is read, and nothing is written.
  diff_mode:
    support: N/A
    details: What it writes is a record of past forecasts, and not a state to be compared.
  idempotent:
    support: full
options:
  as_of:
    description:
      - The instant of the calibration, as V(2026-01-05T08:00:00Z); nothing measured or written after it is used.
      - If it is omitted, it is the time of the controller.
    type: str
  history_seconds:
    description:
      - How far back archived forecasts are compared, in seconds, from one day to 28 days.
      - InfluxDB must keep C(netslice_forecast) and the telemetry at least so long, and twelve hours more.
    type: int
    default: 604800
  step_seconds:
    description: The step of the telemetry in seconds, the same that the passes use.
    type: int
    default: 300
  every_seconds:
    description:
      - How old the last calibration must be before another is made, in seconds.
      - With V(0) every call makes one. What is older than 26 hours is not used by forecasts.
    type: int
    default: 3600
notes:
  - M(foresight.netslice.slice_decision) archives what is compared once an hour, of more than 990 series once in two hours, of more than 1980 in
    three, so that a week of it is some six million numbers at most.
seealso:
  - module: foresight.netslice.slice_decision
  - module: foresight.netslice.slice_plan
  - plugin: foresight.netslice.demand_profile
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Learn from the forecasts of the last two weeks, at most every six hours
  foresight.netslice.demand_calibration:
    slices: "{{ netslice_slices }}"
    as_of: "2026-01-05T08:00:00Z"
    history_seconds: 1209600
    step_seconds: 300
    every_seconds: 21600
    influxdb_url: https://192.0.2.5:8086
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_TOKEN') }}"
    influxdb_org: ops
    influxdb_bucket: telemetry
    influxdb_dialect: flux
    influxdb_timeout_seconds: 120
    influxdb_validate_certs: true
  delegate_to: localhost
  run_once: true

- name: Calibrate the slices of a file with an InfluxDB 1 that asks for a password
  foresight.netslice.demand_calibration:
    slices_path: /etc/netslice/slices.yml
    influxdb_url: http://192.0.2.6:8086
    influxdb_username: reader
    influxdb_password: "{{ lookup('ansible.builtin.env', 'INFLUX_PASSWORD') }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
as_of:
  description: The instant of the calibration.
  returned: success
  type: str
  sample: "2026-01-05T08:00:00Z"
series:
  description: How many series have a calibration.
  returned: success
  type: int
  sample: 6
drifted:
  description: The series that drift, since when and why.
  returned: success
  type: list
  elements: dict
  sample:
    - slice: web
      resource: requests
      since: "2026-01-05T08:00:00Z"
      why: over 48 h the network lost, 0.310 against 0.190 of seasonal naive
events:
  description: The series that began or ceased to drift with this calibration; C(kind) is V(drift) or V(recovered).
  returned: success
  type: list
  elements: dict
  sample: []
"""
