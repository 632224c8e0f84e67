#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: demand_model
short_description: Train the forecaster on the telemetry of a site
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Fits the shipped model to the telemetry of the slices, and keeps the result as a version in a folder of models.
  - Days withheld from the fit judge it. The new version forecasts only the series on which it beats both the model in use and a seasonal
    naive forecast; the others keep the model they have, and the result says why.
  - Telemetry and settings that were trained on before are not trained on again.
  - P(foresight.netslice.demand_profile#lookup) and M(foresight.netslice.slice_plan) use the current version when their O(models_path) names the folder.
  - It runs on the controller and never on the host of the task. A training says how far it is at least every ten seconds.
requirements:
  - numpy >= 1.24
  - torch >= 2.1
  - safetensors >= 0.4
  - influxdb-client >= 1.40, where InfluxDB is asked in Flux
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.influxdb.module
attributes:
  check_mode:
    support: full
    details: Telemetry is read, and nothing is trained.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: The same telemetry is recognised by O(as_of); without it, new telemetry is trained on.
options:
  models_path:
    description:
      - The folder on the controller that keeps the versions; it is made when it does not exist.
    type: path
    required: true
  slices:
    description:
      - The slices, as in the variable C(netslice_slices), whose telemetry is trained on.
      - Exactly one of O(slices) and O(version) must be given.
    type: list
    elements: dict
  version:
    description:
      - The name of a promoted version in O(models_path), as V(v0001), to make current instead of training.
      - Use it to roll back.
    type: str
  as_of:
    description:
      - The instant up to which telemetry is read, as V(2026-01-05T08:00:00Z).
      - If it is omitted, it is the time of the controller.
    type: str
  history_seconds:
    description:
      - How much telemetry is read, in seconds.
      - A series with less than nine and a half days is not trained on.
    type: int
    default: 2419200
  step_seconds:
    description: The length of a row of telemetry, in seconds; the model itself works on 300.
    type: int
    default: 300
  batches:
    description:
      - The length of the longest fit that is tried, in batches of 32 windows.
      - The withheld days choose how much of it is used.
    type: int
    default: 400
  seed:
    description: The seed of the fit; the same seed, telemetry and machine give the same weights.
    type: int
    default: 1
seealso:
  - plugin: foresight.netslice.demand_profile
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Train on four weeks of telemetry
  foresight.netslice.demand_model:
    slices: "{{ netslice_slices }}"
    models_path: /var/lib/netslice/models
    as_of: "2026-01-05T00:00:00Z"
    history_seconds: 2419200
    step_seconds: 300
    batches: 400
    seed: 1
    influxdb_url: https://192.0.2.5:8086
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_TOKEN') }}"
    influxdb_org: ops
    influxdb_bucket: telemetry
    influxdb_dialect: flux
    influxdb_timeout_seconds: 120
    influxdb_validate_certs: true
  delegate_to: localhost
  run_once: true

- name: Train with an InfluxDB 1 that asks for a password
  foresight.netslice.demand_model:
    slices: "{{ netslice_slices }}"
    models_path: /var/lib/netslice/models
    influxdb_url: http://192.0.2.6:8086
    influxdb_username: reader
    influxdb_password: "{{ lookup('ansible.builtin.env', 'INFLUX_PASSWORD') }}"
  delegate_to: localhost
  run_once: true

- name: Go back to the first version
  foresight.netslice.demand_model:
    models_path: /var/lib/netslice/models
    version: v0001
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
model:
  description: What was trained, and what forecasts from now on.
  returned: success
  type: dict
  contains:
    current:
      description: The current version, or null where the shipped model forecasts.
      type: str
      sample: v0002
    before:
      description: The version that was current before.
      type: str
      sample: v0001
    version:
      description: The version made, or made before from the same telemetry; null in check mode and where no telemetry is long enough.
      returned: O(version) is not given
      type: str
      sample: v0002
    promoted:
      description: The series that the version forecasts from now on, as slice and resource.
      returned: O(version) is not given
      type: list
      elements: str
      sample: [web/requests]
    reason:
      description: Why the version was promoted, or the champion kept.
      type: str
      sample: promoted for 1 of 3 series, where it beat champion and seasonal naive on the withheld days
    scores:
      description: For each series the weighted quantile loss of challenger, champion and seasonal naive on the withheld days, and the challenger's coverage.
      returned: O(version) is not given
      type: dict
      sample: {web/requests: {challenger: 0.11, champion: 0.13, seasonal_naive: 0.21, coverage_95: 0.95}}
    left_out:
      description: Series that were not trained on, and why.
      returned: O(version) is not given
      type: dict
      sample: {web/cpu: "2.0 d of history, training needs 9.5 d"}
commands:
  description: Always empty, because nothing is run on a host.
  returned: success
  type: list
  elements: str
  sample: []
"""
