# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: demand_profile
version_added: 0.1.0
author: The foresight.netslice maintainers (@foresight-netslice)
short_description: Forecast the demand of slices from their telemetry
description:
  - Reads the telemetry of slices from InfluxDB and returns one Demand Profile for each slice.
  - A Demand Profile holds, for each resource, quantiles of the demand ahead, how fresh the telemetry is, and which model was used and why.
  - Where history is short a simpler model takes the place of the LSTM, and the profile says so.
  - What M(foresight.netslice.demand_calibration) wrote in the 26 hours before O(as_of) corrects the upper quantiles, and a series that it found
    to drift is left to a seasonal naive forecast.
  - All slices and resources are forecast in one batch, so ask for many slices in one call.
options:
  _terms:
    description:
      - Names of the slices of O(slices) to forecast, in the order wanted.
      - Without names all slices of O(slices) are forecast.
    type: list
    elements: str
  slices:
    description:
      - The slices, as M(foresight.netslice.slice_plan) takes them, a list of mappings with at least C(name), C(vm) and C(network).
      - If the option is omitted, the variable C(netslice_slices) is used.
    type: list
    elements: dict
    required: true
    vars: [{name: netslice_slices}]
  as_of:
    description:
      - The instant to forecast from, in RFC 3339 with an offset; telemetry after it is not used.
      - If the option is omitted, the variable C(netslice_as_of) is used, and without it the present.
    type: str
    vars: [{name: netslice_as_of}]
  step_seconds:
    description:
      - Width of a row of telemetry and of a step of a curve, in seconds.
      - The model itself works on rows of 300 seconds; series of another step are averaged or repeated.
    type: int
    default: 300
  horizon_seconds:
    description:
      - How far to forecast, in seconds, up to 48 hours.
    type: int
    default: 43200
  history_seconds:
    description:
      - How much telemetry to read, in seconds, at least three days.
    type: int
    default: 691200
  models_path:
    description:
      - Folder on the controller with models made by M(foresight.netslice.demand_model).
      - If the option is omitted, the variable C(netslice_models_path) is used; without it, or while the folder holds no model, the shipped model forecasts.
    type: path
    vars: [{name: netslice_models_path}]
  curves:
    description:
      - Whether each resource of a profile also has the key C(curve), the forecast of every step.
      - Curves are large; pass them through a variable for a few slices only.
    type: bool
    default: false
  explain:
    description:
      - Whether each resource of a profile also has the key C(explanation), which names the seasonal bases that carried the forecast.
      - It holds, for the windows C(act) and C(horizon), the five bases with the largest mean share in the median, and the mean size of what the network
        adds to their mix, in the unit of the resource. It is null where a simpler model forecasts.
      - A horizon beyond 12 hours is explained by its first 12 hours, and what calibration and known events change is left out.
    type: bool
    default: false
  runtime:
    description:
      - What computes the networks; the result is the same to 1e-5.
      - V(auto) is numpy, which is as quick. V(torch) imports torch, which takes a short-lived process a few seconds and about 500 MB more.
    type: str
    choices: [auto, torch, numpy]
    default: auto
    vars: [{name: netslice_runtime}]
extends_documentation_fragment:
  - foresight.netslice.influxdb
requirements:
  - python >= 3.10
  - numpy >= 1.24
  - torch >= 2.1, if O(runtime) is V(torch)
  - safetensors >= 0.4
  - influxdb-client >= 1.40 for InfluxDB 2
notes:
  - The networks are computed by numpy, or by torch where O(runtime) says so, from the same weights and with the same result to 1e-5.
  - Each evaluation reads the telemetry and forecasts anew. Evaluate it once a play, in a task with C(run_once).
seealso:
  - module: foresight.netslice.slice_plan
  - module: foresight.netslice.demand_model
  - module: foresight.netslice.demand_calibration
"""

EXAMPLES = r"""
- name: Show what the slice web will need in ten minutes
  ansible.builtin.debug:
    msg: "{{ profile.resources.requests.windows.act }}"
  vars:
    profile: "{{ lookup('foresight.netslice.demand_profile', 'web') }}"
  run_once: true

- name: Forecast all slices for the next six hours, with a value for every ten minutes
  ansible.builtin.set_fact:
    my_profiles: >-
      {{ query('foresight.netslice.demand_profile', slices=netslice_slices, as_of='2026-01-05T08:00:00Z', step_seconds=600,
               horizon_seconds=21600, history_seconds=1209600, models_path='/var/lib/netslice/models', curves=true) }}
  run_once: true

- name: Show which seasons carry the forecast of what counts the VMs of web, computed by torch
  ansible.builtin.debug:
    msg: "{{ profile.resources.requests.explanation.act.bases }}"
  vars:
    profile: "{{ lookup('foresight.netslice.demand_profile', 'web', explain=true, runtime='torch') }}"
  run_once: true

# web and shop are the terms (_terms); without any, all slices are forecast
- name: Forecast from an InfluxDB named here instead of in variables
  ansible.builtin.debug:
    msg: >-
      {{ query('foresight.netslice.demand_profile', 'web', 'shop', influxdb_url='https://192.0.2.5:8086', influxdb_org='ops',
               influxdb_bucket='telemetry', influxdb_token=lookup('ansible.builtin.env', 'TOKEN'), influxdb_dialect='flux',
               influxdb_timeout_seconds=30, influxdb_validate_certs=true) }}
  run_once: true

