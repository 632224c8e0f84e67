# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens in the demonstration: passes at chosen instants of a Wednesday and a Thursday, each looked at from outside."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone

import applications
import checks as look
import demand
import measured
import records
import shares

HISTORY = timedelta(days=9)
WEDNESDAY = datetime(2026, 1, 14, tzinfo=timezone.utc)
BOOT_SECONDS = 180


def at(day, hour, minute=0):
    """An instant of the story; day 0 is Wednesday."""
    return WEDNESDAY + timedelta(days=day, hours=hour, minutes=minute)


def stamp(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


class Story:
    """Tells the story in a lab. ``passes`` collects the passes in their order, ``checks`` what was seen."""

    def __init__(self, lab, runner, checks, passes, out):
        self.lab, self.runner, self.checks, self.passes, self.out = lab, runner, checks, passes, out
        self.world, self.hosts = lab.world, lab.hypervisors
        self.written = None

    def tell(self):
        self.dry_pass()
        self.baseline()
        self.before_the_morning_peak()
        self.at_the_peak()
        self.after_a_crash()
        self.evening()
        self.night()
        self.second_day()
        self.records()
        self.report()

    # Telling

    def _pass(self, name, instant, mode="enforce", check=False):
        self._telemetry(instant)
        done = self.runner.reconcile(name, stamp(instant), applications.slices(self.lab.guest_image, mode), check)
        self.passes.append(done)
        counts = ", ".join(f"{entry['name']} {entry['vms']['present']} -> {entry['vms']['final']}" for entry in done.plan["slices"])
        print(f"{stamp(instant)} {name}: {counts}; {done.changed} tasks changed something, {done.seconds:.1f} s", flush=True)
        return done

    def _telemetry(self, instant):
        """The applications have measured themselves up to this instant, and nothing later is known."""
        begin = self.written or instant - HISTORY
        if instant > begin:
            demand.write(self.lab.influxdb, demand.lines(applications.NAMES, begin, instant))
            self.written = instant

    def _serve(self, done, what):
        """Every VIP of the plan answers HTTP from the world, and nothing else in use does not."""
        vips = [vip for entry in done.plan["slices"] for vip in entry["vips"]]
        found = look.serving(self.world, vips, BOOT_SECONDS)
        self.checks.add(f"guests answer on their VIPs {what}", found == set(vips),
                        f"{len(found)} of {len(vips)} over HTTP from outside" + "".join(f", silent {vip}" for vip in sorted(set(vips) - found)))

    def _domains(self):
        return {name: (host, record) for host, hypervisor in self.hosts.items() for name, record in look.domains(hypervisor).items()}

    # The story

    def dry_pass(self):
        done = self._pass("forecast only", at(0, 2), mode="forecast_only")
        there = self._domains()
        self.checks.add("a pass that only forecasts changes nothing", done.changed == 0 and not there, f"{done.changed} changed, {len(there)} domains")

    def baseline(self):
        foreseen = self._pass("night, check mode", at(0, 2), check=True)
        there = self._domains()
        done = self._pass("night", at(0, 2))
        self._foreseen("on bare hosts", foreseen, done, before=there)
        self._serve(done, "after the first pass")
        again = self._pass("night, repeated", at(0, 2))
        self.checks.add("a second pass of the same instant changes nothing", not again.changes(), f"{len(again.changes())} tasks changed something"
                        + "".join(f"; {task} on {host}" for task, host in again.changes()))

    def _foreseen(self, what, foreseen, done, before):
        """Check mode changed nothing itself, and named the tasks and commands of the pass that followed."""
        expected, real = foreseen.changes(), done.changes()
        differ = sorted(f"{task} on {host}" for task, host in expected.keys() | real.keys()
                        if (task, host) not in expected or (task, host) not in real or expected[task, host] != real[task, host])
        self.checks.add(f"--check --diff predicted what the pass did {what}", not differ and not before and expected,
                        f"{len(real)} changes, the same commands" if not differ else f"differ: {', '.join(differ)}")

    def before_the_morning_peak(self):
        foreseen = self._pass("before peak, check mode", at(0, 7, 45), check=True)
        done = self._pass("before the peak", at(0, 7, 45))
        self._foreseen("before the peak", foreseen, done, before=None)
        need_now = math.ceil(demand.requests_per_second("web", at(0, 7, 45)) / applications.SERVES["web"])
        peak = max(demand.requests_per_second("web", at(0, 8, minute)) for minute in range(0, 60, 5))
        need_then = math.ceil(peak / applications.SERVES["web"])
        found = look.serving(self.world, done.vips("web"), BOOT_SECONDS)
        self.checks.add("VMs of the forecast morning peak serve before it", len(found) >= need_then > need_now,
                        f"at 07:45 web needs {need_now} VM, {len(found)} answer; the peak of {peak:.0f} requests/s in the next hour needs {need_then}")
        self._serve(done, "before the peak")

    def at_the_peak(self):
        done = self._pass("at the peak", at(0, 8, 40))
        self._serve(done, "at the peak")
        collectors = measured.Collectors(self.lab, self.runner.directory)
        collectors.measure()
        shares.check(self.checks, self.world, self.hosts, done)
        collectors.measure()
        self._measured()

    def _measured(self):
        """What libvirt and tc counted during the traffic has come back to InfluxDB."""
        egress = records.summary(self.lab.influxdb, "max", "netslice_vm", "egress_mbit")
        shaped = records.summary(self.lab.influxdb, "count", "netslice_qos", "bytes")
        self.checks.add("what guests and links did is measured into InfluxDB", all(egress.get(name, 0) > 1 and shaped.get(name) for name in shares.PAIR),
                        ", ".join(f"{name} up to {egress.get(name, 0):.2f} Mbit/s a VM, {shaped.get(name, 0):.0f} rows of its classes" for name in shares.PAIR))

    def after_a_crash(self):
        vip = self.passes[-1].vips("web")[0]
        name = f"web-{vip.replace('.', '-')}"
        host = self._domains()[name][0]
        look.kill_guest(self.hosts[host], name)
        gone = look.page(self.world, vip) is None
        done = self._pass("after a crash", at(0, 8, 45))
        self.checks.add("a guest killed with SIGKILL is replaced by the next pass", gone and vip in look.serving(self.world, [vip], BOOT_SECONDS),
                        f"{name} on {host} was dead, and {vip} answers again; the pass took {done.seconds:.1f} s")
        self._serve(done, "after the crash")
        self._dissolved()

    def evening(self):
        before = self.passes[-1].vips("web")
        done = self._pass("evening", at(0, 20))
        self._serve(done, "in the evening")
        released = sorted(set(before) - set(done.vips("web")))
        self._released(released)
        self.checks.add("video grows while web shrinks", len(done.vips("video")) == 2 and len(done.vips("web")) == 1 and released,
                        f"web {len(before)} -> {len(done.vips('web'))}, video {len(done.vips('video'))}")

    def _released(self, vips):
        """Released VIPs answer nobody, and their domains stand as quarantined."""
        there = self._domains()
        noisy, unmarked = [], []
        for vip in vips:
            name = f"web-{vip.replace('.', '-')}"
            host, record = there.get(name, (None, {}))
            if record.get("lifecycle") != "quarantined" or record.get("running"):
                unmarked.append(vip)
            bridges = [(hypervisor, look.bridge_of(hypervisor, "web")) for hypervisor in self.hosts.values()]
            if look.page(self.world, vip) is not None or any(bridge and look.answers_arp(hypervisor, bridge, vip) for hypervisor, bridge in bridges):
                noisy.append(vip)
        self.checks.add("released VIPs are not answered", vips and not noisy, f"{', '.join(vips)}: no HTTP, no ARP" if not noisy else f"answering: {noisy}")
        self.checks.add("released VIPs are quarantined", vips and not unmarked, f"{len(vips)} domains are off and marked so" if not unmarked
                        else f"not marked: {unmarked}")

    def night(self):
        done = self._pass("second night", at(1, 2))
        self._serve(done, "in the second night")
        there = {name for name, (_host, record) in self._domains().items() if record["slice"] == "web"}
        self.checks.add("addresses leave quarantine", len(there) == len(done.vips("web")), f"domains of web: {', '.join(sorted(there))}")

    def second_day(self):
        done = self._pass("second morning", at(1, 7, 45))
        self._serve(done, "before the second peak")
        done = self._pass("second noon", at(1, 12))
        self._serve(done, "at the second noon")

    def _dissolved(self):
        """The slice whose demand ended has left no trace on any host."""
        done = self.passes[-1]
        number = self._number("batch")
        left = {host: look.residue(hypervisor, "batch", applications.RANGES["batch"], number) for host, hypervisor in self.hosts.items()}
        found = [f"{thing} on {host}" for host, things in left.items() for thing in things]
        state = done.slice("batch")["state"]
        self.checks.add("a slice without demand is dissolved without residue", not found,
                        f"no domain, network, link, address, class, filter or nft element of batch ({state})" if not found else ", ".join(found))

    def _number(self, name):
        """Number of a slice's bridges and classes, as the plans gave it."""
        return next(network["id"] for done in self.passes for share in done.plan["hosts"].values() for network in share["networks"]
                    if network["slice"] == name)

    def records(self):
        """Each pass that was no trial left one decision a slice."""
        wanted = len({done.as_of for done in self.passes})
        found = records.summary(self.lab.influxdb, "count", "netslice_decision", "final")
        forecasts = records.summary(self.lab.influxdb, "count", "netslice_forecast", "q50")
        self.checks.add("decisions and forecasts stand in InfluxDB", set(found) >= set(applications.NAMES) and
                        all(found[name] == wanted and forecasts.get(name, 0) >= wanted for name in applications.NAMES),
                        f"{sum(found.values()):.0f} decisions of {len(found)} slices at {wanted} instants, {sum(forecasts.values()):.0f} forecasts")

    def report(self):
        path = self.out / "report.html"
        seconds, _tasks = self.runner.playbook("report", "foresight.netslice.report", {
            "report_path": str(path), "netslice_report_path": str(path), "netslice_as_of": self.passes[-1].as_of, "report_hours": 48,
            "netslice_slices": applications.slices(self.lab.guest_image)})
        text = path.read_text(encoding="utf-8")
        outside = re.findall(r"""(?:src|href)=["']?(?:https?:)?//[^"' >]*""", text)
        missing = [name for name in applications.NAMES if name not in text]
        self.checks.add("the report opens offline and shows every slice", "<svg" in text and not outside and not missing,
                        f"{len(text) // 1024} KiB, {text.count('<svg')} plots, {seconds:.1f} s" if not outside and not missing
                        else f"refers to {outside[:3]}, lacks {missing}")
