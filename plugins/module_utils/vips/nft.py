# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nft tables of this host: what they are, what they shall be, and one atomic load between the two.

What nft lists for a text is found by loading that text in a private network namespace, so that the comparison is exact for every version of
nft and sees each edit by hand. A file of digests in the state directory spares that work; it is only a cache.
"""
from __future__ import annotations

import json
import os
import re
import typing as t

from ..errors import HostError
from ..instants import digest
from . import files, links, vxlan
from .process import run
from .ruleset import TABLES

CACHE = "nft.json"
#: the ruleset as loaded last, for a boot unit to load again
SAVED = "netslice.nft"
LOAD = ["nft", "-f", "-"]
#: a set or map with elements, as nft lists it
SET = re.compile(r"\t(?:set|map) (\w+) \{[^{}]*elements = \{([^{}]*)\}\s*\}")


class Tables(t.NamedTuple):
    """The step from the live tables to the wanted ones; nothing to do when `commands` is empty."""

    text: t.Optional[str]  # ruleset to load, None when the tables go
    before: dict  # "family name" -> listing, of the tables there are
    after: dict
    commands: list  # argv lists


def read():
    """{"bridge netslice": listing without counters} of the tables that exist. Raises HostError where nft refuses."""
    found = {}
    for family, name in TABLES:
        status, listing, error = run(["nft", "-s", "list", "table", family, name])
        if status == 0:
            found[f"{family} {name}"] = listing
        elif "No such file" not in error:
            raise HostError(f"Cannot list the nft table {family} {name}: {_cause(error)}. Run as root on a kernel with nf_tables.")
    return found


def plan(state_dir, text):
    """Step to the ruleset `text`, or to no tables when it is None."""
    before = read()
    if text is None:
        return Tables(None, before, {}, [["nft", "delete", "table"] + name.split() for name in before])
    cache = _cached(state_dir)
    if before and cache.get("wanted") == digest(text) and cache.get("live") == _digest(before):
        return Tables(text, before, before, [])
    after = listed(text)
    return Tables(text, before, after, [] if before == after else [LOAD])


def apply(state_dir, tables):
    """Do what plan() found, and remember the digests. Raises HostError where nft refuses; then nothing of it was loaded."""
    for argv in tables.commands:
        status, _out, error = run(argv, data=tables.text)
        if status != 0:
            raise HostError(f"Cannot load the nft tables of the slices: {_cause(error)}. Nothing was changed; check that the kernel has nf_tables.")
    if tables.text is None:
        for name in (CACHE, SAVED):
            files.remove(os.path.join(state_dir, name))
        return
    if tables.commands or not stored(state_dir, tables):
        files.write(os.path.join(state_dir, SAVED), tables.text, mode=0o600)
        files.write(os.path.join(state_dir, CACHE), json.dumps({"wanted": digest(tables.text), "live": _digest(read())}) + "\n", mode=0o600)


def stored(state_dir, tables):
    """Whether the files are there that apply() leaves of tables that need no command: the ruleset for a boot, and the digests."""
    if tables.text is None:
        return True
    try:
        saved = files.read(os.path.join(state_dir, SAVED))
    except HostError:
        return False
    return saved == tables.text and _cached(state_dir) == {"wanted": digest(tables.text), "live": _digest(tables.after)}


def listed(text):
    """What read() gives once `text` is loaded, found in a network namespace of its own. Raises HostError where nft refuses the text."""
    script = "nft -f - && " + " && ".join(f"echo '#table {family} {name}' && nft -s list table {family} {name}" for family, name in TABLES)
    status, out, error = run(["unshare", "-n", "sh", "-c", script], data=text)
    if status != 0:
        raise HostError(f"Cannot check the nft tables of the slices: {_cause(error)}. Run as root on a kernel with nf_tables.")
    found = {}
    for part in out.split("#table ")[1:]:
        name, _newline, listing = part.partition("\n")
        found[name] = listing
    return found


def difference(tables):
    """(before, after) of a step, for people: the elements of each set, and the rules of the chains only where both sides have them."""
    before = {name: _outline(listing) for name, listing in tables.before.items()}
    after = {name: _outline(listing) for name, listing in tables.after.items()}
    for name in set(before) | set(after):
        if name not in before or name not in after or before[name]["rules"] == after[name]["rules"]:
            for side in (before, after):
                side.get(name, {}).pop("rules", None)
    return before, after


def _outline(listing):
    """Listing of a table -> {"elements": {set: [element, ...]}, "rules": [line, ...]}."""
    elements = {name: [one.strip() for one in inside.split(",")] for name, inside in SET.findall(listing)}
    return {"elements": elements, "rules": [line.strip() for line in SET.sub("", listing).splitlines() if line.strip()]}


def faults(state_dir, networks):
    """[{kind, object, detail}] of what keeps the slices of `networks` (as in the host state) from being reached or isolated.

    Kinds: nft_missing, nft_changed, and those of links.faults() and vxlan.faults(). Empty where there are no networks.
    """
    if not networks:
        return []
    live = read()
    found = [
        {"kind": "nft_missing", "object": f"table {family} {name}", "detail": "slices on this host are not isolated until it is loaded again"}
        for family, name in TABLES if f"{family} {name}" not in live
    ]
    cache = _cached(state_dir)
    if not found and "live" in cache and cache["live"] != _digest(live):
        found.append({"kind": "nft_changed", "object": "tables netslice", "detail": "somebody else changed them since they were loaded"})
    joined = any(network.get("overlay") for network in networks)
    return found + links.faults(networks) + (vxlan.faults(networks, vxlan.read()) if joined else [])


def _digest(listings):
    return digest("".join(listings[name] for name in sorted(listings)))


def _cause(error):
    """First line of nft's complaint, without the place in a file nobody sees."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    return (lines[0].split("Error: ")[-1] if lines else "nft gave no reason").rstrip(".")


def _cached(state_dir):
    try:
        with open(os.path.join(state_dir, CACHE), encoding="utf-8") as file:
            cache = json.load(file)
    except (OSError, ValueError):
        return {}
    return cache if isinstance(cache, dict) else {}
