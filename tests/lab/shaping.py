# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What slices really get of a link, measured by iperf3 and ping beside what they shall get.

    python tests/lab/shaping.py --out build/shaping.json                    # about ten minutes
    python tests/lab/shaping.py --links 20 --families 4 --seconds 2         # some of it

Writes one row a figure: what, value, least and most, and whether it holds; what was off is measured again, and the first value kept beside.
Ends with 1 where one does not hold. See README.md beside this file.
"""
from __future__ import annotations

import argparse
import functools
import itertools
import json
import os
import platform
import sys
import time
from pathlib import Path

import shaping_streams as streams
from shaping_net import TOPOLOGIES, Net
from shaping_segment import Segment

WEB, MAIL = 16, 17
DIRECTIONS = ("egress", "ingress")
PROTOCOLS = ("tcp", "udp")
GUARANTEE_TOLERANCE, CEILING_TOLERANCE, WEIGHT_TOLERANCE = 0.05, 0.03, 0.10
LATENCY_MS = 2.0
ENCAPSULATION_TOLERANCE = 1.5  # of 100
#: measurements of one thing, at most: a tree that is wrong fails all of them
ATTEMPTS = 5


def attachments(link, web, mail):
    """Both directions of a link; web and mail: parts of the link that are (guarantee, ceiling) and, where it has one, the ceiling of a VIP."""
    classes = [
        {"slice": name, "minor": minor, "guarantee_mbit": link * part[0], "ceiling_mbit": link * part[1],
         "vips": [f"10.90.{minor}.2"], "range6": f"fd00:90:{minor}::/64", **({"vip_ceiling_mbit": link * part[2]} if len(part) > 2 else {})}
        for name, minor, part in (("web", WEB, web), ("mail", MAIL, mail))
    ]
    return [{"device": "up0", "direction": one, "rate_mbit": float(link), "default_mbit": link / 100, "classes": classes} for one in DIRECTIONS]


class Table:
    """Rows of figures."""

    def __init__(self):
        self.rows = []

    def add(self, what, value, unit, least=None, most=None):
        """A figure that shall lie between two others."""
        holds = (least is None or value >= least) and (most is None or value <= most)
        row = {"what": what, "value": round(value, 3), "unit": unit, "least": least, "most": most, "holds": holds}
        self.rows.append(row)
        target = " and ".join(f"{word} {bound:g}" for word, bound in (("at least", least), ("at most", most)) if bound is not None)
        print(f"{'ok  ' if holds else 'OFF '} {what}: {value:.3f} {unit} ({target})", flush=True)

    def settle(self, measure):
        """measure(), and again where it finds something off: a busy machine starves streams and clocks. What was off at first is kept beside."""
        begin, off = len(self.rows), {}
        for _attempt in range(ATTEMPTS):
            del self.rows[begin:]
            measure()
            missed = [row for row in self.rows[begin:] if not row["holds"]]
            if not missed:
                break
            off = off or {row["what"]: row["value"] for row in missed}
        for row in self.rows[begin:]:
            if row["what"] in off:
                row["first"] = off[row["what"]]

    def missed(self):
        return [row for row in self.rows if not row["holds"]]


def shares(table, net, where, link, direction, protocol, family, seconds):
    """Guarantees of two slices that fill the link, and the ceiling of one that is alone."""
    what = f"{where}, {direction}, {protocol}"
    net.shape(attachments(link, (0.6, 1.0), (0.3, 0.6)))
    both = streams.rates(net, (WEB, MAIL), direction, protocol, family, link, seconds)
    for minor, part in ((WEB, 0.6), (MAIL, 0.3)):
        table.add(f"{what}: slice {minor} beside the other, guaranteed {link * part:g}", both[minor], "Mbit/s",
                  least=round(link * part * (1 - GUARANTEE_TOLERANCE), 3))
    table.add(f"{what}: both together, on a link of {link:g}", sum(both.values()), "Mbit/s", most=round(link * (1 + CEILING_TOLERANCE), 3))
    for minor, part in ((WEB, 1.0), (MAIL, 0.6)):
        alone = streams.rates(net, (minor,), direction, protocol, family, link, seconds)[minor]
        table.add(f"{what}: slice {minor} alone, ceiling {link * part:g}", alone, "Mbit/s",
                  round(link * part * (1 - CEILING_TOLERANCE), 3), round(link * part * (1 + CEILING_TOLERANCE), 3))


def vip_ceilings(table, net, where, link, direction, protocol, family, seconds):
    """A VIP with a ceiling of its own gets that and no more, though its slice may have the link; beside it another slice gets its guarantee."""
    if net.topology == "segment" or net.topology == "nat" and direction == "egress":
        return  # the link sees addresses of hosts alone; with nat it is refused
    net.shape(attachments(link, (0.3, 1.0, 0.4), (0.6, 1.0)))
    alone = streams.rates(net, (WEB,), direction, protocol, family, link, seconds)[WEB]
    table.add(f"{where}, {direction}, {protocol}: VIP with a ceiling of {link * 0.4:g}", alone, "Mbit/s",
              round(link * 0.4 * (1 - CEILING_TOLERANCE), 3), round(link * 0.4 * (1 + CEILING_TOLERANCE), 3))
    both = streams.rates(net, (WEB, MAIL), direction, protocol, family, link, seconds)
    for minor, part in ((WEB, 0.3), (MAIL, 0.6)):
        table.add(f"{where}, {direction}, {protocol}: slice {minor} beside one whose VIP has a ceiling, guaranteed {link * part:g}", both[minor], "Mbit/s",
                  least=round(link * part * (1 - GUARANTEE_TOLERANCE), 3))


def weights(table, net, where, link, direction, protocol, family, seconds):
    """What nobody is guaranteed goes to two slices by their guarantees, 2 to 1."""
    net.shape(attachments(link, (0.2, 1.0), (0.1, 1.0)))
    both = streams.rates(net, (WEB, MAIL), direction, protocol, family, link, seconds)
    excess = {WEB: both[WEB] - link * 0.2, MAIL: both[MAIL] - link * 0.1}
    table.add(f"{where}, {direction}, {protocol}: excess of a slice with twice the guarantee, as a multiple of the other's",
              excess[WEB] / excess[MAIL], "", 2 * (1 - WEIGHT_TOLERANCE), 2 * (1 + WEIGHT_TOLERANCE))


def latency(table, net, where, link, direction, protocol, family, seconds):
    """An idle slice is answered at once while another floods the link."""
    net.shape(attachments(link, (0.6, 1.0), (0.3, 0.6)))
    found = streams.latency(net, MAIL, WEB, direction, protocol, family, link, seconds)
    table.add(f"{where}, {direction}, {protocol}: round trips of an idle slice under another's flood, 99th percentile",
              streams.percentile(found, 0.99), "ms", most=LATENCY_MS)
    table.add(f"{where}, {direction}, {protocol}: round trips of an idle slice that were answered", len(found), "", least=int(seconds * 100))


def encapsulation(table, net, where, link, direction, protocol, family, seconds):
    """Of what a ceiling lets through, a tunnel takes what its headers are, and no more."""
    if net.topology != "segment":
        return
    net.shape(attachments(link, (0.6, 1.0), (0.3, 0.6)))
    carried, frame = {}, streams.on_the_link(family, protocol, 0)
    for net.through in (False, True):
        rate = streams.rates(net, (MAIL,), direction, protocol, family, link, seconds)[MAIL]
        carried[net.through] = rate / streams.on_the_link(family, protocol, net.added)
    expected = 100 * (1 - frame / streams.on_the_link(family, protocol, net.added))
    table.add(f"{where}, {direction}, {protocol}: of what a slice's ceiling of {link * 0.6:g} carries outside a tunnel, VXLAN takes",
              100 * (1 - carried[True] / carried[False]), "%", round(expected - ENCAPSULATION_TOLERANCE, 3), round(expected + ENCAPSULATION_TOLERANCE, 3))


def losses(table, net, where, link, family, changes):
    """One slice is changed again and again: its rates, its VIPs, and whether it is there at all. The other loses nothing."""
    before, after = attachments(link, (0.3, 1.0), (0.3, 0.6)), attachments(link, (0.3, 1.0), (0.2, 0.5))
    for row in after:
        row["classes"] = [row["classes"][0], dict(row["classes"][1], vips=[f"10.90.17.{octet}" for octet in range(2, 12)]),
                          dict(row["classes"][1], slice="third", minor=18, vips=["10.90.18.2"])]
    net.shape(before)
    # The world cannot begin anything with a guest whose address it does not see.
    probes = {direction: streams.Probe(net, WEB, direction, family) for direction in (DIRECTIONS[:1] if net.topology == "nat" else DIRECTIONS)}
    time.sleep(1)
    commands = net.shape(after, changes=changes, and_back=before)
    table.add(f"{where}: changes that had commands", sum(1 for count in commands if count), "", least=changes)
    for direction, probe in probes.items():
        sent, received = probe.end()
        table.add(f"{where}, {direction}: datagrams of an unchanged slice lost during {changes} changes of another, of {sent}", sent - received, "", most=0)


def measure(args):
    """The Table of all that was asked for."""
    table = Table()
    for topology in args.topologies:
        with Segment((WEB, MAIL)) if topology == "segment" else Net(topology, (WEB, MAIL)) as net:
            for family in (one for one in args.families if one in net.families):
                protocols = [one for one in args.protocols if one in net.protocols]
                for link, direction, protocol in itertools.product(args.links, net.directions, protocols):
                    where = f"{topology}, IPv{family}, {link:g} Mbit/s"
                    for part in PARTS:
                        table.settle(functools.partial(part, table, net, where, link, direction, protocol, family, args.seconds))
                if topology != "segment":
                    losses(table, net, f"{topology}, IPv{family}, {max(args.links):g} Mbit/s", max(args.links), family, args.changes)
    return table


PARTS = (shares, vip_ceilings, weights, latency, encapsulation)


def arguments(given=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="file of the result")
    parser.add_argument("--topologies", nargs="+", choices=TOPOLOGIES, default=["routed"])
    parser.add_argument("--families", nargs="+", choices=("4", "6"), default=["4"])
    parser.add_argument("--links", nargs="+", type=float, default=[10.0, 100.0], metavar="MBIT")
    parser.add_argument("--protocols", nargs="+", choices=PROTOCOLS, default=list(PROTOCOLS))
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--changes", type=int, default=500)
    return parser.parse_args(given)


def main():
    args, begin = arguments(), time.monotonic()
    table = measure(args)
    missed = [row["what"] for row in table.missed()]
    if args.out:
        machine = {"cpus": os.cpu_count(), "kernel": platform.release(), "load": round(os.getloadavg()[0], 2)}
        args.out.parent.mkdir(parents=True, exist_ok=True)
        result = {"rows": table.rows, "missed": missed, "seconds": round(time.monotonic() - begin, 1), "machine": machine}
        args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{len(table.rows)} figures, off: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
