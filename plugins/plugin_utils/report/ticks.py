# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the ticks of an axis stand and what they say."""
from __future__ import annotations

import math
from datetime import datetime, timezone

#: names that are the same whatever the locale, which ansible-core sets to the one of whoever runs it
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STEPS = (1, 2, 2.5, 5, 10)
_SPACINGS = (900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400)


def value_ticks(largest: float, whole: bool = False, count: int = 4) -> list[float]:
    """Ticks from 0 to at least `largest` (> 0), about `count` of them, at round numbers; at whole numbers where `whole`."""
    raw = max(largest, 1e-9) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s * power for s in _STEPS if s * power >= raw * (1 - 1e-9))
    if whole:
        step = max(1.0, math.ceil(step))
    return [round(i * step, 12) for i in range(math.ceil(largest / step * (1 - 1e-9)) + 1)]


def value_text(value: float) -> str:
    """A number as a person writes it: three significant digits, no trailing zeros, k and M above a thousand."""
    for factor, suffix in ((1e6, "M"), (1e4, "k")):
        if abs(value) >= factor:
            return f"{value / (1e6 if suffix == 'M' else 1e3):.4g}{suffix}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def time_ticks(start: int, stop: int, count: int = 4) -> list[int]:
    """Round instants (UTC) in [start, stop], at most about `count` of them."""
    spacing = next((s for s in _SPACINGS if (stop - start) / s <= count), _SPACINGS[-1])
    return list(range(-(-start // spacing) * spacing, stop + 1, spacing))


def time_text(instant: int, days: bool = True) -> str:
    """`06:00`, and `Tue 6 Jan` at midnight where `days`."""
    at = datetime.fromtimestamp(instant, tz=timezone.utc)
    if days and at.hour == at.minute == 0:
        return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}"
    return f"{at:%H:%M}"


def hours_text(seconds: int) -> str:
    """`1 h`, `1.5 h`: a distance."""
    return f"{seconds / 3600:g} h"


def when_text(instant: int) -> str:
    """`2026-01-06 08:00`, in UTC."""
    return f"{datetime.fromtimestamp(instant, tz=timezone.utc):%Y-%m-%d %H:%M}"
