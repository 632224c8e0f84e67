# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup demand_profile: which slices are meant."""
from __future__ import annotations

import pytest

pytest.importorskip("ansible", reason="lookups run inside ansible-core")

from ansible_collections.foresight.netslice.plugins.lookup.demand_profile import chosen
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput

SLICES = [{"name": "web"}, {"name": "shop"}]


@pytest.mark.parametrize("names, want", [([], ["web", "shop"]), (["shop"], ["shop"]), (["shop", "web"], ["shop", "web"])])
def test_terms_choose_and_order_slices(names, want):
    assert [one["name"] for one in chosen(SLICES, names)] == want


def test_an_unknown_slice_is_named_with_the_known_ones():
    with pytest.raises(InvalidInput, match="'blog'.*shop, web"):
        chosen(SLICES, ["blog"])
