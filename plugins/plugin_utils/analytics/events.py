# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Known events of one series: what past ones of a name did to demand, and a forecast with those ahead in it.

Rows are 5 minutes, counted from the origin of the forecast: row 0 is the first one ahead, row -1 the last one measured. The forecast
comes from a history out of which events were taken, so that it says what would be without them; here their effect is put on it.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from ..instants import parse_instant
from ..telemetry.walltime import wall_rows
from .histories import histories, regular
from .limits import bounded
from .seasonal import STEP_SECONDS

try:
    import numpy as np
except ImportError:
    np = None

#: parts of an event: four quarters of its first hour, what is between, four quarters of its last hour
EDGE, QUARTER, PLATEAU, PARTS = 12, 3, 4, 9
#: occurrences that the stated factor (or 1) is worth, and those that the usual doubt about it is worth
PRIOR, DOUBT = 0.25, 2.0
#: the effect is a ratio only where demand without the event is at least this share of the usual
LEAST_BASE = 0.1
DIFFERING = 1.5
#: rows of a running event after which its own say weighs half, and the share of the doubt that this say can take away
OWN_ROWS, SETTLED = 6, 0.5
#: standard normal quantiles of .5, .9 and .95
_Z = (0.0, 1.2816, 1.6449)


@dataclass(frozen=True)
class Span:
    """One event on the rows of one series: rows [begin, end), which it touches. event: as validate_slices returns it."""

    event: dict
    begin: int
    end: int


@dataclass
class Known:
    """The events of one series and what its history says of them; arrays end at the origin of the forecast."""

    spans: list     # every Span, in order of time
    taught: list    # of these the past or running ones that were measured
    seen: object    # float64 [T], rows as measured, gaps filled
    base: object    # float64 [T], the same with the rows of all events filled like gaps


@dataclass(frozen=True)
class Effect:
    """What one event does: in logarithms of a ratio, or in differences by `scale` where ratio is False."""

    ratio: bool
    scale: float
    steps: object        # float64 [PARTS], effect of each part
    doubt: float         # standard deviation of the effect
    occurrences: int     # past ones that it was learned from

    def of(self, without, rows):
        """The effect that turns `without` (means or rows) into `rows`."""
        if self.ratio:
            return np.log(np.maximum(rows, 1e-3 * without) / without)
        return (rows - without) / self.scale

    def on(self, without, effect):
        """`without` under an effect."""
        return without * np.exp(effect) if self.ratio else without + effect * self.scale


