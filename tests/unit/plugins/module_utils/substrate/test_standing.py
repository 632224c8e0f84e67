# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host still has as it was last asked for: trees in a network namespace, networks of libvirt's test driver."""
from __future__ import annotations

import json
import os
import shutil
import types

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils import asked
from ansible_collections.foresight.netslice.plugins.module_utils.pool import networks, standing
from ansible_collections.foresight.netslice.plugins.module_utils.pool.connection import Connection
from ansible_collections.foresight.netslice.plugins.module_utils.substrate import change, replay
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.netlink import Netlink
from ansible_collections.foresight.netslice.plugins.module_utils.vips import isolation
from ansible_collections.foresight.netslice.plugins.modules import slice_qos
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.conftest import run, tc
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.wishes import attachment, slice_class

WEB = {"slice": "web", "id": 16, "want": "present", "range": "10.90.2.0/24", "prefix": "10.90.2.0/29", "mode": "routed", "mtu": 1500}
NETWORKS = asked.of_networks([WEB], [{"slice": "web", "range": "10.90.2.0/24"}], [], [], [{"device": "up0"}])
ROWS = [attachment(slice_class()), attachment(slice_class(), direction="ingress")]


@pytest.fixture(name="host")
def fixture_host():
    """A node of libvirt's test driver, which nothing outlives."""
    with Connection("test:///default") as connection:
        yield connection


def make(state_dir, host):
    """What slice_networks and slice_qos do that are asked for NETWORKS and ROWS."""
    isolation.apply(host, state_dir, isolation.plan(host, networks.inspect(host), [], {**NETWORKS, "state_dir": state_dir}))
    asked.remember(state_dir, asked.NETWORKS, NETWORKS)
    with Netlink() as netlink:
        changes = change.plan(netlink, ROWS, "present", False)
        change.carry_out(netlink, changes, run)
        replay.store(state_dir, changes)
    asked.remember(state_dir, asked.ATTACHMENTS, ROWS)


def shape(state_dir, rows, state="present"):
    """A run of slice_qos."""
    share = {"as_of": None, "expires_at": None, "live": False}
    params = {"attachments": rows, "state": state, "takeover": False, "state_dir": state_dir, **share}
    slice_qos.converge(types.SimpleNamespace(
        params=params, check_mode=False, _diff=False, warn=lambda _text: None, get_bin_path=lambda name, opt_dirs: shutil.which(name),
        run_command=lambda argv, data="", binary_data=True: run(argv, data)))


def marks(state_dir, host):
    return standing.marks(host, networks.inspect(host), [], state_dir)


def test_a_host_that_was_never_asked_tells_of_nothing(tmp_path, host):
    assert marks(str(tmp_path), host) == {}


@pytest.mark.usefixtures("namespace")
def test_all_stands_until_it_is_touched(tmp_path, host):
    make(str(tmp_path), host)
    whole = {"networks": asked.mark(NETWORKS), "attachments": asked.mark(ROWS)}
    assert marks(str(tmp_path), host) == whole
    tc("class change dev up0 parent 51ce:1 classid 51ce:10 htb rate 1mbit ceil 2mbit")
    assert marks(str(tmp_path), host) == {"networks": whole["networks"]}
    host.handle.networkLookupByName("netslice-web").destroy()
    assert marks(str(tmp_path), host) == {}
    make(str(tmp_path), host)
    assert marks(str(tmp_path), host) == whole


@pytest.mark.usefixtures("namespace")
def test_a_lost_script_or_filter_is_for_slice_qos_to_put_right(tmp_path, host):
    make(str(tmp_path), host)
    (tmp_path / "qos" / "up0.ingress").unlink()
    assert set(marks(str(tmp_path), host)) == {"networks"}
    make(str(tmp_path), host)
    tc("filter del dev up0 parent 51ce:")
    assert set(marks(str(tmp_path), host)) == {"networks"}


@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize("going", [{"rows": [attachment(), attachment(direction="ingress")]}, {"rows": ROWS, "state": "absent"}])
def test_what_was_asked_for_goes_with_the_last_tree(tmp_path, host, going):
    shape(str(tmp_path), ROWS)
    assert marks(str(tmp_path), host) == {"attachments": asked.mark(ROWS)}
    shape(str(tmp_path), **going)
    assert os.listdir(tmp_path) == ["apply.lock"] and marks(str(tmp_path), host) == {}


@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize("text", ["{", "[1]", '{"networks": [{"slice": "web"}]}', "[]"])
def test_what_cannot_be_read_stands_for_nothing(tmp_path, host, text):
    make(str(tmp_path), host)
    (tmp_path / "asked-networks.json").write_text(text)
    assert set(marks(str(tmp_path), host)) == {"attachments"}


@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize("change", [{"device": 5}, {"rate_mbit": "fast"}, {"rate_mbit": float("nan")}, {"classes": ["web"]}, {"bridges": 3}])
def test_attachments_of_another_version_stand_for_nothing(tmp_path, host, change):
    make(str(tmp_path), host)
    (tmp_path / "asked-attachments.json").write_text(json.dumps([dict(ROWS[1], **change)]))
    assert set(marks(str(tmp_path), host)) == {"networks"}


@pytest.mark.parametrize("change", [{"prefix": "10.90.2.0"}, {"range": 7}, {"mtu": "large"}, {"id": "x"}])
def test_networks_of_another_version_stand_for_nothing(tmp_path, host, change):
    asked.remember(str(tmp_path), asked.NETWORKS, {**NETWORKS, "networks": [dict(WEB, **change)]})
    assert marks(str(tmp_path), host) == {}
