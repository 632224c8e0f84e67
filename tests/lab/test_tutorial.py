# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tutorial as a new user goes through it: its files and commands in order, on bare hosts of a fresh lab, with the output it shows; then other pages."""
from __future__ import annotations

import json

import influx
import lab as labs
import pytest
from tutorial_lab import COLLECTION, Controller

TOKENS = f"{influx.TOKEN}\n{influx.TOKEN}\n"
#: the same shell later: its tokens, and demand up to now
LATER = f"export NETSLICE_INFLUXDB_TOKEN={influx.TOKEN} NETSLICE_COLLECTOR_TOKEN={influx.TOKEN}\npython demand.py"
#: what a reader does in the same place after the tutorial, in this order
PAGES = ("queries.md", "images.md")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A lab of two bare hypervisors with real guests and InfluxDB 2."""
    lacks = labs.lacking()
    if lacks:
        pytest.skip(f"a lab needs {'; '.join(lacks)}")
    try:
        influx.find("2")
    except influx.NoServer as error:
        pytest.skip(str(error))
    with labs.Lab(tmp_path_factory.mktemp("lab"), influxdb="2", link_mbit=900) as lab:
        yield lab


def test_the_tutorial_as_printed(fresh, tmp_path):
    with Controller(fresh, tmp_path) as controller:
        beside = controller.directory / "inventory" / "lab.yml"
        beside.parent.mkdir()
        beside.write_text(controller.lab_inventory())
        failures = controller.go_through(COLLECTION / "docs" / "tutorial.md", timeout=1800, secrets=TOKENS)
        assert failures == [], "\n".join(failures)
        for page in PAGES:
            failures = controller.go_through(COLLECTION / "docs" / page, timeout=1200, before=LATER)
            assert failures == [], "\n".join(failures)

    for name in ("slices.html", "backtest.html", "replay.html"):
        assert (controller.directory / name).stat().st_size > 1000
    for hypervisor in fresh.hypervisors.values():
        running = hypervisor.run("virsh", "--connect", "qemu:///system", "list", "--name").split()
        assert running == [], "what was dissolved must be gone"
        written = json.loads(hypervisor.run("cat", "/etc/netslice-collector.json"))
        assert written["host"] == hypervisor.host
