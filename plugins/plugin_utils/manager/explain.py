# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A decision in words: why a slice has, or gets, so many VMs. Of a decision record, or of an entry of a plan."""
from __future__ import annotations

from ..errors import InvalidInput
from . import shortfall
from .wish import vms

#: what is done to VMs, as the keys of an entry, in words
ACTIONS = {
    "create": "create", "start": "start", "heal": "heal", "restore": "restore", "resize": "resize", "warm": "make ready", "return": "take into the warm pool",
    "drain": "take out of service", "release": "release", "forget": "forget",
}
#: names of VMs in a sentence at most
NAMES = 5


def paragraph(record: dict) -> str:
    """The decision in whole sentences, from what was measured to what is done. Raises InvalidInput."""
    counts = checked(record)["vms"]
    sentences = [_beginning(record, counts), _demand(record), _wish(record, counts)]
    sentences += [f"Rule {one['rule']} made {one['after']} of {one['before']}: {one['why']}." for one in counts["rules"]]
    if not counts["rules"]:
        sentences.append("No rule changed that.")
    if record.get("pool"):
        sentences.append(_pool(record["pool"]))
    if record.get("replacement"):
        sentences.append(f"Out of date: {record['replacement']}.")
    sentences += [f"{one}." for one in [*(record.get("resizing") or []), *(record.get("healing") or [])]]
    sentences += [f"Host {one['host']} is lost by {'the operator' if one['by'] == 'word' else 'evidence'}" + (f": {one['why']}." if one.get("why") else ".")
                  for one in record.get("lost_hosts") or []]
    return " ".join([one for one in sentences if one] + _end(record))


def line(record: dict) -> str:
    """The decision in one line: counts, mode, verdict and the reason that binds. Raises InvalidInput."""
    return f"{checked(record)['name']}: {change(record)} VMs, {record['mode']}, {record['verdict']}: {reason(record)}"


def change(record: dict) -> str:
    """The counts: `2 -> 3`, or `2`, with the wish where nothing is done about it."""
    counts = record["vms"]
    if counts["final"] != counts["present"]:
        return f"{counts['present']} -> {counts['final']}"
    return str(counts["final"]) + (f" (wished {counts['wished']})" if counts["wished"] != counts["final"] else "")


def reason(record: dict) -> str:
    """The rule that binds, and why."""
    binding = record.get("binding") or {}
    rule, why = binding.get("rule") or "none", binding.get("why") or "nothing was decided"
    return why if why.startswith(rule) else f"{rule}: {why}"


def moves(record: dict) -> list[str]:
    """What is done to VMs: `create web-10-90-2-4`, a text for each kind."""
    return [f"{words} {_names(record[key])}" for key, words in ACTIONS.items() if record.get(key)]


def checked(record) -> dict:
    """The record, which must have what a decision has. Raises InvalidInput."""
    counts = record.get("vms") if isinstance(record, dict) else None
    if not isinstance(counts, dict) or not {"present", "wished", "final", "rules"} <= set(counts) or not {"name", "mode", "verdict"} <= set(record):
        raise InvalidInput("explain: the input is no decision. Give the field `record` of netslice_decision, or an element of `slices` of a plan.")
    return record


def _beginning(record: dict, counts: dict) -> str:
    at = f" of {record['as_of']}" if record.get("as_of") else ""
    has = f"it keeps {vms(counts['final'])}" if counts["present"] == counts["final"] else f"it has {vms(counts['present'])} and gets {vms(counts['final'])}"
    state = f", state {record['state']}" if record.get("state") else ""
    gate = (record.get("inputs") or {}).get("gate")
    return f"Slice {record['name']} in the pass{at}: {has} (mode {record['mode']}{state})." + (f" Its gate is closed: {gate}." if gate else "")


def _demand(record: dict) -> str:
    """What was measured and what is predicted, resource by resource."""
    demand, predicted = record.get("demand") or {}, record.get("predicted") or {}
    told = [f"{name} {_number(demand.get(name))} now, {_number(predicted.get(name))} predicted" for name in sorted(demand)]
    source = f"telemetry {record.get('telemetry', 'missing')}, model {record.get('model', 'none')}"
    return f"Demand: {'; '.join(told)} ({source})." if told else f"Of its demand nothing is known ({source})."


def _wish(record: dict, counts: dict) -> str:
    """The raw wish, and what it follows from."""
    inputs, binding = record.get("inputs") or {}, record.get("binding") or {}
    quantile = inputs.get("quantile")
    by = f" at economy {inputs['economy']:g}" if quantile == "auto" else f" at quantile {quantile:g}" if quantile is not None else ""
    why = inputs.get("forecast") or ("" if counts["rules"] else binding.get("why") or "")
    return f"The wish{by} is {vms(counts['wished'])}{': ' if why else ''}{why}."


def _pool(pool: dict) -> str:
    """The warm pool: how many VMs it has and shall have, and how soon they serve."""
    soon = f", which serve within {pool['lead_time_seconds']} s" if pool["lead_time_seconds"] is not None and pool["final"] else ""
    got = "" if pool["final"] == pool["wished"] else f" of {pool['wished']} wished"
    return f"Its warm pool ({pool['state'] or 'given up'}) has {vms(pool['present'])} and gets {pool['final']}{got}{soon}: {pool['why']}."


def _end(record: dict) -> list[str]:
    """What is done, the verdict with what is missing, and what drifts."""
    done, missing, drift = moves(record), record.get("missing") or [], record.get("drift")
    lost = "; ".join(shortfall.words(item) for item in record.get("shortfall") or [] if item["to"])
    return [
        *([f"To do: {'; '.join(done)}."] if done else []),
        f"Verdict: {record['verdict']}{': ' if missing else ''}{'; '.join(missing)}.",
        *([f"Lost: {lost}."] if lost else []),
        *([f"Its forecasts drift, so that a seasonal naive model decides: {drift}."] if drift else []),
    ]


def _names(names: list) -> str:
    return ", ".join(names[:NAMES]) + (f" and {len(names) - NAMES} more" if len(names) > NAMES else "")


def _number(value) -> str:
    return "unknown" if value is None else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
