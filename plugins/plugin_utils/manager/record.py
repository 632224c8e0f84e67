# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision record: what a pass decided about one slice, and all that it was decided from, in one document."""
from __future__ import annotations

RECORD_SCHEMA = "foresight.netslice/decision/1"


def inputs_of(slice_: dict | None, forecast: str | None) -> dict | None:
    """What the slice asked of the decision; `forecast` says in words what count its forecast needs. None of a slice that is not listed."""
    if slice_ is None:
        return None
    scaling = slice_["scaling"]
    return {
        "quantile": scaling["quantile"], "economy": scaling["economy"], "lead_time_seconds": scaling["lead_time_seconds"],
        "serves": slice_["vm"]["serves"], "forecast": forecast, "gate": scaling.get("held"),
    }


def record_of(entry: dict, plan: dict, drift: str | None) -> dict:
    """The record of one element of a plan's `slices`, with the pass it belongs to and what drifts of its forecasts."""
    lost = {"lost_hosts": [{key: one[key] for key in ("host", "by", "why") if key in one} for one in plan["lost_hosts"]]} if plan.get("lost_hosts") else {}
    return {"schema": RECORD_SCHEMA, "plan_id": plan.get("id"), "as_of": plan["as_of"], "drift": drift, **lost, **entry}
