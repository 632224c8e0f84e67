# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three applications of the demonstration as slices, for the demand that demand.py makes."""

from __future__ import annotations

NAMES = ("web", "video", "batch")
RANGES = {"web": "10.90.2.0/24", "video": "10.90.3.0/24", "batch": "10.90.4.0/24"}
SERVES = {"web": 50, "video": 30, "batch": 50}
QUARANTINE_SECONDS = 300
# At most five guests at once: an emulated CPU boots them one by one.
MAXIMUM = {"web": 3, "video": 2, "batch": 1}
PRIORITY = {"web": 200, "video": 100, "batch": 50}


def slices(image, mode="enforce"):
    """netslice_slices of the demonstration. image: kernel, initrd and cmdline of the guests."""
    made = []
    for name in NAMES:
        made.append({
            "name": name, "priority": PRIORITY[name],
            "vm": {"vcpus": 1, "memory_mib": 96, "serves": {"requests": SERVES[name]}, "image": image},
            "scaling": {"mode": mode, "min": 1, "max": MAXIMUM[name], "quantile": 0.95, "lead_time_seconds": 1800, "interval_seconds": 900},
            "network": {"range": RANGES[name], "quarantine_seconds": QUARANTINE_SECONDS},
        })
    web, video, batch = made
    # A job can wait: batch is planned for by its median, and goes two hours after its demand did.
    # video may not take the whole link, even when it is idle.
    video["network"]["egress"] = {"ceiling_mbit": 15}
    video["network"]["ingress"] = {"ceiling_mbit": 12}
    batch["scaling"].update(quantile=0.5, dissolve_after_seconds=7200, dissolve_below=0.1)
    return made
