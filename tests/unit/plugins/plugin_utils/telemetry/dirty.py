# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of dirty telemetry as points to write, and what shall become of it. All end at 2026-01-05T08:00:00Z, a Monday before the morning rise."""
from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np

AS_OF = 1767600000
DAY, STEP = 288, 300
ROWS = 8 * DAY
#: both servers keep weeks in shards that begin on a Monday; a field may have another type in another shard
SHARD = 1766966400  # 2025-12-29T00:00:00Z


def office(seed=0, rows=ROWS):
    """Working days from 8.30 to 17, a little noise: the clean demand, 36 to 250."""
    hour = (AS_OF - (rows - np.arange(rows)) * STEP) / 3600 % 24
    shape = 40 + 200 / (1 + np.exp(-(hour - 8.5) * 4)) / (1 + np.exp((hour - 17) * 4))
    return shape + np.clip(np.random.default_rng(seed).normal(0, 1.5, rows), -4, 4)


def points(values, tags="", late=0):
    """(tags, seconds, value as line protocol writes it), one a row; NaN is no point. late: seconds that the clock of the writer is ahead."""
    start = AS_OF - len(values) * STEP
    return [(tags, start + row * STEP + late, repr(float(value))) for row, value in enumerate(values) if not np.isnan(value)]


def changed(rows, to):
    """The clean demand with some rows set to, or changed by, `to`."""
    values = office()
    values[rows] = to(values[rows]) if callable(to) else to
    return values


def counter(values, begin=0.0, tags="", resets=(), modulus=None):
    """Readings of a counter every step, up to as_of itself, whose rate is `values`."""
    readings = np.concatenate(([0.0], np.cumsum(values * STEP))) + begin
    for row in resets:
        readings[row:] -= readings[row]
    readings = readings if modulus is None else readings % modulus
    return points(np.append(readings, np.nan)[:-1], tags, STEP)


def texts(found, words=()):
    """The same points as text, the first ones replaced by words."""
    replaced = dict(zip(range(100, 100 + 20 * len(words), 20), words))
    return [(tags, at, f'"{replaced.get(number, value)}"') for number, (tags, at, value) in enumerate(found)]


def mixed(older):
    """Points whose value is written by older(value) in the first shard, and as it is in the second."""
    return [(tags, at, older(value) if at < SHARD else value) for tags, at, value in points(office())]


def shuffled():
    """Points in any order, each written before as something else."""
    found = points(office() * 3) + points(office())
    first, last = found[:ROWS], found[ROWS:]
    for part in (first, last):
        random.Random(1).shuffle(part)
    return first + last


OWN = {
    "twice": {
        "flux": """t = from(bucket: "telemetry") |> range(start: start, stop: stop) |> filter(fn: (r) => r._measurement == "{m}" and r.slice == slice)
            |> keep(columns: ["_time", "_value", "_field"]) |> rename(columns: {{_time: "time", _value: "value", _field: "field"}})
            union(tables: [t |> map(fn: (r) => ({{r with value: r.value * 9.0, wrong: 1}})), t |> map(fn: (r) => ({{r with wrong: 0}}))])
            |> sort(columns: ["time", "wrong"], desc: true) |> drop(columns: ["wrong"])""",
        "influxql": 'SELECT "f" FROM "{m}_wrong", "{m}" WHERE time >= $start AND time < $stop AND "slice" = $slice ORDER BY time DESC'},
    "any time": {
        "flux": """from(bucket: "telemetry") |> range(start: 1970-01-01T00:00:00Z, stop: 2250-01-01T00:00:00Z)
            |> filter(fn: (r) => r._measurement == "{m}" and r.slice == slice)
            |> keep(columns: ["_time", "_value", "_field"]) |> rename(columns: {{_time: "time", _value: "value", _field: "field"}})""",
        "influxql": """SELECT "f" FROM "{m}" WHERE time >= '1970-01-01T00:00:00Z' AND time < '2250-01-01T00:00:00Z' AND "slice" = $slice"""}}


@dataclass(frozen=True)
class Dirty:
    """points: what is written; treated: the kinds that the profile tells ({dialect: kinds} where they differ); verdict of the profile.

    near: how far the median forecast may lie from that of the clean demand times `factor`, as a share of its mean; None where it has another
    shape. last, peak: what the policy sees of the present, None where it does not matter; most: the largest credible value.
    """

    points: list
    treated: object = ()
    verdict: str = "ok"
    near: float | None = 0.1
    factor: float = 1.0
    last: float | None = None
    peak: float | None = None
    most: float = 252.0
    telemetry: dict = field(default_factory=dict)
    kind: str = "gauge"
    own: str | None = None
    sibling: bool = False
    wrong: list = field(default_factory=list)


