# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of the report as an operator meets them, from records made of the demonstration's demand: a pass, a week, a fleet, and what goes wrong.

pages() -> {name: text}. Slices are validated ones, records have the shape that client.rows returns, so that the page is made as slice_report makes it.
"""
from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from functools import lru_cache
from types import SimpleNamespace

import demand

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.page import render
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.records import histories

AS_OF = int(datetime(2026, 1, 14, 10, tzinfo=timezone.utc).timestamp())
STEP, SERVES, AHEAD = 300, 25, 144
LEADS = (300, 3600)
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">'\"&"
FORMS = {"requests": ("requests_per_second", "1/s"), "egress": ("egress_mbit", "Mbit/s"), "cpu": ("cpu_cores", "cores")}


@lru_cache(maxsize=None)
def load(profile: str, instant: int) -> dict:
    """{resource: value} at an instant; profile: a slice of the demonstration, and `/N` to have it N minutes later."""
    name, _slash, late = profile.partition("/")
    row = demand.row(name, datetime.fromtimestamp(instant - 60 * int(late or 0), tz=timezone.utc))
    return {resource: row[field] for resource, (field, _unit) in FORMS.items()}


class Made:
    """Slices with their telemetry, decisions and forecasts over `hours` before AS_OF."""

    def __init__(self, hours: int, step: int = STEP) -> None:
        self.hours, self.step, self.start = hours, step, AS_OF - hours * 3600
        self.slices, self.series, self.decisions, self.forecasts, self.profiles, self.replays = [], {}, [], [], [], {}

    def add(self, name, profile, listed=True, measured=(0, None), passes=(0, None), narrow=1.0, **record):
        """measured, passes: the hours (after the first, before the last of them) that there is telemetry of, and passes; narrow: factor of the forecasts."""
        if listed:
            self.slices.append({
                "name": name, "priority": 100, "vm": {"memory_mib": 512, "image": {"volume": "web.qcow2"}, "serves": {"requests": SERVES}},
                "scaling": {"mode": "enforce", "max": 12},
                "telemetry": {"resources": {resource: {"field": field, "unit": unit} for resource, (field, unit) in FORMS.items()}},
                "network": {"range": f"10.{90 + len(self.slices) // 200}.{len(self.slices) % 200}.0/24"}})
        self._measure(name, profile, *self._within(measured))
        before = 1
        for at in range(*self._within(passes), STEP):
            before = self._decide(name, profile, at, before, record)
            self._forecast(name, profile, at, narrow)

    def _within(self, hours) -> tuple:
        first, last = hours
        return self.start + first * 3600, AS_OF + 1 if last is None else self.start + last * 3600

    def _measure(self, name, profile, first, last):
        rows = [load(profile, at) if first <= at < last else None for at in range(self.start, AS_OF, self.step)]
        for resource, (_field, unit) in FORMS.items():
            values = [float("nan") if row is None else row[resource] for row in rows]
            self.series[name, resource] = SimpleNamespace(unit=unit, start=self.start, step_seconds=self.step, values=values)

    def _decide(self, name, profile, at, before, record) -> int:
        now, then = load(profile, at), load(profile, at + 600)
        wished = max(1, math.ceil(max(now["requests"], then["requests"]) * 1.15 / SERVES))
        vips = [f"10.90.2.{n + 2}" for n in range(wished)]
        why = f"requests {then['requests'] * 1.15:.1f} 1/s at 0.95 within 10 min, {SERVES} a VM: {wished}"
        entry = {
            "binding": {"resource": "requests", "rule": "forecast", "why": why},
            "vms": {"rules": [{"rule": "scale_in_window", "before": wished - 1, "after": wished, "why": "15 minutes"}] if wished < before else []},
            "vips": vips, "demand": now, "predicted": {resource: value * 1.15 for resource, value in then.items()},
            "placed": {"kvm1": {"active": vips[::2]}, **({"kvm2": {"active": vips[1::2]}} if vips[1:] else {})},
            "shaping": [{"host": host, "device": "eth0", "direction": "egress", "guarantee_mbit": max(1.0, then["egress"] * 0.6), "ceiling_mbit": 50.0}
                        for host in ("kvm1", "kvm2")], **record.get("entry", {})}
        fields = {"mode": "enforce", "state": "active", "verdict": "feasible", "telemetry": "ok", "model": "lstm-global",
                  **{key: value for key, value in record.items() if key not in ("entry", "final")}}
        final = record.get("final", wished)
        self.decisions.append({"time": at, "slice": name, "present": float(before), "wished": float(wished), "final": float(final), "binding_rule": "forecast",
                               "binding_resource": "requests", "record": json.dumps(entry), **fields})
        return final

    def _forecast(self, name, profile, at, narrow):
        if at % 900:
            return
        for lead in LEADS:
            for resource, value in load(profile, at + lead).items():
                self.forecasts.append({"time": at, "slice": name, "resource": resource, "lead": str(lead), "q50": value * narrow, "q90": value * narrow * 1.1,
                                       "q95": value * narrow * 1.12})

    def curve(self, name, profile):
        """The forecast of the present pass."""
        ahead = [load(profile, AS_OF + (row + 1) * STEP) for row in range(AHEAD)]
        self.profiles.append({"slice": name, "as_of": "2026-01-14T10:00:00Z", "step_seconds": STEP, "resources": {
            resource: {"curve": {"0.5": [row[resource] for row in ahead], "0.95": [row[resource] * 1.15 for row in ahead]}} for resource in FORMS}})

    def page(self, plan=None, detailed=100) -> str:
        """The text of the page."""
        found = histories(validate_slices(self.slices), self.series, self.decisions, self.forecasts, self.profiles)
        for one in found:
            one.replay = self.replays.get(one.name)
        return render(found, plan or {}, AS_OF, self.hours, detailed)[0]


def replay(name: str) -> dict:
    """The entry of a replay, of figures as docs/backtest.md explains them."""
    def came(short, hours):
        return {"rows": 4032, "short_rows": int(40.32 * short), "short_percent": short, "unserved_percent": short / 10, "slack_percent": 31.0,
                "worst": {"at": "2026-01-09T08:15:00Z", "percent": 14.2}, "vm_hours": hours, "started_per_day": 5.2, "watt_hours": 1.9 * hours}
    return {"slice": name, "time": AS_OF - 86400, "begin": "2025-12-30T10:00:00Z", "end": "2026-01-13T10:00:00Z", "passes": 4032, "rows": 4032,
            "measured_rows": 4032,
            "policies": {"policy": came(0.4, 812.0), "static": came(0.0, 2016.0), "reactive": came(2.1, 790.0), "oracle": came(0.0, 700.0)},
            "where_ran": None, "perfect_vm_hours": 640.0, "cost_of_static": 0.4, "cost_of_reactive": 1.03, "short_of_reactive": 0.2,
            "silence": {"passes": 0, "releases": 0, "additions": 0}}


def a_pass() -> str:
    """Three slices that do well, with the forecast of the present pass and a replay."""
    made = Made(36)
    for name in ("web", "video", "batch"):
        made.add(name, name)
        made.curve(name, name)
        made.replays[name] = replay(name)
    return made.page({"id": "5d1c0a7e"})


def a_week() -> str:
    """The same over a week, without a present pass."""
    made = Made(168, 900)
    for name in ("web", "video", "batch"):
        made.add(name, name)
    return made.page()


def in_trouble() -> str:
    """Slices that are silent, short of room, erroneous, short of history, unlisted, and with hostile names and texts."""
    made = Made(36)
    made.add("web", "web")
    made.add("silent", "video", measured=(0, 30), telemetry="stale", model="seasonal-naive")
    made.add("crowded", "web/120", verdict="partial", final=2, entry={
        "missing": ["2 VMs of 512 MiB: no host has room", HOSTILE], "vms": {"rules": [{"rule": "max", "before": 14, "after": 12, "why": "scaling.max is 12"}]}})
    made.add("careful", "web", mode="forecast_only", final=1)
    made.add("narrow", "web/60", narrow=0.8, drift="requests: it lost 5 of 7 days to seasonal naive")
    made.add("young", "web/300", measured=(33, None), passes=(33, None), telemetry="cold", model="last-value")
    made.add("never-seen", "web", measured=(0, 0), passes=(0, 0))
    made.add(HOSTILE, "batch", listed=False, state=HOSTILE, mode=HOSTILE, entry={"binding": {"why": HOSTILE}, "vips": [HOSTILE], "healing": [HOSTILE]})
    made.add("a" * 31 + "-" + "b" * 200, "batch", listed=False)
    made.curve("web", "web")
    return made.page({"id": HOSTILE, "unknown_hosts": ["kvm3", HOSTILE], "lost_hosts": [{"host": "kvm4", "by": "evidence", "why": "BMC says off"}]})


def a_fleet(count: int = 60, detailed: int = 4, hours: int = 6) -> str:
    """Many slices, few of them detailed."""
    made = Made(hours)
    for number in range(count):
        made.add(f"shop-{number:03d}", f"{('web', 'video', 'batch')[number % 3]}/{number % 8 * 90}", telemetry="stale" if number % 29 == 28 else "ok")
    return made.page({"id": "fleet"}, detailed)


def nothing() -> str:
    """A page before the first pass."""
    return Made(36).page()


def pages() -> dict:
    """{name: text of the page}."""
    return {"pass": a_pass(), "week": a_week(), "trouble": in_trouble(), "fleet": a_fleet(), "nothing": nothing()}
