# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training on a site: a challenger fitted to the telemetry of the slices, promoted only where it wins.

The last WITHHELD rows of each series judge; the CHOOSING rows before them choose how long the fit lasts. What is saved is then fitted
once more, as long, to all of it. Same telemetry and settings, same fingerprint: nothing is done twice. A champion that was fitted lately
has learnt from days that judge, so a challenger has to be clearly better to replace it.
"""
from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from ..errors import InvalidInput
from ..instants import fingerprint
from ..telemetry.walltime import offset, wall_rows
from . import registry
from .baselines import seasonal_naive
from .corpus import SHORTEST, corpus
from .histories import regular
from .runtime import TORCH, forecast
from .scores import coverage, geometric_mean, quantile_losses, wql
from .seasonal import DAY, HORIZON, STEP_SECONDS
from .training import stream, tune, with_state
from .tuning import BATCH, RATE
from .weights import save_manifest, save_model

try:
    import numpy as np
except ImportError:
    np = None

WITHHELD = CHOOSING = 3 * DAY
NEEDED = SHORTEST + CHOOSING + WITHHELD + HORIZON
MEASURED = 0.5
APART = 36
SHARE = 0.5
FRACTIONS = (0.125, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Plan:
    """Settings of a training: batches of the longest fit tried, seed, telemetry to read."""

    batches: int = 400
    seed: int = 1
    history_seconds: int = 28 * 86400
    step_seconds: int = 300

    def __post_init__(self):
        if not 8 <= self.batches <= 100000:
            raise InvalidInput(f"batches: {self.batches} is not between 8 and 100000.")
        if not 10 <= self.step_seconds <= 3600:
            raise InvalidInput(f"step_seconds: {self.step_seconds} is not between 10 and 3600.")
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


def _origins(length, begin, end):
    return np.arange(length - begin, length - end - HORIZON + 1, APART)


def _judged(group, begin, end):
    """Windows of every series between two distances from its end: -> which, origins, actual."""
    at = [_origins(length, begin, end) for length in group.length]
    which = np.repeat(np.arange(len(at)), [len(one) for one in at])
    return which, np.concatenate(at), group.future(which, np.concatenate(at))


def _relative(quantiles, baseline, actual, which):
    """Loss of each series relative to a baseline [S]."""
    ours, theirs = (quantile_losses(actual, q).mean((1, 2)) for q in (quantiles, baseline))
    return np.array([ours[which == i].sum() / max(theirs[which == i].sum(), 1e-9) for i in np.unique(which)])


def _length(net, rows, starts, plan, say):
    """The number of batches whose fit is best on the rows that choose; 0 where none beats the original."""
    group = corpus([values[:-WITHHELD] for values in rows], starts)
    learn = corpus([values[:-WITHHELD - CHOOSING] for values in rows], starts)
    which, at, actual = _judged(group, CHOOSING, 0)
    inputs = group.inputs(which, at)
    original = forecast([net], inputs)
    lengths = sorted({max(int(plan.batches * fraction), 1) for fraction in FRACTIONS})
    losses = {0: 1.0}
    states = tune(net, stream([learn], [1], BATCH), lengths, plan.seed, RATE, lambda step, loss: say("choose the length", step, lengths[-1], loss))
    for length, state in states.items():
        mean = SHARE * forecast([with_state(net, state)], inputs) + (1 - SHARE) * original
        losses[length] = geometric_mean(_relative(mean, original, actual, which))
    return min(losses, key=losses.get), losses


def _fitted(nets, rows, starts, length, plan, say):
    source = stream([corpus(rows, starts)], [1], BATCH)
    return [with_state(net, tune(net, source, [length], plan.seed + i, RATE, lambda step, loss, i=i: say(
        f"fit net {i + 1} of {len(nets)}", step, length, loss))[length]) for i, net in enumerate(nets)]


def _shares(count):
    return [1 - SHARE] * count + [SHARE] * count


def _scores(challenger, shares, champion, keys, group):
    """Challenger, champion and seasonal naive on the rows that judge, for each series: -> {key: {"challenger", "champion", ...}}."""
    which, at, actual = _judged(group, WITHHELD, 0)
    inputs = group.inputs(which, at)
    ours = forecast(challenger, inputs, shares)
    theirs = np.empty_like(ours)
    for member in {id(m): m for m in (champion.member(key) for key in keys)}.values():
        mine = np.isin(which, [i for i, key in enumerate(keys) if champion.member(key) is member])
        theirs[mine] = forecast(member.nets, inputs, member.shares)[mine]
    naive = seasonal_naive(*group.windows(which, at))
    out = {}
    for i, key in enumerate(keys):
        mine = which == i
        out["/".join(key)] = {
            "challenger": round(wql(actual[mine], ours[mine]), 5), "champion": round(wql(actual[mine], theirs[mine]), 5),
            "seasonal_naive": round(wql(actual[mine], naive[mine]), 5), "coverage_95": round(coverage(actual[mine], ours[mine]), 4)}
    return out


def _known(path, mark):
    """The version that was made with the same fingerprint, or None."""
    for version, manifest in registry.manifests(path).items():
        if manifest.get("fingerprint") == mark:
            return version, manifest
    return None


def roll_back(path, version, write):
    """Make an older version current. -> result of the action."""
    able = [one for one, manifest in registry.manifests(path).items() if "weights" in manifest]
    if version not in able:
        raise InvalidInput(f"version: {path} has no version {version!r} that was promoted; it has {', '.join(able) or 'none'}.")
    before = registry.current_version(path)
    if before != version and write:
        registry.set_current(path, version)
    return {"changed": before != version, "current": version, "before": before, "reason": "chosen by hand"}


def train(series, path, plan, write, say):
    """Fit a challenger to telemetry {(slice, resource): Series} and promote it where it wins.

    write False: train nothing, say whether something would be done. say(what, step, steps, loss): progress.
    -> {"changed", "current", "before", "version", "promoted", "reason", "scores", "left_out"}.
    """
    keys, rows, starts, left = usable(series)
    champion, before = registry.load_models(path, TORCH), registry.current_version(path)
    digest = [["/".join(key), start, hashlib.sha256(values.tobytes()).hexdigest()] for key, start, values in zip(keys, starts, rows)]
    mark = fingerprint({"series": digest, "batches": plan.batches, "seed": plan.seed, "base": champion.shipped.fingerprint})
    result = {"changed": False, "current": before, "before": before, "version": None, "promoted": [], "scores": {}, "left_out": left}
    if not keys:
        return {**result, "reason": f"no series is long enough; training needs {NEEDED / DAY:.1f} d of history"}
    known = _known(path, mark)
    if known:
        version, manifest = known
        return {**result, "version": version, "promoted": manifest["won"], "scores": manifest["scores"],
                "reason": f"unchanged: {version} was made from the same telemetry"}
    if not write:
        return {**result, "changed": True, "reason": f"{len(keys)} series would be trained on"}
    return {**result, **_challenge(keys, rows, starts, champion, path, plan, mark, say)}


def _challenge(keys, rows, starts, champion, path, plan, mark, say):
    nets = champion.shipped.nets
    length, losses = _length(nets[0], rows, starts, plan, say)
    facts = {"name": "lstm-tuned", "fingerprint": mark, "base": champion.shipped.fingerprint, "command": "foresight.netslice.demand_model",
             "batches": length, "lengths": {str(key): round(value, 5) for key, value in losses.items()}, "won": [], "scores": {}}
    if length:
        trial = _fitted(nets, [values[:-WITHHELD] for values in rows], starts, length, plan, say)
        facts["scores"] = _scores(nets + trial, _shares(len(nets)), champion, keys, corpus(rows, starts))
        facts["won"] = sorted(key for key, s in facts["scores"].items() if s["challenger"] < s["champion"] and s["challenger"] < s["seasonal_naive"])
    facts["reason"] = _reason(length, facts["won"], keys)
    version = f"v{max([int(one[1:]) for one in registry.versions(path)], default=0) + 1:04d}"
    folder = os.path.join(path, version)
    if facts["won"]:
        tuned = nets + _fitted(nets, rows, starts, length, plan, say)
        assigned = {**champion.assigned, **dict.fromkeys(facts["won"], version)}
        save_model(folder, tuned, {**facts, "shares": _shares(len(nets)), "assigned": assigned})
        registry.set_current(path, version)
    else:
        save_manifest(folder, facts)
    return {"changed": True, "current": registry.current_version(path), "version": version,
            "promoted": facts["won"], "scores": facts["scores"], "reason": facts["reason"]}


def _reason(length, won, keys):
    if not length:
        return "kept the champion: no fit was better on the days that choose"
    if not won:
        return "kept the champion: the challenger beat champion and seasonal naive on no series"
    return f"promoted for {len(won)} of {len(keys)} series, where it beat champion and seasonal naive on the withheld days"
