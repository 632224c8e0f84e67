# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs are given text and a deadline; what they answer need not be text in the locale of the module."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.vips.process import run


def test_text_goes_in_and_comes_out():
    assert run(["cat"], data="größer\n") == (0, "größer\n", "")
    assert run(["printf", "\\377x"])[1] == "\N{REPLACEMENT CHARACTER}x"
    assert run(["cat"]) == (0, "", "")


def test_one_that_hangs_is_ended():
    with pytest.raises(HostError, match="Cannot finish sleep 9: it did not end within 0.1 s"):
        run(["sleep", "9"], timeout=0.1)


def test_one_that_is_not_there_is_named():
    with pytest.raises(HostError, match="Cannot run no-such-program: it is not installed"):
        run(["no-such-program"])
