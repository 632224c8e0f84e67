# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy of a slice replayed over the slice's own telemetry: its decisions with any settings, from forecasts that are made once."""
from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from ..errors import InvalidInput
from ..manager import replay
from ..manager.demand import vms_for
from ..manager.lead_time import seconds_of
from ..manager.outcome import Power, World, clipped, lead_rows
from ..telemetry.backtests import calibration_history
from ..telemetry.reader import judged, read_series, series_requests
from . import passes
from .corpus import SHORTEST
from .engine import Settings
from .profile import EARLIER, rows_needed
from .seasonal import DAY, HORIZON, STEP_SECONDS

try:
    import numpy as np
except ImportError:
    np = None

SILENT = "nothing was measured of what counts its VMs"
#: a replay judges a day of passes at least
LEAST = DAY


@dataclass(frozen=True)
class Plan:
    """Settings of replays. short_percent: the service objective to suggest settings for, None for no suggestion."""

    replay_seconds: int = 14 * 86400
    window_seconds: int = 8 * 86400
    short_percent: float | None = None
    models_path: str | None = None
    idle_watts: float = Power.idle_watts
    busy_watts: float = Power.busy_watts

    def __post_init__(self):
        if self.replay_seconds < LEAST * STEP_SECONDS:
            raise InvalidInput(f"replay_seconds: {self.replay_seconds} is less than a day; a replay judges {LEAST * STEP_SECONDS} s at least.")
        if self.short_percent is not None and not 0 <= self.short_percent <= 100:
            raise InvalidInput(f"objective.short_percent: {self.short_percent:g} is not between 0 and 100.")
        if not 0 <= self.idle_watts <= self.busy_watts:
            raise InvalidInput(f"idle_watts: {self.idle_watts:g} is not between 0 and busy_watts, {self.busy_watts:g}.")
        self.settings  # pylint: disable=pointless-statement  # refuses a window_seconds that is too short

    @property
    def settings(self) -> Settings:
        """How the engine would have been asked by a pass."""
        return Settings(self.models_path, STEP_SECONDS, HORIZON * STEP_SECONDS, self.window_seconds)

    @property
    def history_seconds(self) -> int:
        """Telemetry to read: what is replayed, what the first pass reads before it, and what the backtests of that pass read before them."""
        return self.replay_seconds + self.window_seconds + (passes.BEHIND + EARLIER) * STEP_SECONDS


class Replay:
    """One slice over its telemetry; `why_not` says why it cannot be replayed, and then nothing else may be asked.

    slice_: validated; series: {resource: Series as measured, of rows of STEP_SECONDS} of what counts VMs; models: registry.Models; record_of(key, at):
    the Calibration record that a pass at an instant had, or None.
    """

    def __init__(self, slice_: dict, series: dict, models, plan: Plan, record_of=lambda key, at: None) -> None:
        self.slice, self.plan, self._record_of = replay.enforced(slice_), plan, record_of
        self._models = models
        self.series = {name: one for name, one in series.items() if np.isfinite(one.values).any()}
        self.silent_resources = sorted(set(series) - set(self.series))
        begins = [int(np.isfinite(one.values).argmax()) for one in self.series.values()]
        self.length = max((len(one.values) for one in self.series.values()), default=0)
        self.first = max(max(begins, default=0) + SHORTEST, self.length - plan.replay_seconds // STEP_SECONDS)
        self.why_not = None
        if not self.series:
            self.why_not = SILENT
        elif self.length - self.first < LEAST:
            self.why_not = f"{(self.length - max(begins)) / DAY:.1f} d of history, a replay needs {(SHORTEST + LEAST) / DAY:.1f} d"

    def altered(self, slice_: dict) -> Replay:
        """The same past, decided about by other settings of the slice: what is forecast of single rows is shared."""
        self._told  # pylint: disable=pointless-statement  # forecast once, before it is copied
        other = copy.copy(self)
        other.slice = replay.enforced(slice_)
        other.__dict__.pop("demand", None)
        return other

    @property
    def start(self) -> int:
        """The instant of the first pass, seconds since 1970."""
        return next(iter(self.series.values())).start + self.first * STEP_SECONDS

    @property
    def every(self) -> int:
        """Rows between passes."""
        return max(1, -(-self.slice["scaling"]["interval_seconds"] // STEP_SECONDS))

    @cached_property
    def demand(self) -> list:
        """VMs' worth of demand of every row that was read, None where a resource that counts VMs was not measured."""
        serves = self.slice["vm"]["serves"]
        worth = np.max([judged(one).values / serves[name] for name, one in self.series.items()], axis=0)
        return [None if np.isnan(value) else float(value) for value in worth]

    @property
    def before(self) -> list:
        """The demand of the rows before the first pass."""
        return self.demand[:self.first]

    @property
    def world(self) -> World:
        """What decisions are judged by."""
        lead = lead_rows(seconds_of(self.slice["scaling"]), STEP_SECONDS)
        power = Power(self.plan.idle_watts, self.plan.busy_watts, self.slice["vm"]["vcpus"])
        return World(self.demand[self.first:], lead, STEP_SECONDS, power)

    @cached_property
    def _told(self) -> dict:
        return {name: passes.listen(self.slice, name, one, self._models, self.first, self.plan.window_seconds) for name, one in self.series.items()}

    def profiles(self, scaling: dict) -> list[dict]:
        """Demand Profiles of all passes, of the slice with other keys of `scaling`."""
        slice_ = {**self.slice, "scaling": {**self.slice["scaling"], **scaling}}
        return list(passes.profiles(slice_, self._told, self.plan.settings, self.first, self.every, self._record_of))

    def wishes(self, scaling: dict, profiles: list[dict]) -> list:
        """Wishes of the policy in all passes, of the slice with other keys of `scaling`. At first there is what the demand of that moment needs."""
        slice_ = {**self.slice, "scaling": {**self.slice["scaling"], **scaling}}
        last = next((one for one in reversed(self.before) if one is not None), 0.0)
        return list(replay.decisions(slice_, profiles, clipped(vms_for(last, 1.0), slice_["scaling"])))

    def counts(self, wishes: list) -> list[int]:
        """The count asked for in each row."""
        return replay.held([one.count for one in wishes], self.every, self.length - self.first)

    def silence(self, wishes: list) -> dict:
        """Passes whose newest row of some resource was not measured, and what they released and added."""
        steps = [wish.count - wish.present for i, wish in enumerate(wishes) if self.demand[self.first + i * self.every - 1] is None]
        return {"passes": len(steps), "releases": sum(step < 0 for step in steps), "additions": sum(step > 0 for step in steps)}

    @property
    def beyond(self) -> bool:
        """Whether a window of the slice reaches beyond what is forecast."""
        return rows_needed([self.slice], self.plan.settings) > HORIZON


def read_replay(client, slice_: dict, models, plan: Plan, as_of: int) -> Replay:
    """The Replay of a validated slice from what InfluxDB has up to as_of (seconds). Raises TelemetryError."""
    counting = [request for request in series_requests([slice_]) if request.resource in slice_["vm"]["serves"]]
    series = read_series(client, counting, as_of, plan.history_seconds, STEP_SECONDS, believed=False)
    return Replay(slice_, {resource: found for (_name, resource), found in series.items()}, models, plan,
                  calibration_history(client, slice_["name"], as_of - plan.history_seconds, as_of))


def tally(names) -> dict:
    """{name: how often}, the most frequent first."""
    return dict(Counter(names).most_common())
