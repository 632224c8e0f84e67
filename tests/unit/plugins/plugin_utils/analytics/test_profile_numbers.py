# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of a profile have six significant digits, one by one and by the thousand."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.profile import number, numbers


def test_many_numbers_are_rounded_as_one_is():
    rng = np.random.default_rng(3)
    values = rng.standard_normal(20_000) * 10.0 ** rng.integers(-9, 12, 20_000)
    given = np.concatenate([values, [0.0, -0.0, 1.0, 999999.5, 0.1, 1e5, 1e6, np.nan, np.inf, -np.inf]])
    assert numbers(given) == [number(one) for one in given]
    assert numbers([]) == [] and numbers([1e-310, -5e-324, 1e300]) == [0.0, 0.0, 1e300]
