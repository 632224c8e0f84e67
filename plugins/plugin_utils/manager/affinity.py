# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of placement of one slice: spread over failure domains or hosts, beside or apart from other slices."""
from __future__ import annotations

from .admission import Capacity


class Rules:
    """Which hosts a slice may use, and which it likes better; grows with each VM placed.

    serving: hosts of the slice's VMs that shall serve, leaving: of those that are about to go, one entry a VM. beside and away: hosts that have VMs of the
    slices it shall be with, and apart from. A rule that is hard refuses a host; else it is the first thing by which hosts are compared. hard_away: apart is
    hard for either of the two slices. barred: {host: why} of those that the network of the slice cannot be on, which are refused in any case.
    """

    def __init__(self, slice_: dict, domains: dict, serving: list[str], leaving: list[str], beside: list[set[str]], away: set[str],
                 hard_away: bool, barred: dict[str, str] | None = None) -> None:
        rules = slice_["placement"]
        self.spread, self.hard, self._hard_away = rules["spread"], rules["hard"], hard_away
        self._slice, self._domains, self._beside, self._away, self._barred = slice_, domains, beside, away, barred or {}
        self._hosts: dict[str, int] = {}
        self._in_domain: dict[str, int] = {}
        self._taken = {self._domain(host) if self.spread == "domain" else host for host in leaving} if self.hard else set()
        #: no other slice matters, so that hosts without a VM of the slice differ by failure domain and free memory only
        self.plain = not beside and not away
        for host in serving:
            self.count(host)

    def _domain(self, host: str) -> str:
        """A failure domain, marked so that it is never taken for a host of the same name."""
        domain = self._domains.get(host)
        return host if domain is None else f"domain {domain}"

    def count(self, host: str) -> None:
        """Count one more VM of the slice on a host."""
        self._hosts[host] = self._hosts.get(host, 0) + 1
        domain = self._domain(host)
        self._in_domain[domain] = self._in_domain.get(domain, 0) + 1

    def refuses(self, host: str) -> bool:
        """Whether a hard rule, or its network, keeps the slice from the host."""
        if host in self._barred or self._hard_away and host in self._away:
            return True
        if not self.hard:
            return False
        if self.spread == "host" and (self._hosts.get(host) or host in self._taken):
            return True
        if self.spread == "domain" and (self._in_domain.get(self._domain(host)) or self._domain(host) in self._taken):
            return True
        return any(host not in hosts for hosts in self._beside)

    def hosts(self, hosts) -> list[str]:
        """Those of the hosts that no hard rule refuses."""
        return [host for host in hosts if not self.refuses(host)]

    def rank(self, host: str, capacity: Capacity) -> tuple:
        """What hosts are compared by, the best first: load, other slices, failure domain, host, free memory."""
        unwanted = sum(host not in hosts for hosts in self._beside) + (host in self._away)
        domain = self._in_domain.get(self._domain(host), 0) if self.spread == "domain" else 0
        there = self._hosts.get(host, 0) if self.spread != "none" else 0
        return host in capacity.busy, unwanted, domain, there, -capacity.memory[host]

    def words(self) -> str:
        """The hard rules of the slice; empty where it has none."""
        rules, said = self._slice["placement"], []
        for why in sorted(set(self._barred.values())):
            said.append(f"not on {', '.join(sorted(host for host in self._barred if self._barred[host] == why)[:3])}, {why}")
        if self._hard_away and self._away:
            said.append(f"not on {', '.join(sorted(self._away)[:3])}, of slices that it is apart from")
        if self.hard and self.spread != "none":
            said.append(f"at most one VM a {'failure domain' if self.spread == 'domain' else 'host'}")
        said += [f"only on hosts of {name}" for name in rules["with"]] if self.hard else []
        return f"placement of {self._slice['name']} is hard ({', '.join(said)}), and no host that it allows has room" if said else ""


class Neighbours:
    """Where the VMs of other slices are while the plan is made, for slices that shall be beside them or apart from them.

    planned: the planned slices, whose `wants` grow. Apart holds both ways, whichever of the two names it. barred: {slice: {host: why}}, as of Rules.
    """

    def __init__(self, planned: list, barred: dict[str, dict[str, str]] | None = None) -> None:
        self._planned, self._barred = {one.name: one for one in planned}, barred or {}
        self._apart: dict[str, set[str]] = {}
        for one in planned:
            for name in one.slice["placement"]["apart"] if one.slice else ():
                self._apart.setdefault(one.name, set()).add(name)
                self._apart.setdefault(name, set()).add(one.name)

    def rules(self, one, domains: dict) -> Rules:
        """The rules of a planned slice, as its neighbours are now; domains: {host: failure domain or None}."""
        placement = one.slice["placement"]
        beside = [self._hosts(name) for name in placement["with"]]
        away = set().union(*(self._hosts(name) for name in sorted(self._apart.get(one.name, ()))))
        others = [self._planned[name].slice for name in self._apart.get(one.name, ()) if name in self._planned]
        hard = any(one_of["placement"]["hard"] for one_of in [one.slice, *filter(None, others)])
        serving = [want.host for want in one.wants if want.want == "active"]
        leaving = [want.host for want in one.wants if want.want == "draining"]
        return Rules(one.slice, domains, serving, leaving, beside, away, hard, self._barred.get(one.name))

    def _hosts(self, name: str) -> set[str]:
        wants = self._planned[name].wants if name in self._planned else ()
        return {want.host for want in wants if want.want in ("active", "draining")}
