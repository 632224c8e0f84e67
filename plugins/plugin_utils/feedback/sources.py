# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What feedback reads of one slice from InfluxDB. One slice at a time: records of a week of passes are long."""
from __future__ import annotations

from dataclasses import dataclass, field

from ..manager.lead_time import seconds_of
from ..report.records import History, histories
from ..report.sources import DECISION, FORECAST as FORECAST_FIELDS
from ..telemetry.indicators import read_indicator
from ..telemetry.reader import read_series, series_requests
from ..telemetry.records import FORECAST
from .forecasts import acting_lead
from .links import FIELDS

QOS = "netslice_qos"


@dataclass
class Measured:
    """One slice over a period. begin, end: seconds, whole rows of `step` seconds."""

    slice: dict
    begin: int
    end: int
    step: int
    history: History                               # its decisions, and forecasts at the lead that it acts on
    lead: int                                      # that lead
    series: dict = field(default_factory=dict)     # resource -> telemetry Series
    indicator: object = None                       # Series, None where the slice names none
    qos: list = field(default_factory=list)        # Segments of netslice_qos

    @property
    def rows(self) -> int:
        return (self.end - self.begin) // self.step


def read_measured(client, slice_: dict, as_of: int, period_seconds: int, step: int) -> Measured:
    """Of a validated slice in the period that ends at as_of (seconds). Raises TelemetryError."""
    end = as_of // step * step
    begin = end - period_seconds // step * step
    name, lead = slice_["name"], acting_lead(seconds_of(slice_["scaling"]))
    series = read_series(client, series_requests([slice_]), as_of, end - begin, step)
    decisions = client.rows("netslice_decision", DECISION, begin - step, as_of, tags={"slice": name})
    said = client.rows(FORECAST, FORECAST_FIELDS, begin - lead - step, as_of, tags={"slice": name, "lead": str(lead)})
    history = histories([slice_], {}, decisions, said, [])[0]
    return Measured(slice_, begin, end, step, history, lead, {resource: one for (_name, resource), one in series.items()},
                    read_indicator(client, slice_, as_of, end - begin, step),
                    [one for one in client.segments(QOS, list(FIELDS), [name], begin, end) if one.slice == name])
