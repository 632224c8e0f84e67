# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers of both versions, each started once, and the collector that runs on hosts."""
from __future__ import annotations

import importlib.util
import sys
import uuid
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(TESTS / "lab"))

from influx import Influx, NoServer

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked

COLLECTOR = TESTS.parent / "roles" / "telemetry" / "files" / "netslice-collector.py"


def _serve(version):
    try:
        with Influx(version) as server:
            yield server
    except NoServer as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="session")
def influx1():
    yield from _serve("1")


@pytest.fixture(scope="session")
def influx2():
    pytest.importorskip("influxdb_client", reason="influxdb-client is not installed")
    yield from _serve("2")


@pytest.fixture(params=["influxql", "flux"])
def server(request):
    """A running server of each dialect."""
    return request.getfixturevalue("influx1" if request.param == "influxql" else "influx2")


@pytest.fixture
def options(server):
    """The connection options of the server."""
    return checked({**server.options, "influxdb_timeout_seconds": 20})


@pytest.fixture
def client(options):
    pytest.importorskip("numpy", reason="numpy is not installed")
    with connect(options) as found:
        yield found


@pytest.fixture
def measurement():
    """A name no other test uses."""
    return "demand_" + uuid.uuid4().hex


@pytest.fixture(scope="module")
def collector():
    sys.path.insert(0, str(COLLECTOR.parent))  # as for a script that is run
    spec = importlib.util.spec_from_file_location("netslice_collector", COLLECTOR)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(COLLECTOR.parent))
    return module
