# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two slices on one link get what the plan promised them, as iperf3 sees it."""

from __future__ import annotations

import traffic

PAIR = ("web", "video")
TOLERANCE = 0.05
#: measurements of one thing, at most: a tree that is wrong fails all of them
ATTEMPTS = 5


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
    link = link_rate(rates)
    guarantees, ceilings = [rate[0] for rate in rates], [rate[1] for rate in rates]

    def fair(both):
        return all(rate >= least * (1 - TOLERANCE) for rate, least in zip(both, guarantees)) and sum(both) <= link * (1 + TOLERANCE)

    both, note = _settled(lambda: traffic.measure(world, vips, direction), fair)
    words = ", ".join(f"{name} {rate:.2f} of {least:g} guaranteed" for name, rate, least in zip(PAIR, both, guarantees))
    checks.add(f"{direction}: two slices at once get their guarantees", all(rate >= least * (1 - TOLERANCE) for rate, least in zip(both, guarantees)),
               f"{words} Mbit/s on {host}{note}")
    checks.add(f"{direction}: together they stay within the link", sum(both) <= link * (1 + TOLERANCE), f"{sum(both):.2f} of {link:g} Mbit/s{note}")
    for name, vip, ceiling in zip(PAIR, vips, ceilings):
        def near(alone, ceiling=ceiling):
            return abs(alone[0] - ceiling) <= ceiling * TOLERANCE

        alone, note = _settled(lambda vip=vip: traffic.measure(world, [vip], direction), near)
        checks.add(f"{direction}: {name} alone gets its ceiling", near(alone), f"{alone[0]:.2f} of {ceiling:g} Mbit/s{note}")


def _settled(measure, good):
    """(rates, note) of a measurement; of another one where it is off: a busy machine starves guests and clocks for moments."""
    measured = [measure()]
    while not good(measured[-1]) and len(measured) < ATTEMPTS:
        measured.append(measure())
    times = len(measured)
    return measured[-1], f" (measured {times} times, first {' and '.join(f'{rate:.2f}' for rate in measured[0])})" if times > 1 else ""


def link_rate(rates):
    """Rate of the link: the slice of the pair without a ceiling of its own may take all of it."""
    return max(ceiling for _guarantee, ceiling in rates)
