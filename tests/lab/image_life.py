# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A slice of guests of a distribution: the host is prepared with a base image, a guest boots from an overlay of it with a NoCloud seed, takes its
VIP and answers, the image is refreshed under it, and the slice is dissolved. All by the playbooks of the collection, in a lab of its own.

    python tests/lab/image_life.py [--image build/image] [--out build/image]

Writes OUT/result.json (checks, seconds, ok). A guest takes more than a minute to boot where it is emulated. Exit status 0 if every check holds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import checks as outside
import demand
import guest
import image
import influx
from lab import Lab, lacking
from play import play
from processes import LabError, end_on_signals

HERE = Path(__file__).resolve().parent
NOW = datetime(2026, 1, 14, 8, tzinfo=timezone.utc)
NAME, RANGE, SLICE_ID = "web", "10.90.2.0/24", 16
PACKAGES = ["genisoimage", "qemu-utils"]
PATIENCE_SECONDS = 600
MEMORY_MIB = 512


class Story:
    """The life of the slice; each step adds to the checks."""

    def __init__(self, lab, images, checks):
        self.lab, self.images, self.checks = lab, images, checks
        self.host = lab.hypervisors["kvm1"]
        self.pool = self.host.directory / "pool"
        self.minutes = 0

    def tell(self):
        """All of it."""
        self._telemetry()
        self._prepare("1")
        self._first()
        self._refresh()
        self._dissolve()

    def _telemetry(self):
        rows, instant = [], NOW - timedelta(days=1)
        while instant < NOW + timedelta(hours=6):
            rows.append(f"slice_demand,slice={NAME} requests_per_second=20,egress_mbit=1,ingress_mbit=0.5 {int(instant.timestamp())}")
            instant += timedelta(seconds=demand.STEP_SECONDS)
        demand.write(self.lab.influxdb, rows)

    def _prepare(self, *versions):
        """The host with these versions of the image in its pool."""
        images = [{"name": path.name, "url": f"file://{path}", "checksum": f"sha256:{_digest(path)}"}
                  for path in (self.images[version] for version in versions)]
        ran = self._play("the host is prepared", playbook="foresight.netslice.prepare", hypervisor_packages=PACKAGES,
                         hypervisor_pool_path=str(self.pool), hypervisor_images=images)
        there = {path.name for path in self.pool.iterdir()}
        self.checks.add(f"the folder of the pool has {len(images)} images", {one["name"] for one in images} <= there, f"{ran.changes} tasks changed something")

    def _first(self):
        ran = self._pass("1")
        names = self._serving("1")
        for name in names:
            chain = json.loads(self.host.run("qemu-img", "info", "-U", "--backing-chain", "--output=json", self.pool / f"{name}.netslice.qcow2"))
            formats = [(one["format"], one.get("backing-filename-format")) for one in chain]
            self.checks.add("its disk is an overlay whose backing format is named", formats == [("qcow2", "qcow2"), ("qcow2", None)], f"{formats}")
        self.checks.add("the first pass made one VM", len(names) == 1, f"{names}, {ran.changes} tasks changed something")
        again = self._pass("1", minutes=0)
        self.checks.add("the same pass again changes nothing", again.changes == 0, f"{again.changes} tasks changed something")

    def _refresh(self):
        """Another base image under the running slice: a VM of it comes up before the old one goes, and its overlay with it."""
        before = sorted(self._running())
        self._prepare("1", "2")
        self._pass("2")
        both = self._serving("2", of=1)
        self.checks.add("the old VM serves until a new one does", set(before) < set(self._running()), f"{sorted(self._running())}, new {both}")
        self._pass("2")
        left = sorted(self._running())
        self.checks.add("the old VM is gone once the new one serves", left == both, f"{left} of {before + both}")
        again = self._pass("2", minutes=10)
        self.checks.add("a pass after the refresh changes nothing but quarantine", sorted(self._running()) == both, f"{again.changes} tasks changed something")
        self._no_disks_but(both)

    def _dissolve(self):
        for _number in range(3):
            self._pass("2", minutes=10, state="absent")
        left = outside.residue(self.host, NAME, RANGE, SLICE_ID)
        self.checks.add("the host has nothing left of the slice", not left, ", ".join(left) or "no domain, network, link, class, filter or address")
        self._no_disks_but([])

    def _no_disks_but(self, names):
        """The pool holds the base images, and overlay and seed of these VMs alone."""
        wanted = {self.images[version].name for version in image.VERSIONS}
        wanted |= {f"{name}.netslice{suffix}" for name in names for suffix in (".qcow2", "-seed.iso")}
        there = {path.name for path in self.pool.iterdir()}
        self.checks.add(f"the pool holds the disks of {len(names)} VMs", there == wanted, ", ".join(sorted(there ^ wanted)) or f"{len(there)} files")

    def _pass(self, version, minutes=5, state="present"):
        self.minutes += minutes
        instant = (NOW + timedelta(minutes=self.minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._play(f"the pass of {instant} ends well", netslice_as_of=instant, netslice_slices=[self._slice(version, state)],
                          vips_timeout_seconds=PATIENCE_SECONDS, slice_manager_stop_timeout_seconds=120)

    def _play(self, what, **variables):
        begin = time.monotonic()
        ran = play(self.lab, **variables)
        if ran.rc:
            raise LabError(f"{what}: {ran.failures or ran.stdout[-2000:]}")
        self.checks.add(what, True, f"{time.monotonic() - begin:.0f} s")
        return ran

    def _slice(self, version, state):
        resources = {"requests": {"field": "requests_per_second", "unit": "1/s"}, "egress": {"field": "egress_mbit", "unit": "Mbit/s"},
                     "ingress": {"field": "ingress_mbit", "unit": "Mbit/s"}}
        vm = {"memory_mib": MEMORY_MIB, "serves": {"requests": 50}, "image": {"volume": self.images[version].name, "pool": "netslice", "format": "qcow2"},
              "user_data": str(HERE / "templates" / "image-user-data.j2")}
        return {"name": NAME, "state": state, "telemetry": {"resources": resources}, "vm": vm,
                "scaling": {"mode": "enforce", "min": 1, "max": 2, "replace_outdated": True}, "network": {"range": RANGE, "quarantine_seconds": 300}}

    def _running(self):
        return {name: one for name, one in outside.domains(self.host).items() if one["running"]}

    def _serving(self, version, of=None):
        """Names of the VMs that serve and were made of this version; checks what each says to the world."""
        found = []
        for name, one in self._running().items():
            vip = one["vip"]
            if self._fetch(vip, "image-version", PATIENCE_SECONDS) != version:
                continue
            found.append(name)
            page, told = self._fetch(vip, ""), json.loads(self._fetch(vip, "result.json", PATIENCE_SECONDS) or "{}").get("v1", {})
            self.checks.add(f"{vip} answers for {name}", page == f"{vip} {name}", f"{page!r}")
            self.checks.add(f"{vip} has its user data", self._fetch(vip, "slice") == f"{NAME} {vip} {MEMORY_MIB}", f"{self._fetch(vip, 'slice')!r}")
            ok = told.get("errors") == [] and str(told.get("datasource")).startswith("DataSourceNoCloud")
            self.checks.add(f"cloud-init of {name} ended without an error", ok, f"{told}")
        return sorted(found)

    def _fetch(self, vip, path, patience=0):
        """Text of a page of a VIP as the world sees it; None where none comes in time."""
        deadline = time.monotonic() + patience
        while True:
            done = subprocess.run(self.lab.world.enter("curl", "--silent", "--fail", "--max-time", "5", f"http://{vip}/{path}"),
                                  capture_output=True, text=True, check=False)
            if done.returncode == 0 or time.monotonic() > deadline:
                return done.stdout.strip() if done.returncode == 0 else None
            time.sleep(1)


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def perform(directory):
    """Build the images, live the life, and return what goes into result.json."""
    checks, begin = outside.Checks(), time.monotonic()
    images = image.build(directory)
    checks.add("the images are there", True, f"{', '.join(path.name for path in images.values())} after {time.monotonic() - begin:.0f} s")
    with tempfile.TemporaryDirectory(prefix="netslice-image-") as work, Lab(work, 1, "auto") as lab:
        try:
            Story(lab, images, checks).tell()
        except LabError as error:
            checks.add("the life of the slice came to its end", False, str(error))
    return {"checks": checks.done, "ok": checks.ok, "seconds": round(time.monotonic() - begin, 1)}


def main():
    parser = argparse.ArgumentParser(description="A slice of guests of a distribution, from its first pass to its last.")
    parser.add_argument("--image", type=Path, default=Path("build/image"), help="folder that keeps the images")
    parser.add_argument("--out", type=Path, default=Path("build/image"))
    arguments = parser.parse_args()
    lacks = lacking()
    if lacks:
        sys.exit(f"image: this machine lacks {'; '.join(lacks)}. Nothing was done.")
    end_on_signals()
    try:
        result = perform(arguments.image.resolve())
    except (image.ImageError, LabError, guest.GuestError, influx.NoServer) as error:
        sys.exit(f"image: {error}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    failed = [check["name"] for check in result["checks"] if not check["ok"]]
    print(f"image: {len(result['checks'])} checks, {len(failed)} failed, {result['seconds']:.0f} s; {arguments.out / 'result.json'}", flush=True)
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
