# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every block of the documentation is run by a test in the lab, or is checked here by its kind and stands below with the reason why it is not run."""
from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.lab.printed import blocks
from ansible_collections.foresight.netslice.tests.unit.test_documentation import TOP, constants

PAGES = sorted([TOP / "README.md", *(TOP / "docs").glob("*.md"), *(TOP / "roles").glob("*/README.md"), TOP / "examples" / "README.md"])
#: pages whose commands and files tests/lab/test_tutorial.py goes through, in this order
GONE_THROUGH = ("docs/tutorial.md", "docs/queries.md", "docs/images.md")
#: (page, begin of the block): where it is run otherwise, or why it is not
ELSEWHERE = {
    ("README.md", "- name: Keep the slice web"): "run by tests/lab/test_readme.py",
    ("README.md", "ansible-galaxy collection install"): "run by tests/lab/test_tutorial.py as the first command of the tutorial",
    ("docs/backtest.md", "ansible-playbook foresight.netslice.backtest -e"): "the tutorial runs the same playbook, with fewer files",
    ("docs/backtest.md", "ansible-playbook foresight.netslice.backtest --tags"): "the target slice_plan and the replay's own tests run the objective",
    ("docs/disaster.md", "ansible-playbook foresight.netslice.doctor"): "the tutorial runs the same, and test_disaster.py tries the rest of the page",
    ("docs/disaster.md", "ansible-playbook foresight.netslice.prepare"): "the tutorial runs both, and test_disaster.py has a host come back empty",
    ("docs/troubleshooting.md", "ansible-playbook foresight.netslice.doctor"): "the tutorial runs it",
    ("docs/feedback.md", "ansible-playbook foresight.netslice.feedback"): "the target slice_feedback runs what that playbook does",
    ("docs/policy.md", "ansible-playbook foresight.netslice.explain"): "the tutorial runs it without an instant of the past",
    ("docs/operations.md", "ansible-inventory -i web.netslice.yml"): "the target inventory_slices runs it",
    ("docs/operations.md", "export CONTROLLER_HOST"): "needs an AWX controller; the target awx_kit runs setup.yml against an imitation",
    ("docs/operations.md", "export NETSLICE_INFLUXDB_URL"): "runs until it is stopped; the target eda_demand_shift runs the rulebook",
    ("roles/reconciler/README.md", "/opt/ansible/bin/python"): "runs until it is stopped; the target role_reconciler runs it",
    ("roles/slice_manager/README.md", "ansible-playbook foresight.netslice.plan"): "the target approval runs both",
    ("docs/architecture.md", "guests, hosts, links"): "a drawing",
    ("docs/architecture.md", "# telemetry/series.py"): "signatures, no program",
}
BASE = {"name": "web", "vm": {"memory_mib": 512, "serves": {"requests": 50}, "image": {"kernel": "/k"}}, "scaling": {}, "network": {"range": "10.90.2.0/24"}}
ALL = [(str(page.relative_to(TOP)), block) for page in PAGES for block in blocks(page)]
TEXTS = "\n".join(path.read_text(encoding="utf-8") for folder in ("playbooks", "roles", "extensions", "examples", "plugins/doc_fragments", "plugins/modules")
                  for path in (TOP / folder).rglob("*") if path.suffix in (".yml", ".py"))
KNOWN = set(re.findall(r"\b[a-z][a-z0-9]*_[a-z0-9_]+\b", TEXTS))


def of(*languages: str) -> list:
    return [pytest.param(page, block, id=f"{page}:{block.line}") for page, block in ALL if block.language in languages]


def merged(base: dict, more: dict) -> dict:
    """A dictionary with another one laid over it; an image is the one or the other."""
    return {**base, **{key: merged(base[key], value) if key != "image" and isinstance(value, dict) and isinstance(base.get(key), dict) else value
                       for key, value in more.items()}}


def plays_of(document) -> list:
    return document if isinstance(document, list) and isinstance(document[0], dict) and {"hosts", "ansible.builtin.import_playbook"} & set(document[0]) else []


def test_blocks_are_run_or_listed():
    open_ones = [f"{page}:{block.line}" for page, block in ALL if block.language in ("console", "", "python") and page not in GONE_THROUGH
                 and not any(page == at and block.text.startswith(begin) for at, begin in ELSEWHERE)]
    assert open_ones == []


def test_nothing_is_listed_that_is_gone():
    assert [key for key in ELSEWHERE if not any(page == key[0] and block.text.startswith(key[1]) for page, block in ALL)] == []
    assert [page for page in GONE_THROUGH if not (TOP / page).exists()] == []


def test_languages_are_known():
    assert {block.language for _page, block in ALL} <= {"", "console", "ini", "json", "python", "yaml"}


