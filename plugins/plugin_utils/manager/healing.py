# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well each VM is: which are restarted in place, which were restarted often enough, and which are left alone because something else is ill."""
from __future__ import annotations

from dataclasses import dataclass

from ..instants import parse_instant
from . import ipv4
from .lead_time import seconds_of

#: a VM that has not become active this long after it began, or twice its lead time, is restarted
VERIFY_SECONDS = 600
#: a host is ill itself where so many VMs that serve, and this share of them, are silent; the node controller of Kubernetes judges a zone of nodes so
#: (unhealthy-zone-threshold 0.55 of its nodes, and 3 of them at least)
LEAST_SILENT, ILL_SHARE = 3, 0.55
#: VMs that a sentence names
NAMED = 3
_ON_THE_WAY = ("starting", "verifying", "warming")


@dataclass(frozen=True)
class Healing:
    """Names of the VMs of a slice that run, do not answer and are restarted; of those that are left silent, with why; of those that do not stay up and
    are not restarted any more; and of those of them that are not replaced either, with why."""

    restart: frozenset[str] = frozenset()
    left: tuple[tuple[str, str], ...] = ()
    failing: frozenset[str] = frozenset()
    held: tuple[tuple[str, str], ...] = ()

    @property
    def replaceable(self) -> frozenset[str]:
        """Those that others may be launched in place of."""
        return self.failing - {name for name, _why in self.held}


NONE = Healing()


def healing_of(slice_: dict | None, records: list[tuple[str, dict]], ill: dict[str, str], as_of: int, frozen: bool) -> Healing:
    """The Healing of a slice. records: (host, record) by address. ill: ill_hosts(). frozen: whether nothing of the slice is touched."""
    if slice_ is None:
        return NONE
    failed = [(host, record["name"]) for host, record in records if fails(slice_, record, as_of)]
    failing, held = frozenset(name for _host, name in failed), tuple((name, ill[host]) for host, name in failed if host in ill)
    rules = slice_["scaling"]["healing"]
    quiet = [(host, record) for host, record in records if record["name"] not in failing and hung(slice_, record, as_of)]
    allowed = max(0, rules["at_once"] - sum(_coming_back(record) for _host, record in records))
    restart, left = [], []
    for host, record in sorted(quiet, key=lambda entry: (entry[1]["silent_since"], ipv4.parse_address(entry[1]["vip"]))):
        why = _obstacle(slice_, ill.get(host), frozen, rules, len(restart) >= allowed)
        if why:
            left.append((record["name"], why))
        else:
            restart.append(record["name"])
    return Healing(frozenset(restart), tuple(left), failing, held)


def words(slice_: dict, healing: Healing, names: list[str], fate: str) -> list[str]:
    """Sentences on the VMs that are not well. names: of those that shall serve after the pass. fate: what becomes of those that failed."""
    rules, held = slice_["scaling"]["healing"], dict(healing.held)
    groups: dict[str, list[str]] = {}
    quiet = f"not answered for {rules['silent_seconds']} s or longer"
    for name in names:
        if name in healing.restart:
            groups.setdefault(f"{quiet}: restarted in place", []).append(name)
        elif name in healing.failing:
            what = f"left as is, for {held[name]}" if name in held else fate
            groups.setdefault(f"{_restarted(rules['restarts'])}: {what}", []).append(name)
    for name, why in healing.left:
        groups.setdefault(f"{quiet}: left as is, for {why}", []).append(name)
    return [f"{listed(found)} {'has' if len(found) == 1 else 'have'} {rest}" for rest, found in groups.items()]


def _restarted(times: int) -> str:
    """What was done in vain, to go with `has`."""
    if not times:
        return "not stayed up, and is not to be restarted"
    return f"been restarted {'once' if times == 1 else f'{times} times'}, as often as is allowed, without staying up"


