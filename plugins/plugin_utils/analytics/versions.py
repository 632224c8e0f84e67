# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing to a registry of models: one writer at a time, and every step whole or not at all, whenever it is cut off.

A version is made in a folder that no reader looks at, and renamed when it is whole. That it shall become current is written down before
(`pending`), so that a writer that was killed in between is finished by the next one.
"""
from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager

from ..errors import InvalidInput, ModelError
from .registry import MARKER, current_version, load_version, manifests, marked, versions
from .weights import write

LOCK, PENDING, STAGE = ".lock", ".pending", ".version-"


def _refused(path, exc):
    return ModelError(f"Cannot write to the models of {path}: {exc.strerror}. Choose a models_path that the controller may write to.")


@contextmanager
def locked(path: str):
    """The right to write to the registry, which is made where it is not; the system takes the lock from a process that dies.

    Raises ModelError where another process has it.
    """
    try:
        os.makedirs(path, exist_ok=True)
        handle = os.open(os.path.join(path, LOCK), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as exc:
        raise _refused(path, exc) from exc
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise ModelError(f"Cannot train into {path}: another training (process {holder}) is at work there. "
                             f"Wait until it has ended, or choose another models_path.") from exc
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        for name in os.listdir(path):
            if name.startswith(STAGE):
                shutil.rmtree(os.path.join(path, name), ignore_errors=True)
        yield
    finally:
        os.close(handle)


def unfinished(path: str) -> str | None:
    """The whole version that a killed training did not get to make current, or None."""
    name = os.path.join(path, PENDING)
    if not os.path.isfile(name):
        return None
    with open(name, encoding="utf-8", errors="replace") as file:
        version = file.read().strip()
    return version if "weights" in manifests(path).get(version, {}) and marked(path) != version else None


def finish(path: str) -> None:
    """Do what is written down as pending. The caller holds the lock."""
    version = unfinished(path)
    if version:
        set_current(path, version)
    _forget(path)


def _forget(path):
    try:
        os.unlink(os.path.join(path, PENDING))
    except FileNotFoundError:
        pass


def set_current(path: str, version: str) -> None:
    """Make `version` the current one."""
    write(os.path.join(path, MARKER), (version + "\n").encode())


def next_version(path: str) -> str:
    """The name of the version that comes next."""
    return f"v{max([int(one[1:]) for one in versions(path)], default=0) + 1:04d}"


def add(path: str, version: str, fill, promote: bool) -> None:
    """Add a version, made by fill(folder), and make it current if it was promoted. The caller holds the lock."""
    try:
        stage = tempfile.mkdtemp(prefix=STAGE, dir=path)
    except OSError as exc:
        raise _refused(path, exc) from exc
    try:
        fill(stage)
        if promote:
            write(os.path.join(path, PENDING), (version + "\n").encode())
        os.chmod(stage, 0o755)
        os.rename(stage, os.path.join(path, version))
    except OSError as exc:
        raise _refused(path, exc) from exc
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    if promote:
        finish(path)


def unused(path: str, keep: int) -> list[str]:
    """Versions that may go: all but the `keep` newest, the current one, and those that forecast a series of one of these."""
    found, all_of_them = manifests(path), versions(path)
    kept = set(all_of_them[-keep:]) | {marked(path)}
    kept |= {by for one in kept for by in found.get(one, {}).get("assigned", {}).values()}
    return [one for one in all_of_them if one not in kept]


def remove(path: str, names) -> None:
    """Remove versions, each at once for a reader. The caller holds the lock."""
    for name in names:
        gone = os.path.join(path, STAGE + name)
        try:
            os.rename(os.path.join(path, name), gone)
        except OSError as exc:
            raise _refused(path, exc) from exc
        shutil.rmtree(gone, ignore_errors=True)


def _before(path):
    try:
        return current_version(path)
    except ModelError:  # going back is how one leaves a version that is damaged
        return None


def roll_back(path: str, version: str, do: bool) -> dict:
    """Make an older version current. -> result of the action. Raises InvalidInput, and ModelError where the version is damaged."""
    found = manifests(path)
    able = [one for one, manifest in found.items() if "weights" in manifest]
    if version in found and version not in able:
        raise InvalidInput(f"version: {version} of {path} was not promoted and has no weights ({found[version]['reason']}); "
                           f"those that were are {', '.join(able) or 'none'}.")
    if version not in able:
        raise InvalidInput(f"version: {path} has no version {version!r} that was promoted; it has {', '.join(able) or 'none'}.")
    load_version(path, version)
    before = _before(path)
    if before != version and do:
        with locked(path):
            _forget(path)  # a person has chosen otherwise than a training that was killed
            set_current(path, version)
    return {"changed": before != version, "current": version, "before": before, "reason": "chosen by hand"}
