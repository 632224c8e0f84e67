# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model card: figures are compared as figures, words as words."""
from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the card is about networks of torch")

CARD = Path(__file__).resolve().parents[3] / "models" / "README.md"


@pytest.mark.parametrize("now, tolerance, same", [
    ("WQL .493, 1,000 series\n", 0, True),
    ("WQL .495, 1,000 series\n", 0.001, False),
    ("WQL .495, 1,000 series\n", 0.002, True),
    ("WQL .493, 1,001 series\n", 0.002, False),
    ("MASE .493, 1,000 series\n", 1, False),
    ("WQL .493, 1,000 series\nmore\n", 1, False),
])
def test_figures_are_compared_as_figures_and_words_as_words(now, tolerance, same):
    import card
    assert (not list(card.differences("WQL .493, 1,000 series\n", now, tolerance))) is same


def test_the_card_has_a_place_for_each_block_and_a_missing_one_is_named():
    import card
    text = CARD.read_text()
    assert all(card.marked(text, name)[0] < card.marked(text, name)[1] for name in card.TOLERANCES)
    with pytest.raises(SystemExit, match="Cannot find the figures 'speed' in the model card"):
        card.marked(text, "speed")


def run_of(seed, held_out, traces):
    return {"seed": seed, "held_out": {"wql_12h": held_out, "wql_1h": held_out}, "traces": {"wql_12h": traces, "wql_1h": traces}}


def test_ablations_compare_the_same_seeds_and_say_how_far_seeds_lie_apart():
    import ablations
    import card
    found = {"without calendar": [run_of(2, 0.6, 0.4), run_of(1, 0.48, 0.4)], "as shipped": [run_of(2, 0.5, 0.5), run_of(1, 0.4, 0.4)]}
    rows = ablations.rows_of(found)
    assert [row["name"] for row in rows] == ["as shipped", "without calendar"] and rows[0]["held_out_wql_12h"] == 0.45
    lines = list(card.ablations({"settings": {"steps": 8, "batch": 64, "synthetic": 6}, "rows": rows}))
    assert "the ratios of two seeds lie 0.100 apart" in lines[0]
    assert lines[-2:] == ["| as shipped | 0.450 | 0.450 | 0.450 | 0.450 |", "| without calendar | 1.200 | 1.200 | 0.894 | 0.894 |"]


def test_the_card_says_what_the_manifest_says():
    import card

    from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import weights
    nets, manifest = weights.load_model(str(CARD.parent), "torch")
    text = CARD.read_text()
    for name, lines in (("size", card.size(nets, manifest)), ("held-out", card.held_out(manifest["scores"]["validation"]))):
        begin, end = card.marked(text, name)
        assert text[begin:end] == "\n".join(lines) + "\n"
