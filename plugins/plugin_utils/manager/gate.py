# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate before enforcing: a slice whose last replay does not satisfy `scaling.gate` is planned as forecast_only. Pure."""
from __future__ import annotations

from ..instants import fingerprint, format_instant
from .slice_keys import ENFORCED

#: keys of scaling that change no count of a replay
APART = ("mode", "gate", "class", "drain_seconds", "replace_outdated", "disruption", "victims", "raise", "warm")
#: figures of a replay's record that must not be above the gate's, and what they are
LIMITS = {"short_percent": "per cent of the rows were short", "cost_of_static": "of the VM-hours of a static peak were used",
          "short_of_reactive": "of the short rows of a reactive autoscaler of the same cost were short"}
DAY = 86400


def settings_of(slice_: dict) -> str:
    """Digest of what a replay of a validated slice depends on, so that a record can be told to be of other settings."""
    scaling = {key: value for key, value in slice_["scaling"].items() if key not in APART}
    return fingerprint({"serves": slice_["vm"]["serves"], "scaling": scaling})


def asks(slice_: dict) -> bool:
    """Whether the slice has a gate that a record must open."""
    return slice_["state"] == "present" and slice_["scaling"]["mode"] in ENFORCED and any(limit is not None for limit in slice_["scaling"]["gate"].values())


def closed(slice_: dict, record: dict | None, as_of: int) -> str | None:
    """Why the gate of a slice is closed, None where it is open or there is none; record: the last replay, with its time in seconds."""
    if not asks(slice_):
        return None
    gate = slice_["scaling"]["gate"]
    if record is None:
        return "no replay of it is on record"
    at = format_instant(record["time"])
    if record["settings"] != settings_of(slice_):
        return f"the replay of {at} was of other settings"
    if gate["max_age_seconds"] is not None and as_of - record["time"] > gate["max_age_seconds"]:
        return f"the replay of {at} is older than {gate['max_age_seconds']} s (scaling.gate.max_age_seconds)"
    if gate["days"] is not None and record["days"] < gate["days"]:
        return f"the replay of {at} judged {record['days']:g} days, fewer than {gate['days']:g} (scaling.gate.days)"
    for key, what in LIMITS.items():
        found = (record["policies"]["policy"] if key == "short_percent" else record)[key]
        if gate[key] is not None and (found is None or found > gate[key]):
            told = "it is not known how many" if found is None else f"{found:g}"
            return f"in the replay of {at} {told} {what}, more than {gate[key]:g} (scaling.gate.{key})"
    return None


def gated(slices: list[dict], records: dict[str, dict], as_of: int) -> list[dict]:
    """The slices; those whose gate is closed in mode forecast_only, with `held` in their scaling: the mode as written, and why it is not kept."""
    out = []
    for one in slices:
        why = closed(one, records.get(one["name"]), as_of)
        held = f"scaling.mode is {one['scaling']['mode']}, but {why}. Run foresight.netslice.backtest, or change scaling.gate" if why else None
        out.append({**one, "scaling": {**one["scaling"], "mode": "forecast_only", "held": held}} if why else one)
    return out
