# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the lab that decide whether the demonstration passes: its demand, and how it reads what others print."""
from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

LAB = str(Path(__file__).resolve().parents[2] / "lab")


@pytest.fixture(autouse=True)
def lab_path(monkeypatch):
    """The lab's modules import each other by their plain names."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(LAB)
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(LAB):
            del sys.modules[name]


def at(day, hour, minute=0):
    return datetime(2026, 1, day, hour, minute, tzinfo=timezone.utc)


@pytest.mark.parametrize("name, instant, low, high", [
    ("web", at(14, 2), 15, 22), ("web", at(14, 9), 110, 140), ("web", at(11, 9), 12, 18),
    ("video", at(14, 20), 42, 55), ("video", at(14, 9), 22, 28), ("batch", at(14, 2), 31, 39), ("batch", at(14, 6), 0, 0), ("batch", at(15, 2), 0, 0),
])
def test_demand_follows_its_day(name, instant, low, high):
    import demand
    assert low <= demand.requests_per_second(name, instant) <= high
    assert demand.requests_per_second(name, instant) == demand.requests_per_second(name, instant)


def test_rows_end_before_the_instant():
    import demand
    lines = list(demand.lines(("web", "batch"), at(14, 2), at(14, 2) + timedelta(minutes=10)))
    assert len(lines) == 4
    assert lines[0].startswith("slice_demand,slice=web cpu_cores=") and lines[-1].endswith(f" {int(at(14, 2, 5).timestamp())}")


@pytest.mark.parametrize("line, rate", [
    ("[  5]   0.00-0.50   sec   578 KBytes  9463 Kbits/sec                  ", "9463"),
    ("[  5]   4.50-5.00   sec  1.13 MBytes  19001 Kbits/sec    0    106 KBytes       ", "19001"),
    ("[ ID] Interval           Transfer     Bitrate", None),
])
def test_reports_of_iperf3(line, rate):
    import traffic
    found = traffic.REPORT.search(line)
    assert (found.group(1) if found else None) == rate


def test_a_stream_counts_only_the_common_time():
    import traffic
    stream = traffic.Stream.__new__(traffic.Stream)
    stream.reports = [(10.0, 100.0), (10.5, 9.0), (11.0, 11.0), (11.5, 500.0)]
    assert stream.rate(10.0, 11.0) == pytest.approx(10.0 * traffic.ON_THE_LINK)


def test_a_pass_knows_what_changed():
    import passes
    tasks = [{"task": "a", "host": "kvm1", "changed": True, "commands": ["x"]}, {"task": "a", "host": "kvm2", "changed": False, "commands": []}]
    done = passes.Pass("night", "2026-01-14T02:00:00Z", 1.0, tasks)
    assert done.changed == 1 and done.changes() == {("a", "kvm1"): ["x"]}


def test_a_stopped_process_is_not_mistaken_for_another():
    import processes
    assert processes.started(1) and processes.started(2**22 + 1) is None


def test_the_boot_area_of_an_image_is_a_boot_sector_with_one_partition_and_the_loader_behind_it():
    import image
    area = image.boot_area(b"\xeb" * 512, b"core of the loader")
    assert area[:440] == b"\xeb" * 440 and area[440:446] == bytes(6) and area[510:512] == b"\x55\xaa" and area[512:] == b"core of the loader"
    assert area[446] == 0x80 and area[450] == 0x83 and area[462:510] == bytes(48)
    first, count = (int.from_bytes(area[at:at + 4], "little") for at in (454, 458))
    assert first == image.FIRST_SECTOR and (first + count) * image.SECTOR == image.DISK_MIB * 2**20
    with pytest.raises(image.ImageError, match="do not fit before the partition"):
        image.boot_area(b"", bytes(2**20))
