# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of the curves of a pass, and those that passes left which were killed."""
from __future__ import annotations

import os
import time

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.curves import PASSING, forget_passing, write_curves


@pytest.mark.parametrize("name, forgotten", ((f"{PASSING}new.json", True), ("curves.json", False)))
def test_what_passes_left_that_were_killed_is_removed_by_a_later_one(tmp_path, name, forgotten):
    """But not what may be of a pass at work, what has another name, nor what a link points to; and nothing where a person named the file."""
    old = time.time() - 90000
    for one in (f"{PASSING}killed.json", "netslice-other.json", f"{PASSING}x.txt", "target.json"):
        (tmp_path / one).write_text("{}")
        os.utime(tmp_path / one, (old, old))
    (tmp_path / f"{PASSING}at_work.json").write_text("{}")
    (tmp_path / f"{PASSING}link.json").symlink_to(tmp_path / "target.json")
    os.utime(tmp_path / f"{PASSING}link.json", (old, old), follow_symlinks=False)
    before = {one.name for one in tmp_path.iterdir()}
    write_curves(str(tmp_path / name), "2026-01-05T08:00:00Z", [])
    assert before - {one.name for one in tmp_path.iterdir()} == ({f"{PASSING}killed.json"} if forgotten else set())
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_a_file_is_kept_that_a_person_named(tmp_path):
    for name in ("curves.json", f"{PASSING}0.json"):
        write_curves(str(tmp_path / name), "2026-01-05T08:00:00Z", [])
        forget_passing(str(tmp_path / name))
    assert [one.name for one in tmp_path.iterdir()] == ["curves.json"]
    with pytest.raises(NetsliceError, match="Cannot remove the forecast curves of this pass at .*0.json"):
        forget_passing(str(tmp_path / f"{PASSING}0.json"))
