# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a task may return."""
from __future__ import annotations

import json

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.results import within


@pytest.mark.parametrize("items, characters, kept", [
    ([], 0, []), (["abc"], 6, []), (["abc"], 7, ["abc"]), (["abc", "d"], 11, ["abc"]), (["abc", "d"], 12, ["abc", "d"]), (["abcdef", "d"], 7, []),
])
def test_the_first_items_that_fit_are_kept(items, characters, kept):
    assert within(items, characters) == kept
    assert not kept or len(json.dumps(kept)) <= characters
