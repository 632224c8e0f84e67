# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models in a folder the user names: versions side by side, a marker that says which is current, and the shipped model.

Layout: <models_path>/current (the name of a version), <models_path>/<version>/{manifest.json, global.safetensors}, and of each series that
was fitted on its own <version>/series/<slice>.<resource>/{manifest.json, global.safetensors}. A version that was promoted says which version
forecasts each series it knows of (`assigned`), itself or one before it; one that was not has no weights. `versions.py` writes them.
"""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from ..errors import ModelError
from ..instants import fingerprint
from .weights import load_model, read_manifest

SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "models")
MARKER = "current"
VERSION = re.compile(r"^v[0-9]{4,}$")


@dataclass
class Member:
    """One model in use: its networks, its manifest, its version, the weights of the networks in the mean (None: equal ones)."""

    nets: list
    manifest: dict
    version: str  # of the registry, or shipped-<the first digits of the checksum>
    shares: list | None = None
    own: str | None = None  # checksum of the networks fitted to one series alone

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
        """Checksum of its weights, and of how they are weighed."""
        weights = self.manifest["weights"]["sha256"]
        return weights if self.shares is None else fingerprint({"weights": weights, "own": self.own, "shares": self.shares})

    @property
    def span(self) -> dict | None:
        """{"begin", "end"}, instants between which lies the telemetry of the site that it was fitted to; None for the shipped model."""
        return self.manifest.get("span")


@dataclass
class Models:
    """The shipped model, and the tuned ones of the series they won, by `slice/resource`."""

    shipped: Member
    tuned: dict = field(default_factory=dict)     # {slice/resource: Member}
    assigned: dict = field(default_factory=dict)  # {slice/resource: version}

    def member(self, key) -> Member:
        """The model for a series (slice, resource)."""
        name = "/".join(key)
        return self.tuned[name] if name in self.assigned else self.shipped


def marked(path: str | None) -> str | None:
    """What the marker of the registry at `path` says, None where there is none."""
    marker = os.path.join(path, MARKER) if path else ""
    if not path or not os.path.isfile(marker):
        return None
    with open(marker, encoding="utf-8", errors="replace") as file:
        return file.read().strip()


def current_version(path: str | None) -> str | None:
    """The version the registry at `path` names as current, None where there is no registry. Raises ModelError when it is damaged."""
    version = marked(path)
    if version is not None and (not VERSION.match(version) or not os.path.isdir(os.path.join(path, version))):
        raise ModelError(f"Cannot use the models of {path}: {os.path.join(path, MARKER)} names {version!r}, and there is no such version. "
                         f"Write the name of a version folder (v0001, ...) into it, or remove it to use the shipped model.")
    return version


def versions(path: str) -> list[str]:
    """Versions in the registry, oldest first."""
    return sorted((name for name in os.listdir(path) if VERSION.match(name)), key=lambda name: int(name[1:])) if os.path.isdir(path) else []


def manifests(path: str) -> dict[str, dict]:
    """{version: manifest}, oldest first, of the versions that this release reads.

    Left out are those that are damaged and those of another format: neither may keep a new one from being made.
    """
    found = {}
    for version in versions(path):
        try:
            found[version] = read_manifest(os.path.join(path, version))
        except ModelError:
            continue
    return found


def own_folder(folder: str, key: str) -> str:
    """Where in the folder of a version the networks of one series lie."""
    return os.path.join(folder, "series", key.replace("/", "."))


def _tuned(path, version, keys, runtime):
    """{slice/resource: Member} of the series that a version forecasts; series that are weighed alike share one."""
    folder = os.path.join(path, version)
    nets, manifest = load_model(folder, runtime)
    found, alike = {}, {}
    for key in keys:
        try:
            part = manifest["series"][key]
            shares, batches = part["shares"], part["batches"]
        except (KeyError, TypeError) as exc:
            raise ModelError(f"Cannot use the model of {folder}: its manifest does not say how {key} is forecast. "
                             f"Make another version current, or remove {os.path.join(path, MARKER)} to use the shipped model.") from exc
        if batches:
            own, facts = load_model(own_folder(folder, key), runtime)
            found[key] = _member(nets + own, manifest, shares, version, facts["weights"]["sha256"])
        else:
            found[key] = alike.setdefault(tuple(shares), _member(nets, manifest, shares, version))
    return found


def _member(nets, manifest, shares, version, own=None):
    """A Member without the networks that count nothing."""
    used = [(net, share) for net, share in zip(nets, shares) if share]
    return Member([net for net, _share in used], manifest, version, [share for _net, share in used], own)


def load_version(path: str, version: str, runtime: str | None = None) -> tuple[dict, dict]:
    """-> {slice/resource: Member} of all series that a version knows of, {slice/resource: version that forecasts it}. Raises ModelError."""
    assigned = read_manifest(os.path.join(path, version)).get("assigned", {})
    tuned = {}
    for one in sorted(set(assigned.values())):
        tuned.update(_tuned(path, one, sorted(key for key, by in assigned.items() if by == one), runtime))
    return tuned, assigned


def base(path: str | None, runtime: str | None = None) -> Member:
    """The model that forecasts what no version has won, and that every version starts from: the shipped one.

    A `path` that holds a manifest itself, such as the result of `make model`, takes its place.
    """
    own = path and os.path.isfile(os.path.join(path, "manifest.json"))
    nets, manifest = load_model(path if own else SHIPPED, runtime)
    return Member(nets, manifest, f"shipped-{manifest['weights']['sha256'].partition(':')[2][:8]}")


def load_models(path: str | None, runtime: str | None = None) -> Models:
    """What forecasts at a site: the shipped model, and the current version of the registry at `path` where it has one.

    runtime: torch or numpy; without a wish numpy. Training needs torch.
    """
    version = current_version(path)
    return Models(base(path, runtime), *load_version(path, version, runtime)) if version else Models(base(path, runtime))
