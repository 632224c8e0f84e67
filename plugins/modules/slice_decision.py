#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_decision
short_description: Write what a pass decided and forecast to InfluxDB
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Writes one point of the measurement C(netslice_decision) for each slice of a plan, with what was decided and why.
  - Writes points of the measurement C(netslice_forecast) for at most six leads of each slice and resource, where O(curves_path) is given.
  - The first pass of an hour also keeps what the network and a seasonal naive forecast said, whichever decided, for
    M(foresight.netslice.demand_calibration); that of a large fleet, the first pass of some hours.
  - A slice whose forecasts drift is warned of, and the field C(drift) of its decision says why.
  - The time of all points is the C(as_of) of the plan, so that a repeat overwrites them.
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
    details: Nothing is written, and InfluxDB is not asked.
  diff_mode:
    support: N/A
    details: The points are a record of the pass, and not a state to be compared.
  idempotent:
    support: full
options:
  plan:
    description: The plan as M(foresight.netslice.slice_plan) returned it.
    type: dict
    required: true
  curves_path:
    description:
      - The file into which M(foresight.netslice.slice_plan) wrote the forecast curves of the same pass.
      - Where its name begins with C(netslice-curves-), it was made for this pass alone, and is removed once its forecasts are written, in check mode too.
      - If it is omitted, no forecasts are written.
    type: path
notes:
  - Keep C(netslice_forecast) for at least seven and a half days, which is what calibration reads; the report reads as far back as it shows.
    The retention of the bucket decides it; two weeks are a good choice.
seealso:
  - module: foresight.netslice.slice_plan
  - module: foresight.netslice.demand_calibration
"""

EXAMPLES = r"""
- name: Record what the pass decided
  foresight.netslice.slice_decision:
    plan: "{{ reconciler_planned.plan }}"
    curves_path: /tmp/netslice-curves.json
    influxdb_url: http://192.0.2.5:8086
    influxdb_org: netslice
    influxdb_bucket: telemetry
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_TOKEN') }}"
    influxdb_timeout_seconds: 30
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
points:
  description: Number of points of each measurement that were written, or in check mode would be.
  returned: success
  type: dict
  sample: {"netslice_decision": 2, "netslice_forecast": 60}
"""
