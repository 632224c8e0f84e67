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
  - Fits the shipped model to the telemetry of the slices, and keeps the result as a version in a folder of models. All series are fitted to
    together, and those that lose most get a fit of their own as well.
  - How long a fit lasts and what it counts in the forecast of a series is chosen by rolling validation on three days of that series.
  - The last three days, withheld from the fits, judge. The new version forecasts only the series on which it beats the model in use, a seasonal
    naive forecast and a reactive one; the others keep the model they have, and the result says why for each.
  - Telemetry and settings that were trained on before are not trained on again.
  - One training at a time works on a folder; a second is refused. One that is killed leaves the folder as it was, or is finished by the next.
  - P(foresight.netslice.demand_profile#lookup) and M(foresight.netslice.slice_plan) use the current version when their O(models_path) names the folder.
  - It runs on the controller and never on the host of the task. A training says on standard error at least every ten seconds how far it is.
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
    details: The same telemetry and settings are recognised. Without O(as_of) there is new telemetry every O(step_seconds), which is trained on.
options:
  models_path:
    description:
      - The folder on the controller that keeps the versions; it is made when it does not exist.
    type: path
    required: true
  slices:
    description:
      - The slices, as in the variable C(netslice_slices), whose telemetry is trained on.
      - Exactly one of O(slices), O(slices_path) and O(version) must be given.
    type: list
    elements: dict
  slices_path:
    description:
      - A YAML or JSON file on the controller that holds the slices under C(netslice_slices), or as its only content, in place of O(slices).
    type: path
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
      - Shorter fits are tried first, and longer ones as long as they forecast the withheld days better.
    type: int
    default: 1600
  series_fits:
    description:
      - How many series get a fit of their own at most, which is what takes time on a large site.
      - They are those that lose most against a seasonal naive forecast; V(0) fits only to all series together.
    type: int
    default: 64
  seed:
    description: The seed of the fit; the same seed, telemetry and machine give the same weights.
    type: int
    default: 1
  device:
    description:
      - Where the fits are computed. V(auto) is a GPU where torch can use one, else the processor.
      - What is drawn at random does not depend on it, so that a GPU gives the same weights but for rounding. Forecasts are made on the processor.
      - A training that was made on one device is not made again on another.
    type: str
    choices: [auto, cpu, cuda]
    default: auto
  keep_versions:
    description:
      - How many of the newest versions are kept; older ones are removed unless they are current, or forecast a series of one that is kept.
      - If it is omitted, all are kept.
    type: int
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
    batches: 1600
    series_fits: 64
    seed: 1
    device: auto
    keep_versions: 5
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
    slices_path: /etc/netslice/slices.yml
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
      sample: promoted for 1 of 3 series, where it beat champion and baselines on the withheld days
    scores:
      description:
        - For each series the weighted quantile loss of challenger, champion, seasonal naive and reactive forecast on the withheld days, and the
          share of the measured values that stayed at or below the challenger's upper quantile.
      returned: O(version) is not given
      type: dict
      sample: {web/requests: {challenger: 0.11, champion: 0.13, seasonal_naive: 0.21, reactive: 0.42, coverage_95: 0.95}}
    series:
      description:
        - For each series the length of its own fit in batches, what the shipped model, the fit to the site and its own fit count in its forecast,
          and why it was promoted or not.
      returned: O(version) is not given
      type: dict
      sample:
        web/requests:
          batches: 200
          weights: {original: 0.4, site: 0.0, own: 0.6}
          reason: "promoted: loss 0.11 against 0.13 of the champion, 0.21 of seasonal naive, 0.42 of the reactive forecast"
    removed:
      description: The versions that O(keep_versions) removed, or would remove.
      returned: O(version) is not given
      type: list
      elements: str
      sample: [v0001]
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
