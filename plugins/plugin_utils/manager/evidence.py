# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host that does not answer is lost: the rule of evidence, of which all pieces must hold at once."""
from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from ..errors import InvalidInput
from ..instants import format_instant
from .view import OCCUPYING

#: VIPs of each host by which the others see whether they reach VIPs at all
CONTROLS = 8
#: addresses that a sentence names at most
NAMED = 3


@dataclass(frozen=True)
class Rule:
    """What must hold before a host is lost. Times in seconds; most_percent is a share of the roster. Raises InvalidInput."""

    silent_seconds: int
    passes: int = 2
    telemetry: bool = True
    probe: bool = True
    witnesses: int = 1
    most_hosts: int = 1
    most_percent: float = 50.0

    def __post_init__(self) -> None:
        for name in ("silent_seconds", "passes", "witnesses", "most_hosts"):
            if getattr(self, name) < 1:
                raise InvalidInput(f"netslice_evidence.{name}: {getattr(self, name)} is less than 1.")
        if not 0 < self.most_percent <= 100:
            raise InvalidInput(f"netslice_evidence.most_percent: {self.most_percent:g} is no share of the roster. Give a number above 0, up to 100.")
        if not (self.telemetry or self.probe):
            raise InvalidInput("netslice_evidence: with neither telemetry nor probe a host would be lost because the controller does not reach it, while its "
                               "VMs run on. Ask for one of them.")


@dataclass(frozen=True)
class Seen:
    """What InfluxDB tells of a silent host: `time` (seconds since 1970) of the last pass that it answered in, and what it had then.

    addresses: its own, vips: those that it served and that the network routes to it. lost: the entry of `lost_hosts` of the last pass where it was lost then.
    wrote: whether it wrote telemetry before it fell silent; writes: the last time it did within silent_seconds of as_of, None where it did not.
    """

    time: int
    addresses: tuple[str, ...] = ()
    vips: tuple[str, ...] = ()
    lost: dict | None = None
    wrote: bool = False
    writes: int | None = None


@dataclass
class Findings:
    """suspects: entries of hosts of which all pieces hold so far. refused: {host: why it is not lost}."""

    suspects: list[dict] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def silent_hosts(roster: Collection[str], states: Collection[str], word: Collection[str]) -> list[str]:
    """Hosts of the roster that did not answer and are not lost by the operator's word already."""
    return sorted(set(roster) - set(states) - set(word))


def suspect(rule: Rule, silent: list[str], asked: Collection[str], roster: Collection[str], seen: dict[str, Seen | None], passes: int, others_write: bool,
            as_of: int) -> Findings:
    """Judge what needs no probe. Pure.

    silent: as silent_hosts tells. asked: hosts of this play. passes: earlier ones of the last silent_seconds. others_write: whether a host that answers
    wrote telemetry in that time. seen: {silent host: Seen, or None where no pass recorded that it answered}.
    """
    found = Findings()
    already = [host for host in silent if seen.get(host) and seen[host].lost]
    most = min(rule.most_hosts, int(rule.most_percent / 100.0 * len(set(roster)) + 1e-9))
    for host in silent:
        known = seen.get(host)
        why = _refusal(rule, host, known, host in asked, passes, others_write, as_of)
        if why is None and len(silent) > most and (host not in already or len(already) > most):
            why = f"{len(silent)} hosts are silent, more than the {most} that may be lost by evidence at once (most_hosts, most_percent)"
        if why is not None:
            found.refused[host] = why
            continue
        pieces = [f"no answer since {format_instant(known.time)}"]
        if not known.lost:
            pieces[0] += f", also in {passes} earlier passes of the last {rule.silent_seconds} s"
        if rule.telemetry:
            pieces.append(f"no telemetry in the last {rule.silent_seconds} s")
        found.suspects.append({
            "host": host, "by": "evidence", "since": format_instant(known.time), "why": "; ".join(pieces),
            "addresses": list(known.addresses), "vips": list(known.vips), "fenced": bool(known.lost and known.lost.get("fenced")),
        })
    return found


def _refusal(rule: Rule, host: str, known: Seen | None, asked: bool, passes: int, others_write: bool, as_of: int) -> str | None:
    """Why the host is not a suspect, None where it is one."""
    if not asked:
        return "it was not asked in this pass (--limit, or another slice of the job)"
    if known is None:
        return "no pass recorded that it answered, so nobody knows what it has"
    if as_of - known.time < rule.silent_seconds:
        return f"it answered {as_of - known.time} s ago, and silent_seconds is {rule.silent_seconds}"
    if passes < rule.passes and not known.lost:
        return f"{passes} earlier passes of the last {rule.silent_seconds} s found it silent, and passes is {rule.passes}"
    if not rule.telemetry:
        return None
    if known.writes is not None:
        return f"it wrote telemetry {as_of - known.writes} s ago"
    if not others_write:
        return "no host that answers writes telemetry, so that its silence tells nothing"
    if not known.wrote and not known.lost:
        return "it wrote no telemetry before it fell silent either"
    return None


