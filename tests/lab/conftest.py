# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs for the end-to-end tests: one with real guests, one with libvirt's test driver."""
from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import demand  # noqa: E402
import lab as labs  # noqa: E402

NOW = datetime(2026, 1, 14, 8, tzinfo=timezone.utc)


def _lab(tmp_path_factory, **options):
    lacks = labs.lacking()
    if lacks:
        pytest.skip(f"a lab needs {'; '.join(lacks)}")
    return labs.Lab(tmp_path_factory.mktemp("lab"), **options)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A lab of two hypervisors with real guests."""
    with _lab(tmp_path_factory) as lab:
        yield lab


@pytest.fixture(scope="module")
def pretended(tmp_path_factory):
    """A lab of two hypervisors on libvirt's test driver: real networks of tc and nft, no guests."""
    with _lab(tmp_path_factory, driver="test") as lab:
        yield lab


def instant(minutes=0):
    """NOW and some minutes, as the playbooks take it."""
    return (NOW + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def tell(lab, name, requests, days=0.0, until=0, since=None):
    """Write steady telemetry of a slice: `requests` 1/s in the rows of some days, or since a minute, until a minute after NOW."""
    begin = NOW + (timedelta(minutes=since) if since is not None else -timedelta(days=days))
    end, rows = NOW + timedelta(minutes=until), []
    while begin < end:
        fields = f"requests_per_second={requests},egress_mbit={requests / 20},ingress_mbit={requests / 40}"
        rows.append(f"slice_demand,slice={name} {fields} {int(begin.timestamp())}")
        begin += timedelta(seconds=demand.STEP_SECONDS)
    demand.write(lab.influxdb, rows)


def a_slice(lab, name="web", number=2, **scaling):
    """A slice for a lab: serves 50 requests a second with each VM, in the range 10.90.<number>.0/24."""
    return {
        "name": name,
        "telemetry": {"resources": {"requests": {"field": "requests_per_second", "unit": "1/s"},
                                    "egress": {"field": "egress_mbit", "unit": "Mbit/s"},
                                    "ingress": {"field": "ingress_mbit", "unit": "Mbit/s"}}},
        "vm": {"memory_mib": 96, "serves": {"requests": 50}, "image": lab.guest_image},
        "scaling": {"mode": "enforce", "min": 1, "max": 6, "quantile": 0.9, **scaling},
        "network": {"range": f"10.90.{number}.0/24"},
    }
