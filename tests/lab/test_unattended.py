# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconciler alone with a few faults; make unattended does it for fifty passes."""
from __future__ import annotations

import lab as labs
import pytest
import unattended


def test_faults_are_noticed_and_lose_nothing(tmp_path):
    lacks = labs.lacking()
    if lacks:
        pytest.skip(f"a lab needs {'; '.join(lacks)}")
    result = unattended.campaign(tmp_path, 5, ["wrong_url", "no_libvirt", "killed_reconciler"])
    assert result["broken"] == []
    assert result["passes"] >= 5 and result["faults"] and result["points"] >= 3