def record_of(state: dict, lifecycles: Collection[str] = OCCUPYING) -> dict:
    """What is kept of a host that answers: its IPv4 addresses, and the VIPs of VMs in these lifecycles that the network routes to it."""
    routed = {network["slice"] for network in state["networks"] if network.get("mode") == "routed"}
    return {
        "addresses": sorted(address.partition("/")[0] for address in state.get("addresses") or [] if ":" not in address),
        "vips": [vm["vip"] for vm in sorted(state["vms"], key=lambda vm: vm["name"]) if vm["slice"] in routed and vm["lifecycle"] in lifecycles],
    }


def probes(suspects: list[dict], states: dict[str, dict]) -> tuple[list[dict], dict[str, dict]]:
    """(suspects whose addresses no other host has too, {host that answers: what the others shall see of it}).

    An address that several hosts have, such as that of a bridge of libvirt's own, would be answered by the witness itself.
    """
    kept = {host: record_of(state, ("active",)) for host, state in sorted(states.items())}
    taken = {address for one in kept.values() for address in one["addresses"]}
    shown = [{**one, "addresses": [address for address in one["addresses"] if address not in taken]} for one in suspects]
    twice = {address for address in taken if sum(address in one["addresses"] for one in kept.values()) > 1}
    return shown, {
        host: {"addresses": [address for address in one["addresses"] if address not in twice], "vips": one["vips"][:CONTROLS]} for host, one in kept.items()
    }


def judge(rule: Rule, suspects: list[dict], controls: dict[str, dict], answers: dict[str, Collection[str]]) -> Findings:
    """Which suspects are lost, after they were probed. Pure. controls: as `probes` gives them. answers: {witness: addresses that answered it}."""
    found = Findings()
    for one in suspects:
        if not rule.probe:
            found.suspects.append(one)
            continue
        targets = [*one["addresses"], *one["vips"]]
        heard = [(target, witness) for target in targets for witness in sorted(answers) if target in answers[witness]]
        seeing = [witness for witness in sorted(answers) if _sees(witness, bool(one["vips"]), controls, answers[witness])]
        if not targets:
            found.refused[one["host"]] = "it has no address that can be probed"
        elif heard:
            found.refused[one["host"]] = f"its address {heard[0][0]} answers {heard[0][1]}"
        elif len(seeing) < rule.witnesses:
            found.refused[one["host"]] = (f"{len(seeing)} of the {len(answers)} hosts that probed it see the addresses of other hosts, and witnesses is "
                                          f"{rule.witnesses}")
        else:
            said = f"none of its {len(one['addresses'])} addresses and {len(one['vips'])} VIPs answers {', '.join(seeing[:NAMED])}"
            more = f" and {len(seeing) - NAMED} more" if len(seeing) > NAMED else ""
            verb = "sees" if len(seeing) == 1 else "see"
            found.suspects.append({**one, "why": f"{one['why']}; {said}{more}, which {verb} those of other hosts"})
    return found


def _sees(witness: str, vips: bool, controls: dict[str, dict], heard: Collection[str]) -> bool:
    """Whether a witness reaches any other host, and any of their VIPs where VIPs are asked about and they have some: else its silence tells nothing."""
    others = [one for host, one in controls.items() if host != witness]
    shown = [address for one in others for address in one["vips"]]
    reached = any(address in heard for one in others for address in one["addresses"]) or any(address in heard for address in shown)
    return reached and (not vips or not shown or any(address in heard for address in shown))


def checked(evidence: list) -> list[dict]:
    """The entries as a plan takes them. Raises InvalidInput."""
    kinds = {"host": str, "since": str, "why": str, "addresses": list, "vips": list, "fenced": bool}
    for index, one in enumerate(evidence):
        wrong = [name for name, kind in kinds.items() if not isinstance(one.get(name), kind)]
        if wrong or one.get("by") != "evidence":
            raise InvalidInput(f"evidence[{index}]: has no {', '.join(wrong or ['by: evidence'])}. Give the suspects that host_evidence judged, as they are.")
    return [{name: one[name] for name in ("host", "by", *kinds)} for one in evidence]


def declared(word: Collection[str], evidence: Collection[dict]) -> list[dict]:
    """The `lost_hosts` of a plan: those of the operator's word, and those of evidence that no word is about."""
    spoken = sorted(set(word))
    proven = {one["host"]: one for one in evidence if one["host"] not in spoken}
    return sorted([*({"host": host, "by": "word"} for host in spoken), *proven.values()], key=lambda one: one["host"])
