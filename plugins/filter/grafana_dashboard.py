# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: grafana_dashboard
short_description: A dashboard of Grafana over the measurements of slices
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Gives the JSON model of a dashboard for Grafana 10 or later, over the measurements that passes, collectors and applications write to InfluxDB.
  - The data source is a variable of the dashboard, which holds no address and no credential. With Flux it reads the default bucket of the data source.
options:
  _input:
    description:
      - The query language of the data source, V(flux) of InfluxDB 2 or V(influxql) of InfluxDB 1.
    type: str
    choices: [flux, influxql]
    required: true
seealso:
  - module: foresight.netslice.slice_report
"""

EXAMPLES = r"""
- name: Write the dashboard for somebody to import
  ansible.builtin.copy:
    content: "{{ 'flux' | foresight.netslice.grafana_dashboard | to_nice_json(sort_keys=false) }}"
    dest: /tmp/slices.json
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The dashboard, as its JSON model has it.
  type: dict
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.dashboard import dashboard


def grafana_dashboard(dialect):
    """The JSON model of the dashboard."""
    try:
        return dashboard(dialect)
    except NetsliceError as exc:
        raise AnsibleFilterError(str(exc)) from None  # its text says it all


class FilterModule:
    """The filter grafana_dashboard."""

    def filters(self):
        """Name to function."""
        return {"grafana_dashboard": grafana_dashboard}
