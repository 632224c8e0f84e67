# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training on a site: a challenger fitted to the telemetry of the slices, promoted for the series where it wins.

The last WITHHELD rows of each series judge; the days before them choose how long the fits last and what they count (challenge.py). What
is saved is then fitted once more, as long, to all of it. Same telemetry and settings, same fingerprint: nothing is done twice. A champion
that was fitted lately has learnt from days that judge, so a challenger has to be clearly better to replace it.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..errors import InvalidInput
from ..instants import fingerprint, format_instant
from ..telemetry.walltime import offset, wall_rows
from . import registry, versions
from .challenge import Learning, choose_recipe, make
from .contest import scores, verdict
from .device import chosen as chosen_device
from .histories import regular
from .progress import Progress
from .runtime import TORCH
from .seasonal import DAY, STEP_SECONDS
from .tuning import NEEDED as FITTABLE
from .weights import save_manifest, save_model

try:
    import numpy as np
except ImportError:
    np = None

WITHHELD = 3 * DAY
NEEDED = FITTABLE + WITHHELD
MEASURED = 0.5


@dataclass(frozen=True)
class Plan:
    """Settings of a training: batches of the longest fit tried, seed, telemetry to read, own fits, versions kept (None: all), device."""

    batches: int = 1600
    seed: int = 1
    history_seconds: int = 28 * 86400
    step_seconds: int = 300
    series_fits: int = 64
    keep_versions: int | None = None
    device: str = "auto"

    def __post_init__(self):
        for name, least, most in (("batches", 8, 100000), ("step_seconds", 10, 3600), ("series_fits", 0, 100000), ("keep_versions", 1, 100000)):
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise InvalidInput(f"{name}: {value} is not between {least} and {most}.")
        if self.history_seconds < NEEDED * STEP_SECONDS:
            raise InvalidInput(f"history_seconds: {self.history_seconds} is less than training needs; ask for at least {NEEDED * STEP_SECONDS}.")


def usable(series):
    """{(slice, resource): Series} -> keys, rows, starts of those long and dense enough, and {key: why not} of the others."""
    keys, rows, starts, left = [], [], [], {}
    for key, one in sorted(series.items()):
        values, measured = regular(wall_rows(one, one.history), one.step_seconds)
        if len(values) < NEEDED:
            left["/".join(key)] = f"{len(values) / DAY:.1f} d of history, training needs {NEEDED / DAY:.1f} d"
        elif measured < MEASURED:
            left["/".join(key)] = f"{measured:.0%} of the rows measured, training needs {MEASURED:.0%}"
        elif np.ptp(values) <= 0:
            left["/".join(key)] = "constant"
        else:
            keys.append(key)
            rows.append(values)
            starts.append(one.end + offset(one.time_zone, one.end) - len(values) * STEP_SECONDS)
    return keys, rows, starts, left


def _known(path, mark):
    """The version that was made with the same fingerprint and its manifest, or None."""
    for version, manifest in registry.manifests(path).items():
        if manifest.get("fingerprint") == mark:
            return version, manifest
    return None


def _result(path, before, version, manifest, removed, reason):
    now = registry.current_version(path)
    return {"changed": before != now or bool(removed), "current": now, "before": before, "version": version, "promoted": manifest["won"],
            "reason": reason, "scores": {key: one["scores"] for key, one in manifest["series"].items()},
            "series": {key: {name: one[name] for name in ("batches", "weights", "reason")} for key, one in manifest["series"].items()},
            "removed": removed}


def train(series, path, plan, write, tell=None):
    """Fit a challenger to telemetry {(slice, resource): Series} and promote it where it wins.

    write False: train nothing, say whether something would be done. tell(line): progress, at least every ten seconds.
    -> {"changed", "current", "before", "version", "promoted", "reason", "scores", "series", "left_out", "removed"}.
    Raises InvalidInput, ModelError.
    """
    keys, rows, starts, left = usable(series)
    device = chosen_device(plan.device)
    before, base = registry.current_version(path), registry.base(path, TORCH)
    nothing = {"changed": False, "current": before, "before": before, "version": None, "promoted": [], "scores": {}, "series": {},
               "left_out": left, "removed": []}
    if not keys:
        return {**nothing, "reason": f"no series is long enough; training needs {NEEDED / DAY:.1f} d of history"}
    span = min(series[key].end - len(values) * STEP_SECONDS for key, values in zip(keys, rows)), max(series[key].end for key in keys)
    learning = Learning(["/".join(key) for key in keys], rows, starts, span, plan.batches, plan.seed, plan.series_fits, device)
    digest = [[name, start, hashlib.sha256(values.tobytes()).hexdigest()] for name, start, values in zip(learning.names, starts, rows)]
    mark = fingerprint({"series": digest, "batches": plan.batches, "seed": plan.seed, "series_fits": plan.series_fits, "base": base.fingerprint})
    if not write:
        return {**nothing, **_would(path, plan, mark, len(keys))}
    with versions.locked(path):
        versions.finish(path)
        known, reason = _known(path, mark), None
        if known:
            reason = f"unchanged: {known[0]} was made from the same telemetry"
        else:
            with Progress(tell) as progress:
                known = _challenge(path, learning, mark, progress)
        removed = versions.unused(path, plan.keep_versions) if plan.keep_versions else []
        versions.remove(path, removed)
        return {**nothing, **_result(path, before, *known, removed, reason or known[1]["reason"]), **({} if reason else {"changed": True})}


