# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller: libraries, the forecast model, the slices themselves."""
from __future__ import annotations

import shutil

from ..analytics.registry import load_models
from ..errors import MissingLibrary, NetsliceError
from ..manager.slices import validate_slices
from ..requirements import LIBRARIES, require
from .findings import Finding, refused

#: forecasts do without it, by numpy; training does not
OPTIONAL = {"torch": "Forecasts are computed by numpy. Install torch where models are trained."}
FREE_MIB = 200


def libraries() -> list[Finding]:
    """A row for each library that is not there, or one that all are."""
    found = []
    for name, (package, lowest) in sorted(LIBRARIES.items()):
        try:
            require(name, f"use {package}")
        except MissingLibrary as exc:
            if name in OPTIONAL:
                found.append(Finding("controller", package, "warning", f"{package} {lowest} or later is not installed", OPTIONAL[name]))
            else:
                found.append(refused("controller", package, exc))
    names = ", ".join(sorted(package for package, _lowest in LIBRARIES.values()))
    return found or [Finding("controller", "libraries", "ok", f"{names} are installed")]


def model(path: str | None) -> Finding:
    """Whether the models load: those of the site where it has a folder of them, and the shipped one."""
    try:
        load_models(path)
    except NetsliceError as exc:
        return refused("controller", "model", exc)
    return Finding("controller", "model", "ok", f"the models of {path} load" if path else "the shipped model loads")


def space(path: str) -> Finding:
    """Whether there is room for the files of a pass."""
    free = shutil.disk_usage(path).free >> 20
    if free < FREE_MIB:
        return Finding("controller", path, "failed", f"{free} MiB are free, and a pass writes its curves and artifacts there", "Free some space.")
    return Finding("controller", path, "ok", f"{free} MiB are free")


def slices(raw) -> tuple[list[dict], Finding]:
    """The validated slices, none where they are not valid, and what was found."""
    try:
        valid = validate_slices(raw)
    except NetsliceError as exc:
        return [], refused("controller", "netslice_slices", exc)
    modes = sorted({one["scaling"]["mode"] for one in valid})
    return valid, Finding("controller", "netslice_slices", "ok", f"{len(valid)} are valid; modes: {', '.join(modes) or 'none'}")
