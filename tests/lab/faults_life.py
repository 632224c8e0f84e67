# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wished of a fleet during a life: slices that come, grow, shrink, go and come again, with demand that is made up."""
from __future__ import annotations

import random
from dataclasses import dataclass

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant

#: 2026-01-14T08:00:00Z
BEGIN = 1768377600
SERVES = 50
NAMES = ("api", "batch", "video", "web")
QUARANTINE_SECONDS = 300
#: scaling.warm of the slices that have one
POOLS = {"video": {"state": "stopped", "max": 3, "reuse": True}, "web": {"state": "parked", "min": 1, "max": 2}}
#: the window of the pools needs so many times as much as this moment
AHEAD = 1.5


@dataclass
class Step:
    """One pass of a life: the instant it decides for, and the demand of each slice in VMs; None: its state is absent."""

    as_of: int
    vms: dict


def life(seed, length, names=NAMES, most=4):
    """The steps of a life: all slices come at once, then whatever chance gives, then all go, and their addresses leave quarantine."""
    chance = random.Random(seed)
    as_of, steps = BEGIN, [Step(BEGIN, {name: chance.randint(1, most) for name in names})]
    for _number in range(length - 4):
        as_of += chance.choice((60, 300, 600))
        vms = dict(steps[-1].vms)
        for name in chance.sample(names, chance.randint(1, len(names))):
            vms[name] = chance.choice((None, *range(1, most + 1)))
        steps.append(Step(as_of, vms))
    gone = dict.fromkeys(names)
    # The drain ends, then the quarantine; the last pass finds nothing to do.
    for seconds in (60, 120, QUARANTINE_SECONDS + 60, 600):
        as_of += seconds
        steps.append(Step(as_of, gone))
    return steps


def slices(step, image, **vm):
    """The slices as a person writes them."""
    return [
        {
            "name": name, "state": "absent" if wished is None else "present",
            "vm": {"memory_mib": 96, "serves": {"requests": SERVES}, "image": image, **vm},
            # One of them drains before it stops, one hides behind its host's address; two have warm pools.
            "scaling": {"mode": "enforce", "min": 1, "max": 8, "drain_seconds": 60 if name == "video" else 0, "warm": POOLS.get(name, {})},
            "network": {"range": f"10.90.{2 + number}.0/24", "mode": "nat" if name == "batch" else "routed", "quarantine_seconds": QUARANTINE_SECONDS},
            "flows": [{"from": "web", "protocol": "tcp", "port": 5432}] if name == "api" and "web" in step.vms else [],
        }
        for number, (name, wished) in enumerate(sorted(step.vms.items()))
    ]


def profiles(step):
    """Demand Profiles that need as many VMs as the step says."""
    return [_profile(name, wished or 0, step.as_of) for name, wished in sorted(step.vms.items())]


def _profile(name, vms, as_of):
    resources = {"requests": _resource(vms * SERVES, "1/s")}
    for direction, each in (("egress", 0.8), ("ingress", 0.4)):
        resources[direction] = _resource(vms * each, "Mbit/s")
    return {
        "schema": "foresight.netslice/demand-profile/1", "slice": name, "as_of": format_instant(as_of), "step_seconds": 300, "horizon_seconds": 43200,
        "quantiles": [0.5, 0.9, 0.95], "verdict": "ok", "model": {"name": "reactive", "fingerprint": "sha256:0", "reason": "made up"},
        "resources": resources,
    }


def _resource(value, unit):
    window = [float(value)] * 3
    return {
        "unit": unit, "verdict": "ok", "model": "reactive", "reason": "made up", "last": {"value": float(value), "time": None}, "age_seconds": 0,
        "history_seconds": 604800, "coverage": 1.0, "recent_peak": float(value), "dissolve_peak": None,
        "windows": {"act": window, "hold": window, "horizon": window, "warm": [AHEAD * value] * 3}, "accuracy": None,
    }