def spans_of(events, resource, origin):
    """Events of a slice that act on a resource -> list of Span around `origin` (epoch seconds), in order of time."""
    out = []
    for event in events:
        if event["resources"] is None or resource in event["resources"]:
            begin, end = (parse_instant(event[key]) - origin for key in ("start", "end"))
            out.append(Span(event, begin // STEP_SECONDS, -(-end // STEP_SECONDS)))
    return sorted(out, key=lambda span: (span.begin, span.end, span.event["name"]))


def inside(spans, step, count):
    """bool [count]: which of the last `count` rows of `step` seconds an event touches."""
    out = np.zeros(count, dtype=bool)
    for span in spans:
        begin, end = span.begin * STEP_SECONDS // step, -(-span.end * STEP_SECONDS // step)
        out[max(count + begin, 0):max(count + end, 0)] = True
    return out


def known_events(series, spans):
    """A telemetry Series and its events -> Known, or None where there is nothing to say.

    Nothing is said where events cover more than half of what was measured: then the history does not tell what would be without.
    """
    hidden, finite = inside(spans, series.step_seconds, len(series.history)), np.isfinite(series.history)
    if not spans or 2 * (finite & ~hidden).sum() < max(finite.sum(), 1):
        return None
    taught = [span for span in spans if finite[inside([span], series.step_seconds, len(finite))].sum() * 2
              >= max(inside([span], series.step_seconds, len(finite)).sum(), 1)]
    seen, base = (regular(values, series.step_seconds)[0] for values in (series.history, np.where(hidden, np.nan, series.history)))
    rows = min(len(seen), len(base))
    return Known(spans, taught, seen[-rows:], base[-rows:])


def without_events(history, series, known):
    """Histories of N series -> the same without their past events, filled like gaps. What was measured stays what it was."""
    which = [i for i, one in enumerate(known) if one is not None and one.taught]
    if not which:
        return history
    values, first = history.values.copy(), history.first.copy()
    touched = [inside(known[i].spans, series[i].step_seconds, len(series[i].history)) for i in which]
    plain = histories([wall_rows(series[i], np.where(hidden, np.nan, series[i].history)) for i, hidden in zip(which, touched)],
                      [series[i].step_seconds for i in which])
    values[which], first[which] = plain.values, plain.first
    holed = {**history.holed, **{which[i]: row for i, row in plain.holed.items()}}
    return replace(history, values=values, first=first, holed=holed)


def part_of(row, length):
    """Part of an event of `length` rows that each of `row` (counted from its begin) lies in. A short event has no plateau."""
    left = length - 1 - row
    return np.where((row < EDGE) & (row <= left), row // QUARTER, np.where(left < EDGE, PARTS - 1 - left // QUARTER, PLATEAU))


def _rows(known, span, until):
    """Rows of an event up to `until` that no event of another name touches and that history reaches: int [R]."""
    rows = np.arange(max(span.begin, -len(known.base)), min(span.end, until))
    for other in known.spans:
        if other.event["name"] != span.event["name"]:
            rows = rows[(rows < other.begin) | (rows >= other.end)]
    return rows


def _occurrences(known, span, now):
    """Past occurrences of the name of `span`, complete before row `now`: list of (part [R], seen [R], base [R])."""
    out = []
    for one in known.taught:
        rows = _rows(known, one, now) if one.event["name"] == span.event["name"] and one.end <= now else ()
        if len(rows):
            out.append((part_of(rows - one.begin, one.end - one.begin), known.seen[rows], known.base[rows]))
    return out


def _kind(past, ahead, scale):
    """Ratio or difference: -> Effect without figures.

    A difference where there is little demand to multiply, or where it foretells occurrences at loads that differ (by DIFFERING at
    least: at one load both foretell the same, but for the noise) from each other with less than half the error.
    """
    ratio, difference = (Effect(kind, scale, None, 0.0, len(past)) for kind in (True, False))
    means = [(rows.mean(), without.mean()) for _part, rows, without in past]
    if min([ahead] + [without for _rows, without in means]) < LEAST_BASE * scale:
        return difference
    loads = [without for _rows, without in means]
    if len(means) < 2 or max(loads) < DIFFERING * min(loads):
        return ratio
    missed = []
    for kind in (ratio, difference):
        each = [kind.of(without, rows) for rows, without in means]
        missed.append(sum(abs(kind.on(without, np.median(each[:i] + each[i + 1:])) - rows) for i, (rows, without) in enumerate(means)))
    return ratio if missed[0] <= 2 * missed[1] else difference


def learn(known, span, now, ahead):
    """The Effect of one event from what occurrences of its name did before row `now`; ahead: mean demand without it."""
    past = _occurrences(known, span, now)
    kind = _kind(past, ahead, np.abs(known.base).mean() + 1e-9)
    stated = kind.of(ahead, ahead * (span.event["factor"] or 1.0)) if span.event["factor"] else 0.0
    means = np.array([kind.of(without.mean(), rows.mean()) for _part, rows, without in past])
    middle = float(np.median(means)) if len(past) else stated
    share = len(past) / (len(past) + PRIOR)
    whole = stated + share * (middle - stated)
    steps = np.full(PARTS, whole)
    for part in range(PARTS):
        own = [kind.of(without[at == part].mean(), rows[at == part].mean()) - mean for (at, rows, without), mean in zip(past, means)
               if (at == part).any() and not (kind.ratio and without[at == part].mean() < LEAST_BASE * kind.scale)]
        if own:
            steps[part] += np.median(own) * len(own) / (len(own) + PRIOR)
    usual = 0.25 * abs(whole) + 0.05
    spread = (DOUBT * usual ** 2 + ((means - middle) ** 2).sum()) / (DOUBT + len(past)) + (middle - whole) ** 2
    return Effect(kind.ratio, kind.scale, steps, float(np.sqrt(spread)), len(past))


def _running(known, span, now, effect):
    """What the rows of an event that runs at row `now` say beyond the learned effect: -> shift of the effect, share of the doubt left."""
    rows = _rows(known, span, now)
    if not len(rows) or span not in known.taught:
        return 0.0, 1.0
    near = rows[-EDGE:]
    without = known.base[near]
    said = effect.on(without, effect.steps[part_of(near - span.begin, span.end - span.begin)]).mean()
    if effect.ratio and min(said, without.mean()) <= 0:
        return 0.0, 1.0
    weight = len(rows) / (len(rows) + OWN_ROWS)
    shift = effect.of(without.mean(), known.seen[near].mean()) - effect.of(without.mean(), said)
    return weight * float(shift), 1 - SETTLED * weight


def with_event(known, span, quantiles, back):
    """One event put on a forecast made `back` rows before the end of the history: quantiles [H, 3] -> the same, the Effect.

    Rows outside of the event are the same. The median is not brought below the present load by an event that is not stated to lower.
    """
    rows = np.arange(max(span.begin + back, 0), min(span.end + back, len(quantiles)))
    out, plain = quantiles.copy(), quantiles[rows]
    effect = learn(known, span, -back, plain[:, 0].mean())
    shift, left = _running(known, span, -back, effect)
    step = effect.steps[part_of(rows - back - span.begin, span.end - span.begin)] + shift
    middle = effect.on(plain[:, 0], step)
    if not (span.event["factor"] or 1.0) < 1:
        present = known.seen[:len(known.seen) - back][-3:].mean() if back < len(known.seen) else np.inf
        middle = np.maximum(middle, np.minimum(plain[:, 0], present))
    grown = np.exp(step) if effect.ratio else 1.0
    doubt = effect.doubt * left
    for i, z in enumerate(_Z):
        unknown = middle * (np.exp(z * doubt) - 1) if effect.ratio else z * doubt * effect.scale
        out[rows, i] = middle + np.hypot((plain[:, i] - plain[:, 0]) * grown, unknown)
    most = known.seen.max() * max(1.0, span.event["factor"] or 1.0)
    out[rows] = bounded(out[rows], np.append(known.seen, most))
    return out, effect


def with_events(known, quantiles, back=0):
    """All events on a forecast [H, 3] -> the same with them, and what a profile says of each that it reaches."""
    told = []
    for span in known.spans:
        if span.begin + back < len(quantiles) and span.end + back > 0:
            before = quantiles
            quantiles, effect = with_event(known, span, quantiles, back)
            rows = slice(max(span.begin + back, 0), span.end + back)
            without = before[rows, 0].sum()
            told.append({**{key: span.event[key] for key in ("name", "start", "end")}, "occurrences": effect.occurrences,
                         "effect": round(float(quantiles[rows, 0].sum() / without), 3) if without > 0 else None})
    return quantiles, told
