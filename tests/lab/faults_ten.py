# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten slices on one host, from their first pass to their last, without a fault: the host is then as it was before."""
from __future__ import annotations

import tempfile
import time

import faults_invariants
import faults_kills
import faults_life

NAMES = tuple(sorted((*faults_life.NAMES, "cache", "db", "ingest", "mail", "search", "stats")))
KIND = "life of ten slices"
STEPS = 7
#: of a slice, so that an emulated host boots all of them in a minute or two
MOST_VMS = 2
BOOT_SECONDS = 600


def live(campaign, fleet_of, driver):
    """One such life, with real guests where the driver is qemu. Each pass must converge, and the dumps before and after must be equal."""
    seed, begin = f"ten/{campaign.seed}", time.monotonic()
    campaign.seeds.append(seed)
    campaign.lives += 1
    with tempfile.TemporaryDirectory(prefix="netslice-faults-") as directory, fleet_of(directory, driver, 1, vips_timeout=BOOT_SECONDS) as fleet:
        trial = faults_kills.Trial(fleet, real=driver == "qemu")
        before, found, most = trial.last, [], 0
        for number, step in enumerate(faults_life.life(seed, STEPS, NAMES, MOST_VMS)):
            found += [f"pass {number}: {text}" for text in trial.recovers(step)]
            most = max(most, *(sum(one["id"] is not None for one in dump["domains"].values()) for dump in trial.last.values()))
        for name in before:
            found += [f"{name} after the life: {text}" for text in faults_invariants.different(before[name], trial.last[name])]
    if most < len(NAMES):
        found.append(f"no more than {most} VMs ever ran")
    campaign.add(KIND, seed, {"most_vms": most}, found)
    print(f"ten slices: {most} VMs at most, {len(found)} findings; a life of {time.monotonic() - begin:.0f} s", flush=True)