def listed(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _obstacle(slice_: dict, ill: str | None, frozen: bool, rules: dict, used_up: bool) -> str | None:
    """Why a VM that does not answer is not restarted now; None where it is."""
    if frozen:
        return f"the mode is {slice_['scaling']['mode']}"
    if rules["silent"] == "report":
        return "scaling.healing.silent is report"
    if ill:
        return ill
    return f"scaling.healing.at_once restarts {rules['at_once']} at a time, and the next when they serve" if used_up else None


def ill_hosts(states: dict[str, dict]) -> dict[str, str]:
    """{host: why, in words} of the hosts where so many VMs are silent at once that the host or its network is ill, and not they."""
    found = {}
    for host, state in states.items():
        serving = [vm for vm in state["vms"] if vm["lifecycle"] == "active" and vm["running"]]
        silent = sum(mute(vm) for vm in serving)
        if silent >= max(LEAST_SILENT, ILL_SHARE * len(serving)):
            found[host] = f"{silent} of the {len(serving)} VMs that run on {host} are silent at once, so look at the network of {host}"
    return found


def mute(record: dict) -> bool:
    """Whether a VM runs and did not answer, neither when a pass verified it nor when slice_info asked it again."""
    return record.get("answers") is False and bool(record.get("silent_since"))


def hung(slice_: dict, record: dict, as_of: int) -> bool:
    """Whether a VM that served runs and has been mute for too long."""
    if record["lifecycle"] != "active" or not record["running"] or not mute(record):
        return False
    return as_of - parse_instant(record["silent_since"]) >= slice_["scaling"]["healing"]["silent_seconds"]


def unhealthy(slice_: dict, record: dict, as_of: int) -> bool:
    """A VM that should run and does not, or that has been on its way for too long."""
    lifecycle = record["lifecycle"]
    if lifecycle in ("active", "parked"):
        return not record["running"]
    if lifecycle in _ON_THE_WAY:
        return not record["running"] or age(record, as_of) >= _patience(slice_)
    return False


def serves(slice_: dict, record: dict, as_of: int) -> bool:
    """A VM that answered and is well."""
    return record["lifecycle"] == "active" and not unhealthy(slice_, record, as_of) and not mute(record)


def fails(slice_: dict, record: dict, as_of: int) -> bool:
    """A VM that is to be restarted, and was restarted as often as the slice allows already."""
    if record["lifecycle"] == "reserved":
        return bool(record.get("restarts")) and spent(slice_, record, as_of)
    hangs = slice_["scaling"]["healing"]["silent"] == "restart" and hung(slice_, record, as_of)
    return (hangs or unhealthy(slice_, record, as_of)) and spent(slice_, record, as_of)


def spent(slice_: dict, record: dict, as_of: int) -> bool:
    """Whether the restarts of a VM before it ceased to serve are as many as the slice allows in the window.

    The window does not move on while the VM is down, so that one that was given up on stays so. It is never too short to wait for each of the restarts.
    """
    rules = slice_["scaling"]["healing"]
    ceased = as_of
    if record.get("silent_since"):
        ceased = parse_instant(record["silent_since"])
    elif record["lifecycle"] != "active" and record.get("since"):
        ceased = parse_instant(record["since"])
    begin = ceased - max(rules["window_seconds"], (rules["restarts"] + 1) * _patience(slice_))
    return sum(parse_instant(at) > begin for at in record.get("restarts") or []) >= rules["restarts"]


def age(record: dict, as_of: int) -> int:
    """Seconds for which a VM has been in its lifecycle."""
    return as_of - parse_instant(record["since"]) if record.get("since") else 0


def _patience(slice_: dict) -> int:
    return max(VERIFY_SECONDS, 2 * seconds_of(slice_["scaling"]))


def _coming_back(record: dict) -> bool:
    """Whether a VM was restarted and has not answered since."""
    restarts = record.get("restarts") or []
    return record["lifecycle"] in _ON_THE_WAY and bool(restarts) and restarts[-1] == record.get("since")
