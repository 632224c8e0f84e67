# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that bring trees back after a boot, run in a network namespace that has nothing, as after one."""
from __future__ import annotations

import os

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.substrate import change, demand, replay
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.netlink import Netlink
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.conftest import batch, run, tc
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.wishes import attachment, slice_class

pytestmark = pytest.mark.usefixtures("namespace")
TWO = (slice_class(range6="fd00:90:2::/64"), slice_class(17, 30, 50, ["10.90.3.2", "10.90.2.9"], cap=20))


def shape(state_dir, *rows, state="present"):
    """Commands of one run of the module on these attachments, with the scripts it leaves."""
    demand.check(rows)
    with Netlink() as netlink:
        changes = change.plan(netlink, rows, state, False)
        replay.forget(str(state_dir), changes)
        change.carry_out(netlink, changes, run)
        replay.store(str(state_dir), changes)
        return change.commands(changes)


def rows(*bridges):
    return [attachment(*TWO), attachment(*TWO, direction="ingress", bridges=bridges)]


def reboot(*bridges):
    """All devices anew."""
    batch("ip", "".join(f"link del dev {name}\n" for name in devices() if name not in ("lo", "up1")))
    batch("ip", "link add up0 type veth peer name up1\nlink set up0 up\nlink set up1 up\n")
    batch("ip", "".join(f"link add {bridge} type bridge\nlink set {bridge} up\n" for bridge in bridges))


def devices():
    return [line.split()[0].split("@")[0] for line in run(["ip", "-br", "link"])[1].splitlines()]


def again(state_dir):
    return run(["sh", f"{state_dir}/qos/replay"])


@pytest.mark.parametrize("bridges", [(), ("nsb16", "nsb17")])
def test_one_command_brings_back_all_that_a_run_would_make(tmp_path, bridges):
    reboot(*bridges)
    assert shape(tmp_path, *rows(*bridges))
    reboot(*bridges)
    assert again(tmp_path) == (0, "", "")
    assert shape(tmp_path, *rows(*bridges)) == [], "the next pass finds nothing to do"
    before = run(["tc", "qdisc", "show"])
    assert again(tmp_path) == (0, "", "")
    assert run(["tc", "qdisc", "show"]) == before
    assert shape(tmp_path, *rows(*bridges), state="absent")
    assert run(["tc", "qdisc", "show"])[1].count("htb") == 0
    assert os.listdir(tmp_path) == ["apply.lock"]


def test_the_script_of_an_attachment_that_goes_goes_alone(tmp_path):
    shape(tmp_path, *rows())
    shape(tmp_path, attachment(direction="ingress"))
    assert sorted(os.listdir(tmp_path / "qos")) == ["replay", "up0.egress"]
    shape(tmp_path, *rows())
    assert sorted(os.listdir(tmp_path / "qos")) == ["replay", "up0.egress", "up0.ingress"]


def test_a_script_that_is_lost_or_of_another_attachment_is_written_again(tmp_path):
    shape(tmp_path, *rows())
    text = (tmp_path / "qos" / "up0.egress").read_text()
    for damage in (lambda path: path.unlink(), lambda path: path.write_text("#!/bin/sh\n# attachment sha256:0\n")):
        damage(tmp_path / "qos" / "up0.egress")
        assert shape(tmp_path, *rows()) == []
        assert (tmp_path / "qos" / "up0.egress").read_text() == text


def test_a_root_of_somebody_else_stays_and_is_told(tmp_path):
    shape(tmp_path, *rows())
    reboot()
    tc("qdisc add dev up0 root handle 1: htb")
    status, _output, error = again(tmp_path)
    assert status == 1 and "Cannot bring back the shaping of egress of up0: somebody else shapes up0" in error
    found = run(["tc", "qdisc", "show"])[1]
    assert "qdisc htb 1: dev up0" in found and found.count("htb 51ce:") == 1, "ingress is back all the same"


def test_a_tree_that_is_refused_goes_again(tmp_path):
    shape(tmp_path, *rows())
    path = tmp_path / "qos" / "up0.egress"
    path.write_text(path.read_text().replace("parent 51ce:1 classid 51ce:10 ", "parent 51ce:1 classid 51ce:10 nonsense "))
    reboot()
    status, _output, error = again(tmp_path)
    assert status == 1 and "its tree is refused" in error
    assert "htb" not in run(["tc", "qdisc", "show", "dev", "up0"])[1]


def test_a_missing_device_is_told(tmp_path):
    shape(tmp_path, *rows())
    batch("ip", "link del dev up0\n")
    status, _output, error = again(tmp_path)
    assert status == 1 and error.count("this host has no such device now") == 2


def test_a_bridge_that_does_not_come_is_told_and_the_others_are_shaped(tmp_path):
    reboot("nsb16", "nsb17", "nsb18")
    shape(tmp_path, *rows("nsb16", "nsb17", "nsb18"))
    path = tmp_path / "qos" / "up0.ingress"
    path.write_text(path.read_text().replace("seconds=10", "seconds=2"))
    reboot("nsb16", "nsb18")
    status, _output, error = again(tmp_path)
    assert status == 1 and "there is no nsb17 yet" in error
    assert [bool(run(["tc", "filter", "show", "dev", bridge, "egress"])[1]) for bridge in ("nsb16", "nsb18")] == [True, True]


def test_what_a_killed_run_left_goes_with_the_trees(tmp_path):
    shape(tmp_path, *rows())
    with Netlink() as netlink:
        replay.forget(str(tmp_path), change.plan(netlink, rows(), "absent", False))
    assert os.listdir(tmp_path) == []
    (tmp_path / "qos").mkdir()
    (tmp_path / "qos" / ".up0.egress.netslice-new").write_text("half")
    shape(tmp_path, *rows(), state="absent")
    assert os.listdir(tmp_path) == []
