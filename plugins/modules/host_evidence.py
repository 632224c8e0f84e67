#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: host_evidence
short_description: Judge whether hypervisors that do not answer are lost
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Records in InfluxDB which hypervisors answered in this pass, with their addresses and virtual IPs (VIPs), and asks it about those of the roster that did
    not. One of which everything that O(rule) states holds is a suspect.
  - Each suspect is then probed by M(foresight.netslice.host_probe) from the hypervisors that answer. Given as O(suspects), those that nobody hears are
    returned again, for the option O(foresight.netslice.slice_plan#module:evidence) of M(foresight.netslice.slice_plan).
  - What cannot be found out keeps a hypervisor from being lost, and is warned of. So does an InfluxDB that cannot be asked, without failing the task.
  - A hypervisor that was not asked in this play, as with C(--limit), is never lost by evidence.
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
    details: Nothing is written to InfluxDB.
  diff_mode:
    support: N/A
    details: The points are a record of the pass, and not a state to be compared.
  idempotent:
    support: full
options:
  rule:
    description: What must hold before a hypervisor is lost. All of it must hold at once.
    type: dict
    required: true
    suboptions:
      silent_seconds:
        description: How long ago the last pass was that it answered in, at least.
        type: int
        required: true
      passes:
        description: How many earlier passes of that time must have been made without its answer.
        type: int
        default: 2
      telemetry:
        description:
          - Whether it must have written no point of C(netslice_vm) and C(netslice_qos) in that time, though it did before and another hypervisor does.
          - Set it to V(false) where the hypervisors do not run the collector of the role P(foresight.netslice.telemetry#role).
        type: bool
        default: true
      probe:
        description:
          - Whether its addresses and VIPs must be silent when the hypervisors that answer probe them. VIPs of slices in mode C(nat) are not routed, and not
            probed.
          - It needs three hypervisors at least, since a witness counts only if it sees another one.
        type: bool
        default: true
      witnesses:
        description: How many hypervisors at least must hear nothing of it, and see addresses of others, and VIPs where others have some.
        type: int
        default: 1
      most_hosts:
        description:
          - How many hypervisors may be silent at once. If there are more, none is newly lost, since it is more likely that the controller is cut off.
        type: int
        default: 1
      most_percent:
        description: The same as a share of the roster. The smaller of the two counts.
        type: float
        default: 50
  hypervisors:
    description:
      - The roster, which names all hypervisors that may carry slices.
    type: list
    elements: str
    required: true
  lost_hosts:
    description: Hypervisors that are lost by the operator's word, for which no evidence is needed.
    type: list
    elements: str
    default: []
  state_variable:
    description: Name of the variable under which each hypervisor registered the result of M(foresight.netslice.slice_info).
    type: str
    default: slice_manager_info
  suspects:
    description:
      - The suspects of an earlier task, to be judged by what the probes found.
      - If it is omitted, the suspects are looked for.
    type: list
    elements: dict
  probe_variable:
    description: Name of the variable under which each hypervisor registered the result of M(foresight.netslice.host_probe).
    type: str
    default: slice_manager_probe
  as_of:
    description:
      - The instant of the pass, as V(2026-01-05T08:00:00Z), on which its clocks run.
      - If it is omitted, it is the time of the controller.
    type: str
notes:
  - Fence a hypervisor before it is taken for lost, where that can be done; the role P(foresight.netslice.slice_manager#role) does with C(netslice_fence).
seealso:
  - module: foresight.netslice.host_probe
  - module: foresight.netslice.slice_plan
"""

EXAMPLES = r"""
- name: Record who answers, and find who has been silent for a quarter of an hour
  foresight.netslice.host_evidence:
    rule:
      silent_seconds: 900
      passes: 2
      telemetry: true
      probe: true
      witnesses: 1
      most_hosts: 1
      most_percent: 50
    hypervisors: [kvm1, kvm2, kvm3]
    lost_hosts: []
    state_variable: slice_manager_info
    as_of: "2026-01-05T08:00:00Z"
    influxdb_url: http://192.0.2.5:8086
    influxdb_org: operations
    influxdb_bucket: telemetry
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_TOKEN') }}"
  run_once: true
  delegate_to: localhost
  register: silent

- name: Probe them from every hypervisor that answers
  foresight.netslice.host_probe:
    addresses: "{{ silent.addresses }}"
  register: slice_manager_probe
  when: silent.addresses | default([]) | length > 0
  ignore_errors: true

- name: Judge what the probes found
  foresight.netslice.host_evidence:
    rule:
      silent_seconds: 900
    hypervisors: [kvm1, kvm2, kvm3]
    suspects: "{{ silent.suspects }}"
    probe_variable: slice_manager_probe
  run_once: true
  delegate_to: localhost
  register: judged
  when: silent.suspects | length > 0
"""

RETURN = r"""
suspects:
  description: One entry for each hypervisor of which all pieces hold, as the plan shows it in C(lost_hosts).
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: Name in the roster.
      type: str
      returned: always
    by:
      description: Always V(evidence).
      type: str
      returned: always
    since:
      description: The instant of the last pass that it answered in.
      type: str
      returned: always
    why:
      description: The evidence in words.
      type: str
      returned: always
    addresses:
      description: Its own addresses that no other hypervisor has too.
      type: list
      elements: str
      returned: always
    vips:
      description: The VIPs that it had when it last answered.
      type: list
      elements: str
      returned: always
    fenced:
      description: Whether it was fenced when it was first declared lost.
      type: bool
      returned: always
  sample:
    - host: kvm3
      by: evidence
      since: "2026-01-05T07:40:00Z"
      why: no answer since 2026-01-05T07:40:00Z, also in 3 earlier passes of the last 900 s; no telemetry in the last 900 s
      addresses: [192.0.2.13]
      vips: [10.90.2.66]
      fenced: false
addresses:
  description: What is to be probed, the addresses of the suspects and some of the hypervisors that answer.
  returned: when O(suspects) is omitted and some hypervisor does not answer
  type: list
  elements: str
  sample: [10.90.2.2, 10.90.2.66, 192.0.2.11, 192.0.2.13]
refused:
  description: Why the other silent hypervisors are not lost, by name.
  returned: success
  type: dict
  sample: {"kvm2": "its address 10.90.2.34 answers kvm1"}
as_of:
  description: The instant of the pass.
  returned: when O(suspects) is omitted and some hypervisor does not answer
  type: str
  sample: "2026-01-05T08:00:00Z"
"""
