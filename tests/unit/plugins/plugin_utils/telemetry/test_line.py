# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points to line protocol."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import LINES_A_REQUEST, Point, batches, line


@pytest.mark.parametrize("tags, fields, expected", [
    ({"slice": "web"}, {"a": 1.5}, "m,slice=web a=1.5 7"),
    ({"b": "2", "a": "1"}, {"n": 3, "t": True, "s": 'say "x\\y"'}, 'm,a=1,b=2 n=3i,t=true,s="say \\"x\\\\y\\"" 7'),
    ({"a b": "c,d=e f"}, {"g h": 1.0}, "m,a\\ b=c\\,d\\=e\\ f g\\ h=1.0 7"),
    ({"empty": "", "none": None}, {"a": 1.0, "none": None, "nan": float("nan"), "inf": float("inf")}, "m a=1.0 7"),
    ({}, {"a": float("nan")}, None),
    ({}, {}, None),
])
def test_line(tags, fields, expected):
    assert line(Point("m", tags, fields, 7)) == expected


@pytest.mark.parametrize("name", ["two\nlines", "ends with \\", "a\r"])
def test_what_the_protocol_cannot_carry(name):
    with pytest.raises(InvalidInput, match="Cannot write .* Rename it"):
        line(Point("m", {"slice": name}, {"a": 1.0}, 7))


def test_batches():
    points = [Point("m", {}, {"a": 1.0} if number else {}, number) for number in range(LINES_A_REQUEST + 2)]
    found = list(batches(points))
    assert [count for text, count in found] == [LINES_A_REQUEST, 1]
    assert all(text.count("\n") == count - 1 for text, count in found)
    assert len(list(batches(Point("m", {}, {"a": "x" * 1_500_000}, number) for number in range(4)))) == 2
