# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing to a registry: one writer, whole versions, going back, and what may go."""
from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("numpy", reason="the forecaster needs numpy")
pytest.importorskip("torch", reason="models are networks of torch")
pytest.importorskip("safetensors", reason="weights are safetensors")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import network, registry, training, versions, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput, ModelError

NET = training.new_net(network.Config(hidden=4, width=8), 1)


def fill(version, assigned=None):
    facts = {"name": "lstm-tuned", "reason": "promoted", "series": {"web/requests": {"batches": 0, "shares": [1.0]}},
             "assigned": assigned or {"web/requests": version}}
    return lambda folder: weights.save_model(folder, [NET], facts)


def refused(folder):
    weights.save_manifest(folder, {"name": "lstm-tuned", "reason": "kept the champion"})


@pytest.fixture()
def folder(tmp_path):
    """Versions 1 and 3 were promoted, 2 was not; 3 leaves web/requests to 1."""
    path = str(tmp_path)
    versions.add(path, "v0001", fill("v0001"), True)
    versions.add(path, "v0002", refused, False)
    versions.add(path, "v0003", fill("v0003", {"web/requests": "v0001"}), True)
    return path


def test_versions_are_added_whole_and_made_current(folder):
    assert registry.versions(folder) == ["v0001", "v0002", "v0003"] and registry.current_version(folder) == "v0003"
    assert versions.next_version(folder) == "v0004" and sorted(os.listdir(folder)) == ["current", "v0001", "v0002", "v0003"]


def test_what_fails_while_a_version_is_made_leaves_nothing(folder):
    def fail(stage):
        fill("v0004")(stage)
        raise ModelError("no")
    with pytest.raises(ModelError, match="no"):
        versions.add(folder, "v0004", fail, True)
    assert sorted(os.listdir(folder)) == ["current", "v0001", "v0002", "v0003"] and registry.current_version(folder) == "v0003"


@pytest.mark.parametrize("dies_at, current", [("rename", "v0003"), ("finish", "v0004")])
def test_a_writer_that_is_killed_is_finished_by_the_next(folder, monkeypatch, dies_at, current):
    class Killed(BaseException):
        """As kill -9 does: nothing that comes after runs."""

    def die(*_args):
        raise Killed
    with monkeypatch.context() as patched:
        patched.setattr(versions.shutil, "rmtree", lambda *_args, **_more: None)
        patched.setattr(versions.os if dies_at == "rename" else versions, dies_at, die)
        with pytest.raises(Killed):
            versions.add(folder, "v0004", fill("v0004"), True)
    assert registry.current_version(folder) == "v0003"
    assert versions.unfinished(folder) == (None if dies_at == "rename" else "v0004")
    with versions.locked(folder):
        versions.finish(folder)
    assert registry.current_version(folder) == current and versions.unfinished(folder) is None
    assert not [name for name in os.listdir(folder) if name.startswith(versions.STAGE)]


HOLD = """
import sys
sys.path[:0] = {path!r}
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import versions
with versions.locked(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_refused_until_the_first_has_died(folder):
    with subprocess.Popen([sys.executable, "-c", HOLD.format(path=sys.path), folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ModelError, match=rf"Cannot train into .*another training \(process {holder.pid}\)"):
            with versions.locked(folder):
                pass
        with pytest.raises(ModelError, match="another training"):
            versions.roll_back(folder, "v0001", True)
        holder.kill()
    with versions.locked(folder):
        pass


def test_going_back(folder):
    assert versions.roll_back(folder, "v0001", False)["changed"] and registry.current_version(folder) == "v0003"
    assert versions.roll_back(folder, "v0001", True) == {"changed": True, "current": "v0001", "before": "v0003", "reason": "chosen by hand"}
    assert not versions.roll_back(folder, "v0001", True)["changed"]


def test_going_back_is_possible_only_to_what_was_promoted_and_is_whole(folder):
    with pytest.raises(InvalidInput, match="v0002 .* was not promoted .*kept the champion.*v0001, v0003"):
        versions.roll_back(folder, "v0002", True)
    with pytest.raises(InvalidInput, match="no version 'v0009'"):
        versions.roll_back(folder, "v0009", True)
    with open(os.path.join(folder, "v0001", weights.WEIGHTS), "r+b") as file:
        file.write(b"\xff")
    with pytest.raises(ModelError, match="checksum"):
        versions.roll_back(folder, "v0001", True)
    assert registry.current_version(folder) == "v0003"


def test_going_back_leaves_a_damaged_current_version(folder):
    versions.set_current(folder, "v0009")
    assert versions.roll_back(folder, "v0001", True)["before"] is None and registry.current_version(folder) == "v0001"


@pytest.mark.parametrize("keep, gone", [(1, ["v0002"]), (2, []), (9, [])])
def test_only_versions_that_no_series_uses_may_go(folder, keep, gone):
    assert versions.unused(folder, keep) == gone
    versions.remove(folder, gone)
    assert registry.load_models(folder).member(("web", "requests")).version == "v0001"
    assert sorted(os.listdir(folder)) == sorted({"current", "v0001", "v0002", "v0003"} - set(gone))


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="Cannot write to the models of .*file.*Choose a models_path"):
        with versions.locked(str(tmp_path / "file")):
            pass
