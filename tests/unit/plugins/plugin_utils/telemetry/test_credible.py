# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that can be believed: spikes, units, and what only looks like them."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")
hypothesis = pytest.importorskip("hypothesis", reason="property tests need hypothesis")
st = hypothesis.strategies

from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.telemetry.dirty import DAY, ROWS, office

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.credible import believe

CLEAN = office()
NIGHT = np.where(np.arange(ROWS) % DAY < DAY // 2, 0.001, 1.0) * np.linspace(1, 1.2, ROWS)


def kinds(values, step=300):
    found = believe(np.asarray(values, float), 0, step)
    return {note.kind: note.count for note in found.notes}, found


def changed(rows, by, values=CLEAN):
    values = values.copy()
    values[rows] *= by
    return values


@pytest.mark.parametrize("values, told", [
    (CLEAN, {}),
    (np.where(np.random.default_rng(2).random(ROWS) < 0.01, 30.0, 0.0), {}),
    (np.where(np.arange(ROWS) % DAY == 40, 1.0, 0.001), {}),
    (np.where((np.arange(ROWS) % DAY > 40) & (np.arange(ROWS) % DAY < 70), 1.0, 0.001), {}),
    (NIGHT, {}),
    (np.random.default_rng(3).lognormal(0, 3, ROWS), {}),
    (changed(slice(500, 503), 1000), {}),
    (changed(500, 30), {}),
    (changed([500, 900], 1000), {"spike": 2}),
    (changed(np.random.default_rng(4).choice(ROWS - 1, 20, replace=False), 1000), {"spike": 20}),
    (changed(ROWS - 1, 1000), {"spike_now": 1}),
    (changed(slice(500, ROWS), 1000), {"unit_up": ROWS - 500}),
    (changed(slice(ROWS - 2, ROWS), 1000), {}),
    (changed(slice(500, ROWS), 1e-6), {"unit_down": ROWS - 500}),
    (changed(slice(ROWS - 1, ROWS), 1e-3), {"unit_down": 1}),
    (changed(slice(500, 600), 1000), {"unit_excursion": 100}),
    (changed(slice(100, ROWS - 50), 1000), {"unit_down": 50}),
], ids=["clean", "rare events", "a job of one row each day", "a job of two hours each day", "nights a thousandth of days", "wild", "a burst of three rows",
        "a row of 30x", "two spikes", "twenty spikes", "a spike now", "up", "up for two rows", "down twice", "down for a row", "away and back",
        "back from what was usual"])
def test_what_is_told(values, told):
    assert kinds(values)[0] == told


def test_one_unit_keeps_the_shape():
    _told, found = kinds(changed(slice(1000, ROWS), 1000))
    np.testing.assert_allclose(found.learnt, CLEAN * 1000)
    np.testing.assert_allclose(found.seen[:1000], CLEAN[:1000])
    assert not found.suspect
    _told, found = kinds(changed(slice(1000, ROWS), 1e-3))
    np.testing.assert_allclose(found.learnt, CLEAN / 1000)
    assert found.suspect


def test_a_row_in_which_the_unit_changed_is_not_learnt_from():
    values = changed(slice(1000, ROWS), 1000)
    values[1000] = values[1000] * 0.2 + CLEAN[1000] * 0.8
    _told, found = kinds(values)
    assert np.isnan(found.learnt[1000]) or found.learnt[1000] < CLEAN.max() * 1000
    np.testing.assert_allclose(np.delete(found.learnt, 1000), np.delete(CLEAN * 1000, 1000))


def test_a_fall_to_nothing_is_a_fall():
    values = CLEAN.copy()
    values[-20:] = 0
    told, found = kinds(values)
    assert told == {} and not found.suspect


rows_of_any_kind = st.lists(st.one_of(
    st.floats(0, 1e15), st.just(0.0), st.just(float("nan")), st.floats(1, 300), st.floats(1e4, 3e5)), min_size=1, max_size=80)


@hypothesis.given(rows_of_any_kind, st.sampled_from([60, 300, 900, 3600]))
@hypothesis.settings(deadline=None, max_examples=300, derandomize=True)
def test_what_is_learnt_is_never_more_than_a_power_of_a_thousand_away(rows, step):
    values = np.array(rows)
    before = values.copy()
    told, found = kinds(values, step)
    np.testing.assert_array_equal(values, before)
    known = np.isfinite(found.learnt)
    assert not np.isnan(before[known]).any() and found.seen.shape == found.learnt.shape == before.shape
    assert (found.learnt[known] >= 0).all() and (found.seen[np.isfinite(before)] <= before[np.isfinite(before)]).all()
    if not set(told) & {"spike", "spike_now", "unit_up", "unit_down", "unit_excursion"}:
        np.testing.assert_array_equal(found.learnt, before)
    assert found.suspect == ("unit_down" in told)
