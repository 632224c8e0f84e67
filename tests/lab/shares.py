# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0 or later (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two slices on one link get what the plan promised them, as iperf3 sees it."""

from __future__ import annotations

import traffic

PAIR = ("web", "video")
TOLERANCE = 0.05


def check(checks, world, hosts, done):
    """Add the checks of both directions on the first host that carries both slices. done: the Pass in force."""
    found = shared_host(done, hosts)
    if not found:
        checks.add("two slices share a link", False, f"no host carries both {' and '.join(PAIR)}")
        return
    host, vips = found
    for direction in ("egress", "ingress"):
        _check(checks, world, host, vips, direction, [done.shaping(name, host, direction) for name in PAIR])


def shared_host(done, hosts):
    """(host, [a VIP of each slice of the pair on it]) or None."""
    for host in hosts:
        vips = []
        for name in PAIR:
            here = [vm["vip"] for vm in done.plan["hosts"][host]["vms"] if vm["slice"] == name and vm["want"] == "active"]
            vips += here[:1]
        if len(vips) == len(PAIR):
            return host, vips
    return None


def _check(checks, world, host, vips, direction, rates):
    both = traffic.measure(world, vips, direction)
    link = link_rate(rates)
    short = [name for name, rate, (guarantee, _ceiling) in zip(PAIR, both, rates) if rate < guarantee * (1 - TOLERANCE)]
    words = ", ".join(f"{name} {rate:.2f} of {guarantee:g} guaranteed" for name, rate, (guarantee, _ceiling) in zip(PAIR, both, rates))
    checks.add(f"{direction}: two slices at once get their guarantees", not short, f"{words} Mbit/s on {host}")
    checks.add(f"{direction}: together they stay within the link", sum(both) <= link * (1 + TOLERANCE), f"{sum(both):.2f} of {link:g} Mbit/s")
    for name, vip, (_guarantee, ceiling) in zip(PAIR, vips, rates):
        alone = traffic.measure(world, [vip], direction)[0]
        checks.add(f"{direction}: {name} alone gets its ceiling", abs(alone - ceiling) <= ceiling * TOLERANCE, f"{alone:.2f} of {ceiling:g} Mbit/s")


def link_rate(rates):
    """Rate of the link: the slice of the pair without a ceiling of its own may take all of it."""
    return max(ceiling for _guarantee, ceiling in rates)