- name: Forecast from an InfluxDB 1 that asks for a password
  ansible.builtin.debug:
    msg: >-
      {{ query('foresight.netslice.demand_profile', 'web', influxdb_url='http://192.0.2.6:8086', influxdb_bucket='telemetry/autogen',
               influxdb_username='reader', influxdb_password=lookup('ansible.builtin.env', 'PASSWORD'), influxdb_dialect='influxql') }}
  run_once: true
"""

RETURN = r"""
_raw:
  description: The Demand Profiles, in the order of the terms, or of O(slices) where there are no terms.
  type: list
  elements: dict
  contains:
    schema:
      description: Name and version of this shape.
      type: str
      sample: foresight.netslice/demand-profile/1
    slice:
      description: Name of the slice.
      type: str
      sample: web
    as_of:
      description: The instant the forecast was made from.
      type: str
      sample: "2026-01-05T08:00:00Z"
    step_seconds:
      description: Width of a step of a curve, in seconds.
      type: int
      sample: 300
    horizon_seconds:
      description: How far the forecast reaches, in seconds.
      type: int
      sample: 43200
    quantiles:
      description: The quantiles that every list of forecasts holds, in this order.
      type: list
      elements: float
      sample: [0.5, 0.9, 0.95]
    model:
      description:
        - The weakest of the models that forecast what counts VMs, with the checksum of its weights and why it was used.
        - Key C(version) is a version of the registry such as v0003, or C(shipped-) and the first digits of the checksum. Key C(runtime) is what
          computes it, C(torch) or C(numpy). Key C(span) holds begin and end of the telemetry it was fitted to, null for the shipped model.
        - Key C(fallback) says why a simpler model stands in for the network, null where it does not.
        - Key C(inputs) holds the rows of telemetry read, their step in seconds, and how many resources of the slice have any.
        - Key C(accuracy) holds the recent accuracy and coverage, as in the resource.
      type: dict
      sample:
        name: lstm-global
        fingerprint: "sha256:0123"
        reason: 7.0 d of history
        version: shipped-0123abcd
        runtime: numpy
        span: null
        fallback: null
        inputs: {rows: 2304, step_seconds: 300, resources: 5}
        accuracy: {wql: 0.11, wql_baseline: 0.19, coverage_95: 0.94}
    verdict:
      description: The worst verdict of the resources that count VMs; V(ok), V(cold), V(gappy), V(stale) or V(missing).
      type: str
      sample: ok
    resources:
      description:
        - For each resource its unit, verdict, model and reason, last value, age, history, coverage, recent peak, mean and recent accuracy.
        - Key C(earlier), of resources that count VMs, holds the window C(act) as the passes of the last scale-in window forecast it.
        - Key C(calibration) holds the correction of the upper quantiles that M(foresight.netslice.demand_calibration) learnt, or nothing.
        - Key C(drift) says since when and why a seasonal naive forecast decides in place of the network, or holds nothing.
        - Key C(windows) holds the peaks of each quantile over the windows C(act), C(hold) and C(horizon).
        - Key C(events), where the forecast reaches events of the slice's C(telemetry.events), holds what each does to the median and from how many
          past ones that was learned.
        - Key C(treated) holds what was dirty in the telemetry and how it was treated, as a list of C(kind), C(since), C(count) and C(what).
      type: dict
      sample: {requests: {unit: 1/s, verdict: ok, model: lstm-global, windows: {act: [120.0, 141.0, 149.0]}}}
"""

import time

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput, NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.archive import CALIBRATION_AGE, read_calibrations
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import template_options
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests


def chosen(slices: list[dict], names: list[str]) -> list[dict]:
    """The slices named, in the order named; all where none is. Raises InvalidInput."""
    by_name = {one["name"]: one for one in slices}
    for name in names:
        if name not in by_name:
            raise InvalidInput(f"Cannot forecast the slice {name!r}: netslice_slices has {', '.join(sorted(by_name)) or 'no slice'}. "
                               f"Correct the name, or add the slice.")
    return [by_name[name] for name in names] if names else slices


class LookupModule(LookupBase):
    """Terms are names of slices; the result is their Demand Profiles."""

    def run(self, terms, variables=None, **kwargs):
        """Read, forecast, return."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return self._profiles([str(term) for term in terms])
        except NetsliceError as exc:
            raise AnsibleLookupError(str(exc)) from None

    def _option(self, name):
        """An option; those that come from variables arrive untemplated."""
        return self._templar.template(self.get_option(name))

    def _runtime(self):
        """None for auto; a name from a variable is checked where it is used."""
        wanted = self._option("runtime")
        return None if wanted == "auto" else wanted

    def _profiles(self, names):
        slices = chosen(validate_slices(self._option("slices")), names)
        at = self._option("as_of")
        at = parse_instant(at) if at else int(time.time())
        settings = Settings(self._option("models_path") or None, *(
            self.get_option(name) for name in ("step_seconds", "horizon_seconds", "history_seconds")), self._runtime())
        with connect(template_options(self.get_options(), self._templar)) as client:
            series = read_series(client, series_requests(slices), at, settings.history_seconds, settings.step_seconds)
            calibrations = read_calibrations(client, [one["name"] for one in slices], at, CALIBRATION_AGE)
        return demand_profiles(slices, series, at, settings, self.get_option("curves"), calibrations, self.get_option("explain"))
