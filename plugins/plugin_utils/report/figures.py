# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The charts of one slice: its demand with the forecast band, and its VMs; and the one of all slices together."""
from __future__ import annotations

from .accuracy import acting_lead
from .period import POLICIES, Period
from .svg import Band, Chart, Line
from .ticks import value_text

_DIRECTIONS = ("egress", "ingress")
#: the class that draws what is compared
_COMPARED = {"ran": "final", "static": "guarantee", "reactive": "wished"}


def charts(history, start: int, stop: int, as_of: int) -> list[Chart]:
    """VMs first, then every resource that has demand, a forecast or a guarantee. Times in seconds."""
    resources = list(history.slice.get("telemetry", {}).get("resources") or {})
    resources += [r for r in [*history.demand, *(key[0] for key in history.forecasts)] if r not in resources]
    resources = list(dict.fromkeys(resources))
    shown = [_resource(history, resource, start, stop, as_of) for resource in resources]
    return [chart for chart in [_vms(history, start, as_of, stop), *shown] if chart is not None]


def fleet(period: Period) -> Chart:
    """VMs of all slices together as they ran, beside what they are compared with."""
    at = [period.start + row * period.step for row in range(len(period.demand))]
    lines = [Line("demand, VMs' worth", "demand", list(zip(at, period.demand)))]
    lines += [Line(label, _COMPARED[name], list(zip(at, map(float, period.counts[name]))), step=True) for name, label in POLICIES.items()]
    summary = (f"At most {max(period.counts['ran'])} VMs ran at a time; a fleet of the size of each slice's peak has {max(period.counts['static'])} "
               f"all the time, and a reactive autoscaler at most {max(period.counts['reactive'])}. A gap holds the last known value.")
    return Chart("VMs of all slices", summary, "VMs", period.start, at[-1] + period.step, -1, lines=lines, whole=True)


def _vms(history, start: int, as_of: int, stop: int):
    if not history.decisions:
        return None
    last = history.last
    lines = [Line(label, style, _held([(d.time, _number(d.get(label))) for d in history.decisions], as_of), step=True)
             for label, style in (("wished", "wished"), ("present", "present"), ("final", "final"))]
    summary = (f"At the last pass {_text(last.get('present'))} VMs were present, {_text(last.get('wished'))} were wished and the plan ends "
               f"with {_text(last.get('final'))}; in the period the plan had between {_extreme(lines[2], min)} and {_extreme(lines[2], max)}.")
    return Chart(f"VMs of {history.name}", summary, "VMs", start, stop, as_of, lines=lines, whole=True)


def _resource(history, resource: str, start: int, stop: int, as_of: int):
    measured = history.demand.get(resource)
    lead, past = archived(history, resource)
    band = [(t, low, high) for t, low, high in past if start <= t <= as_of]
    ahead = [(t, low, high) for t, low, high in history.curves.get(resource, []) if as_of < t <= stop]
    lines = [Line("demand", "demand", [(t, v) for t, v in measured.points() if t >= start])] if measured else []
    lines += [Line("forecast median", "median", [(t, low) for t, low, _high in ahead])] if ahead else []
    lines += _guarantee(history, resource, as_of)
    if not (lines or band or ahead):
        return None
    bands = [Band("forecast, quantiles 0.5 to 0.95", "band", band), Band("forecast, quantiles 0.5 to 0.95", "band", ahead)]
    unit = measured.unit if measured else _unit(history, resource)
    return Chart(f"{resource} of {history.name}, {unit}", _summary(resource, unit, measured, lead, band, ahead), unit, start, stop, as_of,
                 lines=lines, bands=[b for b in bands if b.points])


def archived(history, resource: str) -> tuple:
    """(lead, [(instant it speaks of, q50, q95)]) of the archived forecasts at the lead the slice acts on."""
    lead = acting_lead(history, resource)
    return lead, [(at + lead, q50, q95) for at, q50, _q90, q95 in history.forecasts.get((resource, lead), [])]


def _guarantee(history, resource: str, as_of: int) -> list[Line]:
    if resource not in _DIRECTIONS:
        return []
    points = [(d.time, d.guarantees().get(resource, (None, None))[0]) for d in history.decisions]
    return [Line("guarantee", "guarantee", _held(points, as_of), step=True)] if any(v for _t, v in points) else []


def _summary(resource, unit, measured, lead, band, ahead) -> str:
    words = []
    if measured and measured.last() is not None:
        values = [v for v in measured.values if v is not None]
        words.append(f"Measured {resource} between {value_text(min(values))} and {value_text(max(values))} {unit}, last {value_text(measured.last())}.")
    else:
        words.append(f"No measured {resource} in this period.")
    if band:
        words.append(f"The shaded band before now is what was forecast {lead // 60} minutes ahead.")
    if ahead:
        words.append(f"Ahead, the 0.95 quantile peaks at {value_text(max(u for _t, _m, u in ahead))} {unit}.")
    return " ".join(words)


def _held(points, until: int) -> list:
    """Steps reach to `until`."""
    return points + [(until, points[-1][1])] if points and points[-1][0] < until else points


def _number(value):
    return float(value) if isinstance(value, (int, float)) else None


def _text(value) -> str:
    return "?" if value is None else value_text(float(value))


def _extreme(line: Line, pick) -> str:
    return _text(pick((v for _t, v in line.points if v is not None), default=None))


def _unit(history, resource: str) -> str:
    return (history.slice.get("telemetry", {}).get("resources", {}).get(resource) or {}).get("unit", "")