CLEAN = office()
NOW, FAR = CLEAN[-1], (("", 86400, "5.0"), ("", 7_000_000_000, "5.0"))
TABLE = {
    "clean": Dirty(points(CLEAN), near=0, last=NOW),
    "short gaps": Dirty(points(changed(np.r_[100:104, 2000:2003], np.nan)), ["gap"]),
    "a day is missing": Dirty(points(changed(slice(4 * DAY, 5 * DAY), np.nan)), ["gap"]),
    "ten hours are missing in the last day": Dirty(points(changed(slice(ROWS - 200, ROWS - 80), np.nan)), ["gap"], "gappy"),
    "missing at the end": Dirty(points(changed(slice(ROWS - 2, ROWS), np.nan)), ["gap_at_end"], last=CLEAN[-3]),
    "missing for two hours at the end": Dirty(points(changed(slice(ROWS - 24, ROWS), np.nan)), ["gap_at_end"], "stale"),
    "a counter": Dirty(counter(CLEAN), kind="counter", near=0.02, last=NOW),
    "a counter with resets": Dirty(counter(CLEAN, resets=(500, 1200, 2200)), ["counter_reset", "gap"], kind="counter", last=NOW),
    "a counter of 32 bits": Dirty(counter(CLEAN, 2 ** 32 - 3e7, modulus=2.0 ** 32), ["counter_wrap"], kind="counter", near=0.02, last=NOW),
    "counters of two hosts, one reset": Dirty(counter(CLEAN / 2, tags=",host=a") + counter(CLEAN / 2, 7e9, ",host=b", resets=(2290,)),
                                              ["counter_reset"], kind="counter", near=0.05, last=NOW),
    "a counter that reads zero now and then": Dirty(
        [(tags, at, "0.0" if row in (700, 1500) else value) for row, (tags, at, value) in enumerate(counter(CLEAN, 1e9))],
        ["counter_glitch"], kind="counter", near=0.02, last=NOW),
    "a counter reset at this moment": Dirty(counter(CLEAN, 1e9, resets=(ROWS,)), ["counter_reset", "gap_at_end"], kind="counter", last=CLEAN[-2]),
    "written twice and in any order": Dirty(shuffled(), near=0, last=NOW),
    "an own query with duplicates, latest first": Dirty(points(CLEAN), ["duplicate", "out_of_order"], own="twice", near=0, last=NOW,
                                                        wrong=points(CLEAN * 9)),
    "the clock is ahead": Dirty(points(CLEAN, late=3000), ["after_as_of"], near=None),
    "the clock of one host of three is ahead": Dirty(
        [point for host, late in (("a", 0), ("b", 0), ("c", 1800)) for point in points(CLEAN / 3, f",host={host}", late)], ["after_as_of"]),
    "the clock of one host of three is behind": Dirty(
        [point for host, late in (("a", 0), ("b", 0), ("c", -1800)) for point in points(CLEAN / 3, f",host={host}", late)], ["behind"], near=None,
        last=NOW * 2 / 3),
    "the clock of one host is a little behind": Dirty(
        [point for host, late in (("a", 0), ("b", -600)) for point in points(CLEAN / 2, f",host={host}", late)]),
    "constant": Dirty(points(np.full(ROWS, 7.0)), ["constant"], near=None, last=7.0, most=7.0),
    "all zero": Dirty(points(np.zeros(ROWS)), ["zero"], near=None, last=0.0, most=0.0),
    "the unit jumps up": Dirty(points(changed(slice(ROWS - 36, ROWS), lambda v: v * 1000)), ["unit_up"], factor=1000, last=NOW * 1000, most=252e3),
    "the unit jumped up three days ago": Dirty(points(changed(slice(ROWS - 3 * DAY, ROWS), lambda v: v * 1000)), ["unit_up"], factor=1000, most=252e3),
    "the unit jumps down": Dirty(points(changed(slice(ROWS - 36, ROWS), lambda v: v / 1000)), ["unit_down"], "stale", factor=0.001, most=0.252),
    "the unit jumps down at this moment": Dirty(points(changed(slice(ROWS - 1, ROWS), lambda v: v / 1000)), ["unit_down"], "stale", factor=0.001, most=0.252),
    "the unit was wrong for three hours": Dirty(points(changed(slice(ROWS - 400, ROWS - 364), lambda v: v * 1000)), ["unit_excursion"], last=NOW),
    "the unit was too large for three hours": Dirty(points(changed(slice(ROWS - 400, ROWS - 364), lambda v: v / 1000)), ["unit_excursion"], last=NOW),
    "a surge of ten times": Dirty(points(changed(slice(ROWS - 6, ROWS), lambda v: v * 10)), near=None, last=NOW * 10, most=2520),
    "appears late": Dirty(points(CLEAN[-400:]), ["late"], near=0.2, sibling=True),
    "spikes of 1000x": Dirty(points(changed([900, 1400, ROWS - 2], lambda v: v * 1000)), ["spike"], last=NOW, peak=CLEAN.max()),
    "a spike of 1000x at this moment": Dirty(points(changed([ROWS - 1], lambda v: v * 1000)), ["spike_now"], near=None, last=NOW * 1000),
    "text in place of numbers, some infinite": Dirty(texts(points(CLEAN), ("inf", "-inf", "NaN", "n/a", "")), {
        "flux": ["not_a_number", "gap"], "influxql": ["not_a_number", "gap"]}),
    "text before floats": Dirty(mixed(lambda value: '"broken"'), {"flux": ["not_a_number"], "influxql": []}),
    "booleans before floats": Dirty(mixed(lambda value: "true"), {"flux": ["not_a_number"], "influxql": []}),
    "integers before floats": Dirty(mixed(lambda value: f"{round(float(value))}i"), near=0.05, last=NOW),
    "negative values": Dirty(points(changed([300, 1100, ROWS - 1], -5.0)), ["negative", "gap", "gap_at_end"], last=CLEAN[-2]),
    "values of 1e300": Dirty(points(changed([300, 1100, ROWS - 1], 1e300)), ["absurd", "gap", "gap_at_end"], last=CLEAN[-2]),
    "instants far away": Dirty(points(CLEAN) + list(FAR), near=0, last=NOW),
    "an own query of any time": Dirty(points(CLEAN) + list(FAR), ["after_as_of", "before_history"], near=0, last=NOW, own="any time"),
}
