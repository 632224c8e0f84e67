# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_doctor
short_description: Diagnose a running installation
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Looks at the libraries and models of the controller, at InfluxDB and its clock, at the telemetry of each slice, at whether passes still come and who makes
    them, at what each hypervisor told of itself, and at the balancers. Each finding says what to do.
  - What is ill does not fail the task; RV(failures) counts it. The playbook C(foresight.netslice.doctor) asks the hypervisors first and ends with a table.
  - It runs on the controller, which holds the token, and never on the host of the task. It writes nothing.
requirements:
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
  hypervisors:
    description: The roster, as C(netslice_hypervisors).
    type: list
    elements: str
    required: true
  info_variable:
    description: The variable in which the play registered M(foresight.netslice.slice_info) on each hypervisor.
    type: str
    default: doctor_info
  clock_variable:
    description: The variable in which the play registered a command that prints each hypervisor's time in seconds since 1970.
    type: str
    default: doctor_clock
  interval_seconds:
    description:
      - The time between two measurements of a hypervisor, in seconds, as O(foresight.netslice.telemetry#role:main:telemetry_interval_seconds).
      - Of several, it is the longest.
      - A hypervisor with VMs that wrote nothing for five of them is told as one whose collector is silent.
    type: int
    default: 60
  asked:
    description:
      - Two instants in seconds since 1970, by the controller's clock, between which the hypervisors printed their time.
      - If the option is empty, both are now.
    type: list
    elements: float
    default: []
  balancers:
    description:
      - The C(results) of M(foresight.netslice.slice_balancer) in check mode, in a loop over the names of its hosts.
    type: list
    elements: dict
    default: []
  models_path:
    description: The folder of the site's models, where there is one.
    type: path
  as_of:
    description:
      - The instant, as V(2026-01-05T08:00:00Z), for which telemetry and passes are judged.
      - If it is omitted, it is the time of the controller.
    type: str
  history_seconds:
    description: How much telemetry is looked at.
    type: int
    default: 691200
  step_seconds:
    description: The row that telemetry is averaged to.
    type: int
    default: 300
seealso:
  - module: foresight.netslice.slice_info
  - module: foresight.netslice.slice_telemetry_info
"""

EXAMPLES = r"""
- name: Diagnose the installation
  foresight.netslice.slice_doctor:
    slices: "{{ netslice_slices }}"
    hypervisors: "{{ netslice_hypervisors }}"
    info_variable: doctor_info
    clock_variable: doctor_clock
    interval_seconds: 60
    asked: "{{ [doctor_began, doctor_ended] }}"
    balancers: "{{ doctor_balancers.results }}"
    models_path: /srv/netslice/models
  delegate_to: localhost
  run_once: true
  register: doctor

- name: Diagnose what a replay left
  foresight.netslice.slice_doctor:
    slices_path: /srv/netslice/slices.yml
    hypervisors: [kvm1]
    as_of: "2026-01-05T08:00:00Z"
    history_seconds: 86400
    step_seconds: 300
    influxdb_url: https://192.0.2.5:8086
    influxdb_org: operations
    influxdb_bucket: telemetry
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
findings:
  description: Everything that was looked at, in order.
  returned: success
  type: list
  elements: dict
  contains:
    area:
      description: V(controller), V(influxdb), V(telemetry), V(feedback), V(passes), V(hypervisor), or V(balancer).
      type: str
    object:
      description: What was looked at.
      type: str
    verdict:
      description: V(ok), V(warning), or V(failed).
      type: str
    what:
      description: What was found.
      type: str
    remedy:
      description: What to do; empty where all is well.
      type: str
  sample:
    - area: telemetry
      object: slice web
      verdict: failed
      what: "stale: requests: the newest point is 5400 s old, allowed are 900 s; the slice holds what it has"
      remedy: Look at the collector (role telemetry), and at telemetry.measurement and field of the slice.
failures:
  description: How many findings failed.
  returned: success
  type: int
  sample: 1
table:
  description: The findings that are not well, the worst first, as lines of text.
  returned: success
  type: list
  elements: str
  sample:
    - 12 checks are well, 0 with a warning, 1 failed.
    - "FAILED  telemetry slice web: stale: requests: the newest point is 5400 s old, allowed are 900 s; the slice holds what it has"
    - "        -> Look at the collector (role telemetry), and at telemetry.measurement and field of the slice."
"""
