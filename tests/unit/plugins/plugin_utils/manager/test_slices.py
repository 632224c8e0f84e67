# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices are refused with the path of the key, or filled with every default."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import ipv4
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.room import usable
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

SCHEMAS = Path(__file__).resolve().parents[5] / "docs" / "schemas"
MINIMAL = {"name": "web", "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": "10.90.2.0/24"}}
SALE = {"name": "sale", "start": "2026-01-05T08:00:00Z", "end": "2026-01-05T10:00:00Z"}


def test_defaults_are_filled_and_fit_the_schema():
    jsonschema = pytest.importorskip("jsonschema", reason="schema tests need jsonschema")
    (slice_,) = validate_slices([MINIMAL])
    assert slice_["scaling"]["mode"] == "forecast_only"
    assert (slice_["scaling"]["quantile"], slice_["scaling"]["economy"]) == ("auto", 0.05)
    assert slice_["telemetry"]["resources"]["requests"] == {"field": "requests_per_second", "unit": "1/s", "kind": "gauge"}
    assert slice_["network"]["ingress"] == {"guarantee_mbit": None, "ceiling_mbit": None, "vip_ceiling_mbit": None, "headroom": 1.2, "minimum_mbit": 1}
    schema = json.loads((SCHEMAS / "slice.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(MINIMAL, schema)
    jsonschema.validate(slice_, schema)


def test_a_validated_slice_is_valid_and_unchanged():
    once = validate_slices([MINIMAL, fleets.slice_("api", 3, flows=[{"from": "web", "protocol": "tcp", "port": 80}])])
    assert validate_slices(once) == once


def test_an_image_says_what_was_given_and_no_more():
    jsonschema = pytest.importorskip("jsonschema", reason="schema tests need jsonschema")
    schema = json.loads((SCHEMAS / "slice.schema.json").read_text())
    for image in ({"kernel": "/k", "initrd": "/i", "cmdline": 'a="<&>" é\n', "volume": None},
                  {"volume": "debian 12.qcow2", "pool": "fast", "format": "raw", "seed": "/s"}):
        jsonschema.validate(changed("vm.image", image), schema)
        (slice_,) = validate_slices([changed("vm.image", image)])
        assert slice_["vm"]["image"] == {key: value for key, value in image.items() if value is not None}
        assert validate_slices([slice_]) == [slice_]


def test_what_is_refused_is_shown_in_part():
    with pytest.raises(InvalidInput) as caught:
        validate_slices([{**MINIMAL, "name": "a" * 5000}])
    assert len(str(caught.value)) < 300


def test_numbers_may_come_as_text():
    (slice_,) = validate_slices([fleets.slice_(scaling={"min": "2", "quantile": "0.9"})])
    assert slice_["scaling"]["min"] == 2
    assert slice_["scaling"]["quantile"] == 0.9


def test_instants_of_events_are_told_in_utc_and_may_touch():
    jsonschema = pytest.importorskip("jsonschema", reason="schema tests need jsonschema")
    later = {"name": "sale", "start": "2026-01-05T12:00:00+02:00", "end": "2026-01-05T12:30:00Z", "factor": "1.5", "resources": ["cpu"]}
    (slice_,) = validate_slices([changed("telemetry.events", [SALE, later, {**SALE, "name": "rush"}])])
    assert slice_["telemetry"]["events"][1] == {**later, "start": "2026-01-05T10:00:00Z", "factor": 1.5}
    assert slice_["telemetry"]["events"][0] == {**SALE, "factor": None, "resources": None}
    jsonschema.validate(slice_, json.loads((SCHEMAS / "slice.schema.json").read_text()))
    assert validate_slices([slice_]) == [slice_]


def changed(path, value):
    """The minimal slice with one key set."""
    slice_ = json.loads(json.dumps(MINIMAL))
    *sections, key = path.split(".")
    at = slice_
    for section in sections:
        at = at.setdefault(section, {})
    at[key] = value
    return slice_


@pytest.mark.parametrize(("path", "value", "words"), [
    ("name", "Web", "'Web' is refused by libvirt"),
    ("name", "a" * 32, "at most 31"),
    ("name", "web_1", "is refused"),
    ("vmm", 1, "did you mean vm?"),
    ("scaling.minimum", 1, "did you mean min?"),
    ("vm.memory_mib", "much", "must be a number"),
    ("vm.memory_mib", 1.5, "must be a whole number"),
    ("vm.memory_mib", True, "must be a number"),
    ("vm.memory_mib", None, "is required and not given"),
    ("vm.serves", {}, "at least one resource"),
    ("vm.serves.rps", 1, "has no telemetry"),
    ("telemetry.indicator.most", 250, "means nothing without a field"),
    ("telemetry.indicator.measurement", "latency", "means nothing without a field"),
    ("vm.serves.requests", 0, "outside"),
    ("vm.image", {"kernal": "/k"}, "did you mean kernel?"),
    ("vm.image", {"initrd": "/k"}, "needs kernel or volume"),
    ("vm.image", {"kernel": None}, "needs kernel or volume"),
    ("vm.image", {"kernel": "/k", "volume": "debian.qcow2"}, "has both kernel and volume"),
    ("vm.image", {"volume": "debian.qcow2", "cmdline": "quiet"}, "vm.image.cmdline: goes with a kernel"),
    ("vm.image", {"volume": "debian.vmdk", "format": "vmdk"}, "vm.image.format: 'vmdk' is not one of qcow2, raw"),
    ("vm.image", {"volume": "../../etc/shadow"}, "vm.image.volume: '../../etc/shadow' is refused by libvirt"),
    ("vm.image", {"volume": ["debian.qcow2"]}, "vm.image.volume: must be text"),
    ("vm.image", {"volume": "debian\x00"}, "vm.image.volume: 'debian\\x00' is refused by libvirt"),
    ("vm.image", {"kernel": "vmlinuz"}, "is named by its path from / on"),
    ("vm.image", {"kernel": "/k", "cmdline": "quiet\x1b"}, "takes no control characters"),
    ("vm.vcpus", 10 ** 400, "must be a number"),
    ("scaling.lead_time_seconds", -10 ** 400, "must be auto or a whole number"),
    ("vm.serves.requests", 10 ** 400, "must be a number"),
    ("scaling", [], "must be a mapping"),
    ("scaling.mode", "auto", "is not one of"),
    ("scaling.mode", "enforce", "is required where scaling.mode is enforce"),
    ("scaling.min", 11, "is more than scaling.max, 10"),
    ("scaling.min", None, "must not be null"),
    ("scaling.quantile", 0.999, "outside 0.5..0.99"),
    ("scaling.quantile", float("nan"), "must be auto or a number"),
    ("scaling.quantile", "often", "must be auto or a number"),
    ("scaling.economy", 0, "outside 0.001..1"),
    ("telemetry.events", {}, "must be a list"),
    ("telemetry.events", [{"name": "sale", "start": SALE["start"]}], "events[0].end: is required"),
    ("telemetry.events", [{**SALE, "ends": 1}], "is not a known key"),
    ("telemetry.events", [{**SALE, "name": "-"}], "an event is named by"),
    ("telemetry.events", [{**SALE, "start": "2026-01-05T08:00:00"}], "events[0].start: '2026-01-05T08:00:00' is no instant with a time zone"),
    ("telemetry.events", [{**SALE, "start": "0001-01-01T00:00:00+14:00"}], "is no instant with a time zone"),
    ("telemetry.events", [{**SALE, "end": "2026-01-05T09:00:00+01:00"}], "events[0].end: 2026-01-05T08:00:00Z is not after start"),
    ("telemetry.events", [{**SALE, "factor": 0}], "outside 0.01..100"),
    ("telemetry.events", [{**SALE, "resources": []}], "at least one resource"),
    ("telemetry.events", [{**SALE, "resources": ["cpu", "rps"]}], "events[0].resources[1]: 'rps' has no telemetry"),
    ("telemetry.events", [{**SALE, "start": "2026-01-05T09:00:00Z", "end": "2026-01-06T09:00:00Z"}, SALE],
     "events[0]: 'sale' from 2026-01-05T09:00:00Z to 2026-01-06T09:00:00Z overlaps netslice_slices[1].telemetry.events[1]"),
    ("network.range", "10.90.2.0", "is no IPv4 network"),
    ("network.range", "10.90.2.1/24", "write 10.90.2.0/24"),
    ("network.range", "10.90.2.300/24", "is no IPv4 address"),
    ("network.range", "224.0.0.0/24", "is no unicast network"),
    ("network.range", "2001:db8::/64", "is no IPv4"),
    ("network.range", "10.90.2.0/28", "larger than the whole range"),
    ("network.exclude", ["10.90.2.0/33"], "is no IPv4 network"),
    ("network.exclude", "10.90.2.7", "must be a list"),
    ("network.dscp", "af44", "is not one of cs0, cs1"),
    ("network.mtu", 100, "outside 576..65535"),
    ("network.egress.ceiling_mbit", 0.5, "is more than ceiling_mbit"),
    ("network.egress", {"ceiling_mbit": 4, "vip_ceiling_mbit": 5}, "vip_ceiling_mbit: 5 is more than ceiling_mbit, 4"),
    ("network.egress.headroom", 0.9, "outside 1.0..10.0"),
    ("flows", [{"from": "db", "protocol": "tcp", "port": 1}], "is not the name of another slice"),
    ("flows", [{"from": "web", "protocol": "tcp", "port": 1}], "is not the name of another slice"),
    ("flows", [{"from": "web", "protocol": "icmp", "port": 1}], "is not one of tcp, udp"),
    ("state", "gone", "is not one of present, absent"),
    ("telemetry.resources", {"requests": {"unit": "1/s"}}, "is required and not given"),
    ("telemetry.resources", {"requests": {"field": "r", "kind": "sum"}}, "is not one of gauge, counter"),
    ("telemetry.time_zone", "Europe/Berlim", "is no time zone this controller knows"),
    ("telemetry.time_zone", "../etc/passwd", "is no time zone this controller knows"),
    ("priority", -1, "outside 0..1000"),
])
def test_refusals_name_the_path(path, value, words):
    slice_ = changed(path, value)
    if value is None and path == "vm.memory_mib":
        del slice_["vm"]["memory_mib"]
    with pytest.raises(InvalidInput) as caught:
        validate_slices([fleets.slice_("api", 7), slice_])
    text = str(caught.value)
    at = "vm.image" if value == "enforce" else path.split(".")[0]
    assert text.startswith(f"netslice_slices[1].{at}"), text
    assert words in text


@pytest.mark.parametrize("raw", [None, {}, "web", 3])
def test_slices_must_be_a_list(raw):
    with pytest.raises(InvalidInput, match="^netslice_slices: must be a list"):
        validate_slices(raw)


@pytest.mark.parametrize(("range_", "length", "exclude", "most", "room"), [
    ("10.90.2.0/28", 28, [], 11, 13),
    ("10.90.2.0/28", 28, ["10.90.2.0/29"], 6, 7),
    ("10.90.2.0/27", 28, [], 23, 26),
    ("10.90.2.0/27", 28, ["10.90.2.16", "10.90.2.17"], 23, 26),
    ("10.90.2.0/29", 30, [], 1, 2),
])
def test_a_range_must_hold_max_and_quarantine(range_, length, exclude, most, room):
    first, bits = ipv4.parse_network(range_)
    assert usable(first, bits, length, exclude) == room
    network = {"range": range_, "host_prefix_length": length, "exclude": exclude}
    validate_slices([fleets.slice_(scaling={"max": most, "min": 1}, network=network)])
    with pytest.raises(InvalidInput, match=rf"network.range: .* has {room} usable addresses"):
        validate_slices([fleets.slice_(scaling={"max": room + 1, "min": 1}, network={**network, "quarantine_seconds": 0})])
    with pytest.raises(InvalidInput, match="in quarantine need"):
        validate_slices([fleets.slice_(scaling={"max": room, "min": 1}, network=network)])


def test_usable_counts_as_enumeration_does():
    first, bits = ipv4.parse_network("10.90.2.0/25")
    exclude = ["10.90.2.0/30", "10.90.2.2", "10.90.2.30", "10.90.2.31", "10.90.2.32", "10.90.2.60/31", "10.90.2.100", "10.9.0.0/16", "10.90.2.120/29"]
    spans = [ipv4.interval(text) for text in exclude]
    count = sum(
        1 for offset in range(128)
        if offset % 32 not in (0, 1, 31) and not any(low <= first + offset <= high for low, high in spans)
    )
    assert usable(first, bits, 27, exclude) == count


@pytest.mark.parametrize(("one", "other"), [("10.90.2.0/24", "10.90.2.0/24"), ("10.90.0.0/16", "10.90.2.0/24"), ("10.90.2.0/24", "10.90.2.128/25")])
def test_ranges_must_not_overlap(one, other):
    pair = [fleets.slice_("web", network={"range": one}), fleets.slice_("far", 9), fleets.slice_("api", network={"range": other})]
    with pytest.raises(InvalidInput, match=rf"^netslice_slices\[2\].network.range: {other} of api overlaps {one} of web \(netslice_slices\[0\]\)"):
        validate_slices(pair)


@pytest.mark.parametrize(("range_", "words"), [
    (["10.90.2.0/24", "10.90.2.128/25"], r"\[0\].network.range: 10.90.2.128/25 of web overlaps 10.90.2.0/24 of web"),
    (["10.90.2.0/24", "10.90.3.1/24"], r"network.range\[1\]: '10.90.3.1/24' has bits of the host set"),
    (["10.90.2.0/24", "10.90.3.0/28"], "host_prefix_length: 27 is larger than the whole range 10.90.3.0/28"),
    (["10.90.2.0/27", "10.90.3.0/27"], "10.90.2.0/27, 10.90.3.0/27 in sub-prefixes of /27 has 58 usable addresses, but scaling.max 60"),
    ([], "network.range: must name at least one network"),
])
def test_several_ranges_are_refused(range_, words):
    with pytest.raises(InvalidInput, match=words):
        validate_slices([fleets.slice_("web", network={"range": range_}, scaling={"max": 60})])


@pytest.mark.parametrize(("reserved", "words"), [
    (["10.90.3.2"], r"network.reserved\[0\]: 10.90.3.2 is none that a guest could have: it lies outside"),
    (["10.90.2.2", "10.90.2.33"], r"network.reserved\[1\]: 10.90.2.33 is none that a guest could have"),
    (["10.90.2.31"], "is none that a guest could have"),
    (["10.90.2.0/29"], r"reserved\[0\]: 10.90.2.0/29 is no single address"),
    (["10.90.2"], "is no IPv4 address"),
    ("10.90.2.2", "must be a list of addresses"),
])
def test_reserved_addresses_that_are_refused(reserved, words):
    with pytest.raises(InvalidInput, match=words):
        validate_slices([fleets.slice_(network={"reserved": reserved})])


def test_reserved_addresses_are_no_room():
    with pytest.raises(InvalidInput, match="has 28 usable addresses, but scaling.max 26"):
        validate_slices([fleets.slice_(network={"range": "10.90.2.0/27", "reserved": ["10.90.2.9"]}, scaling={"max": 26})])
    slices = validate_slices([fleets.slice_(network={"reserved": ["10.90.2.10", "10.90.2.9", "10.90.2.9"]})])
    assert slices[0]["network"]["reserved"] == ["10.90.2.9", "10.90.2.10"]


def test_names_must_differ():
    with pytest.raises(InvalidInput, match=r"^netslice_slices\[1\].name: 'web' is the name of netslice_slices\[0\] too"):
        validate_slices([fleets.slice_("web", 2), fleets.slice_("web", 3)])


def test_what_translation_of_addresses_hides_is_refused():
    with pytest.raises(InvalidInput, match=r"network\.egress\.vip_ceiling_mbit: cannot be held where network\.mode is nat"):
        validate_slices([fleets.slice_(network={"mode": "nat", "egress": {"vip_ceiling_mbit": 5}})])
    validate_slices([fleets.slice_(network={"mode": "nat", "ingress": {"vip_ceiling_mbit": 5}})])
