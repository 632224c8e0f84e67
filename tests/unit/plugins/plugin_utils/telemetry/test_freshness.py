# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on a series."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.freshness import Freshness, assess, worst
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

AS_OF = 1_767_600_000
DAY = 288


def series(values, age=300):
    values = np.array(values, float)
    return Series("web", "cpu", "cores", 300, AS_OF - 300 * len(values), values, None if age is None else AS_OF - age)


@pytest.mark.parametrize("values, age, verdict", [
    (np.ones(2 * DAY), 300, "ok"),
    (np.ones(2 * DAY), 900, "ok"),
    (np.ones(2 * DAY), 901, "stale"),
    (np.full(2 * DAY, np.nan), None, "missing"),
    (np.full(2 * DAY, np.nan), 10, "cold"),
    (np.r_[np.full(DAY, np.nan), np.ones(DAY)], 300, "ok"),
    (np.r_[np.full(DAY + 1, np.nan), np.ones(DAY - 1)], 300, "cold"),
    (np.r_[np.ones(DAY), np.tile([1, np.nan], DAY // 2)], 300, "gappy"),
    (np.r_[np.tile([1, np.nan], DAY // 2), np.ones(DAY)], 300, "ok"),
    (np.r_[np.ones(2 * DAY - 4), np.full(4, np.nan)], 1300, "stale"),
    (np.r_[np.full(DAY, np.nan), np.ones(DAY // 2)], 1300, "stale"),
], ids=["full", "at the limit", "too old", "none", "only a point after the rows", "a day", "less than a day", "half of the last day",
        "gaps before the last day", "ended", "stale beats cold"])
def test_verdict(values, age, verdict):
    assert assess(series(values, age), AS_OF, 900).verdict == verdict


def test_figures():
    values = np.r_[np.full(DAY, np.nan), np.ones(DAY), [np.nan, 4.0]]
    assert assess(series(values, 60), "2026-01-05T08:00:00Z", 900) == Freshness("ok", 60, (DAY - 1) / DAY, (DAY + 2) * 300, 4.0, AS_OF - 60)
    assert assess(series([np.nan, 1.0, np.nan, 3.0]), AS_OF, 900) == Freshness("cold", 300, 2 / 3, 900, 3.0, AS_OF - 300)


@pytest.mark.parametrize("verdicts, expected", [
    (["ok", "cold"], "cold"), (["stale", "missing", "ok"], "missing"), (["gappy", "cold"], "gappy"), ([], "missing")])
def test_worst(verdicts, expected):
    assert worst(verdicts) == expected
