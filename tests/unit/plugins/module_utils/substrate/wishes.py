# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments for the tests of this folder."""
from __future__ import annotations

import copy

from ansible_collections.foresight.netslice.plugins.module_utils.substrate import demand


def slice_class(minor=16, guarantee=60.0, ceiling=100.0, vips=("10.90.2.2", "10.90.2.3"), name=None, range6=None, cap=None):
    return {
        "slice": name or f"s{minor}", "minor": minor, "guarantee_mbit": guarantee, "ceiling_mbit": ceiling, "vip_ceiling_mbit": cap,
        "vips": list(vips), "range6": range6,
    }


def attachment(*classes, device="up0", direction="egress", rate=100.0, default=1.0, bridges=()):
    row = {"device": device, "direction": direction, "rate_mbit": rate, "default_mbit": default, "bridges": list(bridges),
           "classes": copy.deepcopy(list(classes))}
    demand.check([row])
    return row
