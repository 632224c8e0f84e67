# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models on disk: one safetensors file of several networks, and a manifest that says what they are. Never a pickle."""
from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict

from .. import files
from ..errors import ModelError
from ..requirements import require
from .features import RECENT, STATISTICS, TOKEN, TOKENS
from .runtime import load_nets
from .seasonal import BASES, HORIZON, STEP_SECONDS, WINDOW

FORMAT = "foresight.netslice/model/1"
MANIFEST, WEIGHTS = "manifest.json", "global.safetensors"
#: what the code computes and a model was trained on; both must agree
INPUTS = {
    "step_seconds": STEP_SECONDS, "window_rows": WINDOW, "horizon_rows": HORIZON, "tokens": TOKENS, "token_rows": TOKEN,
    "recent_rows": RECENT, "statistics": STATISTICS, "bases": BASES, "quantiles": [0.5, 0.9, 0.95],
    "scaler": "mean and standard deviation of the last 2 days, the latter at least 0.3 of the week's and 0.1 of the window's",
}


def _sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def write(path: str, data: bytes) -> None:
    """Write a file of a model, and the folder it lies in. Raises ModelError."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        files.replace(path, data)
    except OSError as exc:
        raise ModelError(f"Cannot write {path}: {exc.strerror}. Choose a models_path that the controller may write to.") from exc


def save_manifest(folder: str, facts: dict) -> dict:
    """Write a manifest into `folder`; facts: name, command, data, scores and the like. Returns it."""
    manifest = {"format": FORMAT, **facts, "inputs": INPUTS}
    write(os.path.join(folder, MANIFEST), (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode())
    return manifest


def save_model(folder: str, nets, facts: dict) -> dict:
    """Write networks and their manifest into `folder`. Returns the manifest."""
    from safetensors.numpy import save
    arrays = {f"{i}.{key}": value.numpy() for i, net in enumerate(nets) for key, value in net.state_dict().items()}
    data = save(arrays)
    write(os.path.join(folder, WEIGHTS), data)
    return save_manifest(folder, {**facts, "nets": [asdict(net.config) for net in nets],
                                  "weights": {"file": WEIGHTS, "sha256": _sha256(data), "bytes": len(data)}})


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as exc:
        raise ModelError(f"Cannot read the model file {path}: {exc.strerror}. "
                         f"Install the collection again, or train a model with foresight.netslice.demand_model.") from exc


def read_manifest(folder: str) -> dict:
    """The manifest of the model in `folder`. Raises ModelError when it is absent, no JSON, or of another format."""
    path = os.path.join(folder, MANIFEST)
    try:
        manifest = json.loads(_read(path))
        found = manifest["format"]
    except (ValueError, KeyError, TypeError) as exc:
        raise ModelError(f"Cannot read the model manifest {path}: it is damaged ({exc}). Restore or retrain the model.") from exc
    if found != FORMAT or manifest.get("inputs") != INPUTS:
        raise ModelError(f"Cannot use the model of {path}: its format {found!r} or its inputs are not those of this version ({FORMAT}). "
                         f"Train it again with foresight.netslice.demand_model.")
    return manifest


def load_model(folder: str, runtime: str | None = None):
    """-> networks ready to forecast, of a runtime (see runtime.choose), and the manifest.

    Raises ModelError (file), MissingLibrary (safetensors, or a runtime that is wanted) and InvalidInput (runtime).
    """
    require("safetensors", "read the weights of the LSTM")
    from safetensors import SafetensorError
    from safetensors.numpy import load
    manifest = read_manifest(folder)
    if "weights" not in manifest:
        raise ModelError(f"Cannot use the model of {folder}: it was not promoted and has no weights. Choose another version.")
    path = os.path.join(folder, str(manifest["weights"]["file"]))
    data = _read(path)
    if _sha256(data) != manifest["weights"]["sha256"]:
        raise ModelError(f"Cannot use the weights {path}: their checksum is {_sha256(data)}, the manifest says "
                         f"{manifest['weights']['sha256']}. Restore the file or train the model again.")
    try:
        nets = load_nets(load(data), manifest["nets"], runtime)
    except (SafetensorError, ValueError, KeyError, TypeError) as exc:
        raise ModelError(f"Cannot use the weights {path}: they do not fit the network of this version ({exc}). Train the model again.") from exc
    return nets, manifest