def _would(path, plan, mark, count):
    """What check mode says: the fields of the result that differ from those of a training without anything to do."""
    known, pending = _known(path, mark), versions.unfinished(path)
    removed = versions.unused(path, plan.keep_versions) if plan.keep_versions else []
    if not known:
        return {"changed": True, "reason": f"{count} series would be trained on"}
    found = _result(path, registry.current_version(path), *known, removed, f"unchanged: {known[0]} was made from the same telemetry")
    return {**found, **({"changed": True, "reason": f"{pending}, whose training was cut off, would become current"} if pending else {})}


def _facts(learning, recipe, base, mark, progress):
    """What a manifest says of a training, but for how each series is forecast."""
    return {"name": "lstm-tuned", "fingerprint": mark, "base": base.fingerprint, "command": "foresight.netslice.demand_model",
            "span": dict(zip(("begin", "end"), map(format_instant, learning.span))),
            "settings": {"batches": learning.batches, "seed": learning.seed, "series_fits": learning.series_fits},
            "site": {"batches": recipe.site, "losses": {str(key): round(value, 5) for key, value in recipe.losses.items()}},
            "device": learning.device, "seconds": round(progress.seconds, 1)}


def _challenge(path, learning, mark, progress):
    """Choose, judge, and add the version. -> its name and manifest. The caller holds the lock."""
    champion = registry.load_models(path, TORCH)
    nets, count = champion.shipped.nets, len(learning.names)
    recipe = choose_recipe(nets, learning, WITHHELD, progress)
    trial, found = make(nets, recipe, learning, WITHHELD, range(count), progress), {}
    for i, name in enumerate(learning.names):
        progress.at(name, "forecast the days that judge")
        member = champion.member(tuple(name.split("/")))
        found[name] = scores(trial.of(i), (member.nets, member.shares), learning.one(i), WITHHELD)
    verdicts = {name: verdict(one) for name, one in found.items()}
    winners = [i for i, name in enumerate(learning.names) if verdicts[name][0]]
    final = make(nets, recipe, learning, 0, winners, progress)
    parts = {name: {"batches": chosen.length, "weights": dict(zip(("original", "site", "own"), chosen.weights)),
                    "scores": found[name], "reason": verdicts[name][1],
                    "losses": {str(key): round(value, 5) for key, value in chosen.losses.items()}}
             for name, chosen in zip(learning.names, recipe.series)}
    facts = {**_facts(learning, recipe, champion.shipped, mark, progress), "series": parts, "won": [learning.names[i] for i in winners],
             "reason": _reason(len(winners), count)}
    version = versions.next_version(path)
    for i in winners:
        parts[learning.names[i]]["shares"] = recipe.series[i].shares(nets, bool(final.site))
    if winners:
        facts["assigned"] = {**champion.assigned, **dict.fromkeys(facts["won"], version)}
    versions.add(path, version, lambda folder: _save(folder, final, facts, learning.names), bool(winners))
    return version, facts


def _save(folder, made, facts, names):
    """Write what was made for the winners, or only what was found where there is none."""
    if not facts["won"]:
        save_manifest(folder, facts)
        return
    for i, nets in made.own.items():
        save_model(registry.own_folder(folder, names[i]), nets, {"name": facts["name"], "fingerprint": facts["fingerprint"], "series": names[i]})
    save_model(folder, made.nets + made.site, facts)


def _reason(won, count):
    if not won:
        return "kept the champion: the challenger beat champion and baselines on no series"
    return f"promoted for {won} of {count} series, where it beat champion and baselines on the withheld days"
