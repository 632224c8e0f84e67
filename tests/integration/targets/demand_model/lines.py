# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fail unless a log of a training has a line at least every ten seconds, each with the series and the step it is at."""
from __future__ import annotations

import re
import sys

LINE = re.compile(r"^demand_model: (\S.*?): (\S.*) \((\d+) s\)$")

with open(sys.argv[1], encoding="utf-8") as log:
    found = [LINE.match(line.rstrip()) for line in log if line.startswith("demand_model: ")]
assert len(found) >= 2 and all(found), found
times = [int(match[3]) for match in found]
assert max(later - earlier for earlier, later in zip(times, times[1:])) <= 10, times
assert any("batch/requests" in match[1] for match in found) and any(re.search(r"batch \d+ of \d+, loss", match[2]) for match in found), found
print(f"{len(times)} lines in {times[-1]} s")
