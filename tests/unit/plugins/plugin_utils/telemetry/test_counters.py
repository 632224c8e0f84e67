# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings of counters to rates."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")
hypothesis = pytest.importorskip("hypothesis", reason="property tests need hypothesis")
st = hypothesis.strategies

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.cleaning import NANO
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.counters import row_rates

START, STEP = 1_767_600_000, 300
NAN = float("nan")


def rates(pairs, rows=4):
    """Rows of readings (seconds after START, value), and {kind: count} of what was told."""
    times = np.array([START + at for at, _value in pairs], np.int64) * NANO
    found, notes = row_rates(times, np.array([value for _at, value in pairs], float), START, rows, STEP)
    return found, {note.kind: note.count for note in notes}


@pytest.mark.parametrize("pairs, expected, told", [
    ([], [NAN] * 4, {}),
    ([(0, 5)], [NAN] * 4, {}),
    ([(0, 0), (300, 300), (600, 900), (900, 1800), (1200, 1800)], [1, 2, 3, 0], {}),
    ([(-150, 0), (150, 300), (450, 900), (750, 900), (1050, 1200)], [1.5, 1, 0.5, 1], {}),
    ([(0, 1000), (300, 1300), (600, 30), (900, 330), (1200, 630)], [1, NAN, 1, 1], {"counter_reset": 1}),
    ([(0, 1000), (300, 1300), (600, 1e12), (900, 1900), (1200, 2200)], [1, 1, 1, 1], {"counter_glitch": 1}),
    ([(0, 1000), (300, 1300), (600, 0), (900, 1900), (1200, 2200)], [1, 1, 1, 1], {"counter_glitch": 1}),
    ([(0, 2 ** 32 - 400), (300, 2 ** 32 - 100), (600, 200), (900, 500), (1200, 800)], [1, 1, 1, 1], {"counter_wrap": 1}),
    ([(0, 2 ** 32 - 400), (300, 2 ** 32 - 100), (600, 900_000_000), (900, 900_000_300), (1200, 900_000_600)], [1, NAN, 1, 1], {"counter_reset": 1}),
    ([(0, 2.0 ** 64 - 2 ** 21), (300, 2.0 ** 64 - 2 ** 20), (600, 0), (900, 2 ** 20), (1200, 2 ** 21)], [2 ** 20 / 300] * 4, {"counter_wrap": 1}),
    ([(0, 0), (60, 60), (120, 120), (180, 180), (240, 240), (300, 300), (1200, 1200)], [1, 1, 1, 1], {}),
    ([(0, 0), (60, 60), (120, 120), (180, 180), (240, 240), (300, 300), (1260, 9e5)], [1, NAN, NAN, NAN], {}),
], ids=["none", "one", "regular", "across rows", "reset", "glitch up", "glitch to zero", "32 bits", "near the end of 32 bits, not across", "64 bits", "bridged",
        "too far apart"])
def test_rates(pairs, expected, told):
    found, kinds = rates(pairs)
    np.testing.assert_allclose(found, expected)
    assert kinds == told


@hypothesis.given(st.lists(st.tuples(st.floats(0, 1000), st.integers(0, 9)), min_size=2, max_size=60))
@hypothesis.settings(deadline=None, max_examples=200, derandomize=True)
def test_a_counter_with_resets_never_counts_more_than_was_there(steps):
    """Steps of a minute with an increase each; where the second figure is 0 the counter starts anew before it."""
    pairs, value = [(0, 1e6)], 1e6
    for number, (increase, anew) in enumerate(steps):
        value = increase if anew == 0 else value + increase
        pairs.append((60 * (number + 1), value))
    found, _kinds = rates(pairs, rows=len(pairs) // 5 + 1)
    known = found[np.isfinite(found)]
    assert (known >= 0).all()
    young = max((value for _at, value in pairs[1:] if value < 1e6), default=0)  # what a counter may gain at once after it read zero
    assert (known <= (max(increase for increase, _anew in steps) + young) / 60 + 1e-6).all()
