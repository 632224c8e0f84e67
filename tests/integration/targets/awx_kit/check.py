# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DUMP: what the playbook made in AWX hangs together, and fits the playbooks and the plugins of the collection."""
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import DEFAULTS

TOP = Path(os.environ["kit"]).resolve().parents[1]
with open(sys.argv[1], encoding="utf-8") as dump:
    FOUND = json.load(dump)


def named(kind):
    return {one.get("identifier") or one["name"]: one for one in FOUND["lists"][kind].values()}


def linked(kind, one, part):
    return FOUND["parts"].get(f"{kind}/{one['id']}/{part}", [])


influxdb_type = named("credential_types")["netslice InfluxDB"]
fields = {field["id"] for field in influxdb_type["inputs"]["fields"]}
injected = influxdb_type["injectors"]["env"]
assert injected == {f"NETSLICE_INFLUXDB_{field.upper()}": f"{{{{ {field} }}}}" for field in fields}, injected
assert {f"influxdb_{field}" for field in fields} <= set(DEFAULTS)
credential = named("credentials")["netslice InfluxDB"]
assert credential["credential_type"] == influxdb_type["id"] and set(credential["inputs"]) == fields and credential["inputs"]["token"] == "a-secret-token"
assert credential["inputs"]["validate_certs"] is True, credential

templates = named("job_templates")
assert sorted(templates) == [f"netslice {name}" for name in ("dissolve", "doctor", "explain", "plan", "reconcile")]
for name, template in templates.items():
    playbook = TOP / template["playbook"]
    assert playbook.is_file(), template
    assert not template["allow_simultaneous"] and template["job_slice_count"] == 1, template
    assert set(linked("job_templates", template, "credentials")) == {named("credentials")["hypervisors"]["id"], credential["id"]}, template
    survey = linked("job_templates", template, "survey_spec")
    assert template["survey_enabled"] == bool(survey), template
    for question in survey["spec"] if survey else []:
        assert question["variable"] in playbook.read_text(), question
        assert question["type"] != "multiselect" or question["choices"] == ["web", "video"], question

source = named("inventory_sources")["netslice decisions"]
assert (TOP / source["source_path"]).is_file() and source["source_path"].endswith(".netslice.yml") and source["credential"] == credential["id"], source

nodes = named("workflow_job_template_nodes")
approval = FOUND["lists"]["workflow_approval_templates"]
assert nodes["plan"]["unified_job_template"] == templates["netslice plan"]["id"]
assert nodes["apply"]["unified_job_template"] == templates["netslice reconcile"]["id"]
assert [str(nodes["approve"]["unified_job_template"])] == list(approval), approval
links = {name: [other for other, one in nodes.items() if one["id"] in linked("workflow_job_template_nodes", node, "success_nodes")]
         for name, node in nodes.items()}
assert links == {"plan": ["approve"], "approve": ["apply"], "apply": []}, links
schedule = named("schedules")["netslice passes"]
assert schedule["unified_job_template"] == templates["netslice reconcile"]["id"] and schedule["enabled"] is False, schedule
assert schedule["rrule"] == "DTSTART:20260101T000000Z RRULE:FREQ=MINUTELY;INTERVAL=10", schedule
