# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are replaced whole or not at all."""
from __future__ import annotations

import os

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils import files


def test_a_file_is_replaced_with_the_mode_asked_for(tmp_path):
    path = tmp_path / "one"
    path.write_bytes(b"old")
    files.replace(str(path), b"new", 0o600)
    assert path.read_bytes() == b"new" and os.stat(path).st_mode & 0o777 == 0o600
    files.replace(str(path), b"newer")
    assert os.stat(path).st_mode & 0o777 == 0o644 and os.listdir(tmp_path) == ["one"]


@pytest.mark.parametrize("fails", ["chmod", "replace", "fsync"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_on_the_way_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch, fails, error):
    path = tmp_path / "one"
    path.write_bytes(b"old")

    def fail(*_args):
        raise error
    monkeypatch.setattr(files.os, fails, fail)
    with pytest.raises(type(error)):
        files.replace(str(path), b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["one"]


def test_a_folder_that_is_not_there_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.replace(str(tmp_path / "no" / "one"), b"new")
