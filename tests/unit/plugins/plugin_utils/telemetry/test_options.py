# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the connection options come from."""
from __future__ import annotations

import pytest
import yaml

from ansible_collections.foresight.netslice.plugins.doc_fragments.influxdb import ModuleDocFragment
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import options as module
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import (
    CONNECTION_SPEC, DEFAULTS, checked, plugin_connection, template_options)


class Templar:
    """Replaces one known expression."""

    @staticmethod
    def template(value):
        return "templated" if value == "{{ secret }}" else value


@pytest.fixture(autouse=True)
def ini(tmp_path, monkeypatch):
    for name in DEFAULTS:
        monkeypatch.delenv(f"NETSLICE_{name.upper()}", raising=False)
    path = tmp_path / "ansible.cfg"
    path.write_text("[defaults]\nforks = 5\n")
    monkeypatch.setattr(module.constants, "CONFIG_FILE", str(path))
    return path


def test_order(ini, monkeypatch):
    args, variables = {}, {}

    def token():
        return plugin_connection(args, variables, Templar)["influxdb_token"]

    assert token() is None
    ini.write_text("[netslice]\ninfluxdb_token = from-ini%\n")
    assert token() == "from-ini%"
    monkeypatch.setenv("NETSLICE_INFLUXDB_TOKEN", "from-environment")
    assert token() == "from-environment"
    variables["netslice_influxdb_token"] = "{{ secret }}"
    assert token() == "templated"
    args["influxdb_token"] = "explicit"
    assert token() == "explicit"
    args["influxdb_token"], variables["netslice_influxdb_token"] = None, ""
    assert token() == "from-environment"


def test_defaults_and_types(monkeypatch):
    assert plugin_connection({}, {}, Templar) == DEFAULTS
    monkeypatch.setenv("NETSLICE_INFLUXDB_VALIDATE_CERTS", "no")
    monkeypatch.setenv("NETSLICE_INFLUXDB_TIMEOUT_SECONDS", "2.5")
    found = plugin_connection({}, {"netslice_influxdb_url": "https://192.0.2.5:8086"}, Templar)
    assert found["influxdb_validate_certs"] is False and found["influxdb_timeout_seconds"] == 2.5
    monkeypatch.setattr(module.constants, "CONFIG_FILE", None)
    assert plugin_connection({}, {}, Templar)["influxdb_bucket"] == "telemetry"


def test_options_of_a_lookup_are_templated():
    given = {"influxdb_token": "{{ secret }}", "influxdb_bucket": None, "influxdb_url": "", "influxdb_dialect": ""}
    assert template_options(given, Templar) == {**DEFAULTS, "influxdb_token": "templated"}


@pytest.mark.parametrize("name, value", [("influxdb_url", "192.0.2.5:8086"), ("influxdb_dialect", "sql"), ("influxdb_timeout_seconds", "soon"),
                                         ("influxdb_timeout_seconds", 0), ("influxdb_validate_certs", "perhaps")])
def test_refusals(name, value):
    with pytest.raises(InvalidInput, match=name):
        checked({name: value})


@pytest.mark.parametrize("variant", ["DOCUMENTATION", "MODULE"])
def test_documentation_agrees(variant):
    documented = yaml.safe_load(getattr(ModuleDocFragment, variant))["options"]
    assert list(documented) == list(DEFAULTS) == list(CONNECTION_SPEC)
    for name, entry in documented.items():
        assert entry["type"] == CONNECTION_SPEC[name]["type"] and entry.get("choices") == CONNECTION_SPEC[name].get("choices")
        if variant == "DOCUMENTATION":
            assert entry.get("default") == DEFAULTS[name]
            assert entry["vars"] == [{"name": f"netslice_{name}"}] and entry["env"] == [{"name": f"NETSLICE_{name.upper()}"}]