@pytest.mark.parametrize("page, block", of("console"))
def test_commands(page, block):
    assert subprocess.run(["bash", "-n"], input=block.text, text=True, capture_output=True, check=False).stderr == ""
    for name in re.findall(r"ansible-playbook [^|\n]*?foresight\.netslice\.(\w+)", block.text):
        assert (TOP / "playbooks" / f"{name}.yml").is_file(), name
    given = re.findall(r"-e '?(?:\{\")?([a-z_0-9]+)[=\"]", block.text)
    assert [name for name in given if name not in KNOWN] == []


@pytest.mark.parametrize("page, block", of("json", "ini", "python"))
def test_data_and_programs(page, block):
    if block.language == "ini":
        configparser.ConfigParser().read_string(block.text)
    elif block.language == "json":
        json.loads(f"{{{block.text}}}" if block.text.startswith('"') else block.text)
    elif not any(page == at and block.text.startswith(begin) for at, begin in ELSEWHERE):
        compile(block.text, page, "exec")


@pytest.mark.parametrize("page, block", of("yaml"))
def test_documents_say_only_what_is_understood(page, block):
    document = yaml.safe_load(block.text)
    if plays_of(document):
        for play in document:
            assert [name for name in play.get("vars", {}) if name not in KNOWN] == []
            for role in play.get("roles", []):
                specs = yaml.safe_load((TOP / "roles" / role["role"].rpartition(".")[2] / "meta" / "argument_specs.yml").read_text())["argument_specs"]
                options = {name for entry in specs.values() for name in entry.get("options", {})} | {"role", "tasks_from", "vars", "become"}
                assert set(role) - options == set()
    elif isinstance(document, list):
        validate_slices(document)
    elif "collections" in document:
        assert document["collections"][0]["name"] == "foresight.netslice"
    elif "plugin" in document:
        options = yaml.safe_load(constants(TOP / "plugins" / "inventory" / "slices.py")["DOCUMENTATION"])["options"]
        assert {name for name in document if not name.startswith("influxdb_")} - set(options) == set()
    elif isinstance(document.get("netslice_slices"), str):
        filters = re.findall(r"foresight\.netslice\.(\w+)", document["netslice_slices"])
        assert [name for name in filters if not (TOP / "plugins" / "filter" / f"{name}.py").is_file()] == []
    elif "netslice_slices" in document:
        validate_slices([merged({**BASE, "name": one["name"]}, one) for one in document["netslice_slices"]])
    elif set(document) <= set(validate_slices([BASE])[0]):
        validate_slices(fragment(document))
    else:
        assert [name for name in document if name not in KNOWN] == []


def fragment(document: dict) -> list:
    """Slices of which the first is a common one with some keys laid over it, and the others are those that it names."""
    one = merged({**BASE, "scaling": {"max": 40}}, document)
    one.get("telemetry", {}).get("resources", {}).setdefault("requests", {"field": "requests_per_second", "unit": "1/s"})
    others = {name for key in ("with", "apart") for name in one.get("placement", {}).get(key, [])}
    others |= {flow["from"] for flow in one.get("flows", [])}
    return [one, *({**BASE, "name": name, "network": {"range": f"10.91.{number}.0/24"}} for number, name in enumerate(sorted(others)))]


def test_plays_are_of_sound_syntax(tmp_path):
    files = []
    for number, (page, block) in enumerate(ALL):
        if block.language == "yaml" and plays_of(yaml.safe_load(block.text)):
            files.append(tmp_path / f"{page.replace('/', '-')}-{number}.yml")
            files[-1].write_text(block.text)
    assert len(files) >= 10
    root = Path(__file__).resolve().parents[5]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(root), "ANSIBLE_LOCAL_TEMP": str(tmp_path), "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1",
                   "ANSIBLE_HOST_PATTERN_MISMATCH": "ignore"}
    done = subprocess.run([sys.executable, "-m", "ansible.cli.playbook", "--syntax-check", "-i", "localhost,", *map(str, files)], capture_output=True,
                          text=True, check=False, timeout=120, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_slices_of_the_sample_are_valid_in_every_mode():
    slices = yaml.safe_load((TOP / "examples" / "inventory" / "group_vars" / "hypervisors" / "slices.yml").read_text(encoding="utf-8"))["netslice_slices"]
    for mode in ("forecast_only", "scale_out_only", "enforce", "paused"):
        image = {"volume": "debian-12.qcow2", "pool": "netslice", "format": "qcow2"}
        filled = [merged(one, {"scaling": {"mode": mode}, "vm": {"image": image, "user_data": "user-data.j2"}}) for one in slices]
        assert [one["scaling"]["mode"] for one in validate_slices(filled)] == [mode] * 3
