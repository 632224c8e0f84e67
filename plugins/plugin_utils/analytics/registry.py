# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models in a folder the user names: versions side by side, a marker that says which is current, and the shipped model.

Layout: <models_path>/current (the name of a version), <models_path>/<version>/{manifest.json, global.safetensors}. A version that was
promoted says which version forecasts each series it knows of (`assigned`), itself or one before it; one that was not has no weights.
"""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from ..errors import ModelError
from .weights import load_model, read_manifest, write

SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "models")
MARKER = "current"
VERSION = re.compile(r"^v[0-9]{4,}$")


@dataclass
class Member:
    """One model in use: its networks, its manifest and its version."""

    nets: list
    manifest: dict
    version: str  # of the registry, or shipped-<the first digits of the checksum>

    @property
    def shares(self):
        """Weight of each network in the mean, or None for equal ones."""
        return self.manifest.get("shares")

    @property
    def runtime(self) -> str:
        """What computes its networks, torch or numpy."""
        return self.nets[0].runtime

    @property
    def name(self) -> str:
        """lstm-global or lstm-tuned."""
        return self.manifest["name"]

    @property
    def fingerprint(self) -> str:
        """Checksum of its weights."""
        return self.manifest["weights"]["sha256"]

    @property
    def span(self) -> dict | None:
        """{"begin", "end"}, instants between which lies the telemetry of the site that it was fitted to; None for the shipped model."""
        return self.manifest.get("span")


@dataclass
class Models:
    """The shipped model, and the tuned versions of the series they won, by `slice/resource`."""

    shipped: Member
    tuned: dict = field(default_factory=dict)
    assigned: dict = field(default_factory=dict)  # {slice/resource: version}

    def member(self, key) -> Member:
        """The model for a series (slice, resource)."""
        version = self.assigned.get("/".join(key))
        return self.tuned[version] if version else self.shipped


def current_version(path: str | None) -> str | None:
    """The version the registry at `path` names as current, None where there is no registry. Raises ModelError when it is damaged."""
    marker = os.path.join(path, MARKER) if path else ""
    if not path or not os.path.isfile(marker):
        return None
    with open(marker, encoding="utf-8") as file:
        version = file.read().strip()
    if not VERSION.match(version) or not os.path.isdir(os.path.join(path, version)):
        raise ModelError(f"Cannot use the models of {path}: {marker} names {version!r}, and there is no such version. "
                         f"Write the name of a version folder (v0001, ...) into it, or remove it to use the shipped model.")
    return version


def versions(path: str) -> list[str]:
    """Versions in the registry, oldest first."""
    return sorted(name for name in os.listdir(path) if VERSION.match(name)) if os.path.isdir(path) else []


def manifests(path: str) -> dict[str, dict]:
    """{version: manifest}, oldest first, of the versions that this release reads.

    Left out are those that an interrupted training did not finish and those of another format: neither may keep a new one from being made.
    """
    found = {}
    for version in versions(path):
        try:
            found[version] = read_manifest(os.path.join(path, version))
        except ModelError:
            continue
    return found


def set_current(path: str, version: str) -> None:
    """Make `version` the current one."""
    write(os.path.join(path, MARKER), (version + "\n").encode())


def load_models(path: str | None, runtime: str | None = None) -> Models:
    """What forecasts at a site: the shipped model, and the current version of the registry at `path` where it has one.

    A `path` that holds a manifest itself, such as the result of `make model`, takes the place of the shipped model.
    runtime: torch or numpy; without a wish torch where it imports. Training needs torch.
    """
    own = path and os.path.isfile(os.path.join(path, "manifest.json"))
    nets, manifest = load_model(path if own else SHIPPED, runtime)
    shipped = Member(nets, manifest, f"shipped-{manifest['weights']['sha256'].partition(':')[2][:8]}")
    version = current_version(path)
    if version is None:
        return Models(shipped)
    assigned = read_manifest(os.path.join(path, version)).get("assigned", {})
    tuned = {one: Member(*load_model(os.path.join(path, one), runtime), one) for one in sorted(set(assigned.values()))}
    return Models(shipped, tuned, assigned)
