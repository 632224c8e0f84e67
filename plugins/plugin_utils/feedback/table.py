# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The feedback as lines of text, for a terminal or the output of a job."""
from __future__ import annotations

from ..results import within
from .document import in_words


def lines(entries: list[dict], characters: int | None = None) -> list[str]:
    """A few lines for each slice: forecast, VMs, links, what was learned, and the proposals with what they would do.

    characters: how many they may have together; where they have more, slices with proposals come first, and the others are counted.
    """
    count = sum(len(one["proposals"]) for one in entries)
    head = [f"{len(entries)} slices, {count} proposals. Nothing is changed by them."]
    told = [_slice(one) for one in entries]
    kept = told if characters is None else within(told, characters)
    if len(kept) < len(told):
        kept = within([_slice(one) for one in sorted(entries, key=lambda one: not one["proposals"])], characters)
    more = len(told) - len(kept)
    return head + [line for block in kept for line in block] + ([f"... and {more} more slices, which the file of json_path has"] if more else [])


def _slice(one: dict) -> list[str]:
    """The lines of one slice."""
    out = [f"{one['slice']}, {one['begin']} to {one['end']}"]
    out += [f"  {line}" for line in (*_forecast(one), *_enforced(one), *_learned(one))]
    out += [line for proposal in one["proposals"] for line in _proposal(proposal)]
    return out + ([f"  TOGETHER {in_words(one['together'])}"] if one["together"] else [])


def _forecast(one: dict):
    for name, found in one["forecast"].items():
        if found:
            yield (f"forecast   {name}: {found['n']} pairs {found['lead_seconds'] // 60} minutes ahead, measured {found['measured']:g} and median "
                   f"{found['median']:g} on average; bias {_share(found['bias'])}, WQL {_number(found['wql'])}, at or below .5, .9, .95: "
                   f"{found['coverage_50']:.1%}, {found['coverage_90']:.1%}, {found['coverage_95']:.1%}")


def _enforced(one: dict):
    vms = one["enforced"]["vms"]
    if vms:
        yield (f"VMs        {vms['mean']:.2f} on average ({vms['least']} to {vms['most']}) in {vms['passes']} passes, {vms['wished_mean']:.2f} wished; "
               f"the limit was in the way in {vms['capped']}")
    for direction, found in one["enforced"]["links"].items():
        text = f"{direction:10} used {_number(found['used_mean'])} Mbit/s on average, 95th percentile {_number(found['used_p95'])}; "
        text += f"guaranteed {_number(found['guarantee'])}, above it in {_number(found['over_percent'])} % of the rows"
        classes = found["classes"]
        if classes:
            text += (f"; classes sent {classes['bytes']} bytes, dropped {classes['drops']} of {classes['packets']} packets, {classes['overlimits']} times over "
                     f"their limit, backlog {_number(classes['backlog_most'])} bytes at most")
        yield text


def _learned(one: dict):
    boots = one["learned"]["boots"]
    yield f"boots      median {_number(boots['median'])} s, 95 % within {_number(boots['p95'])} s: {boots['why']}"
    for name, found in one["learned"]["capacity"].items():
        yield f"capacity   {name}: {found['why']} ({found['rows']} rows of {found['days']} days)"
        law = found["law"]
        if law:
            yield (f"           one VM alone serves {law['alone']:g}; contention {law['contention']:g}, coherency {law['coherency']:g}"
                   + (f", so that more than {law['most']} serve less" if law["most"] else ""))


def _proposal(one: dict):
    yield f"  PROPOSAL {one['key']}: {one['present']} -> {one['proposed']} (since {one['since']})"
    yield f"           because {one['why']} ({one['evidence']['n']} {one['evidence']['of']}, {one['evidence']['method']})"
    yield f"           effect: {in_words(one['effect'])}"


def _number(value) -> str:
    return "-" if value is None else f"{value:g}"


def _share(value) -> str:
    return "-" if value is None else f"{value:+.1%}"
