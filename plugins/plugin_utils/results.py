# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a task may return."""
from __future__ import annotations

import json

#: of a result, less than the 700,000 characters above which AWX drops the event of a task
RESULT_CHARACTERS = 600_000


def within(items: list, characters: int) -> list:
    """The first of the items that have so many characters of JSON together at most."""
    total = 0
    for place, item in enumerate(items):
        total += len(json.dumps(item)) + 2
        if total > characters:
            return items[:place]
    return items
