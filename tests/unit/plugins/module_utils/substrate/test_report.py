# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes as people read them, and the tools they need."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.substrate import attachments, change, present, report, tree, wire
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.wishes import attachment, slice_class

NOTHING = present.Hook("", (), False, False)


def planned(row, found="noqueue 0:", owner="adoptable", before=None):
    """A change from a root, or from a tree, to what an attachment wants."""
    link = wire.Link(3, row["device"], "", True, "") if row["direction"] == "egress" else None
    feeds = attachments.feeds_of(row)
    shaped = attachments.ifb_name(row["device"]) if feeds else row["device"]
    had = attachments.Present(row["device"], row["direction"], True, shaped, link, present.Root(owner, found), before, dict.fromkeys(feeds, NOTHING))
    wanted = tree.wanted_tree(row, before)
    return change.Change(row, had, wanted, attachments.steps(had, wanted, feeds))


def test_diff_of_a_new_tree_is_short():
    row = attachment(slice_class(vips=["10.90.2.2", "10.90.2.3", "10.90.2.4", "10.90.2.9"]))
    assert report.diff([planned(row)]) == {
        "before": {"up0 egress": {}},
        "after": {"up0 egress": {
            "51ce:1 link": "100 to 100 Mbit/s", "51ce:10 slice 16": "60 to 100 Mbit/s, 10.90.2.2-10.90.2.4, 10.90.2.9",
            "51ce:fffe no slice": "1 to 100 Mbit/s",
        }},
    }


def test_diff_shows_addresses_of_ipv6():
    found = report.diff([planned(attachment(slice_class(range6="fd00:90:2::/64")))])["after"]["up0 egress"]
    assert found["51ce:10 slice 16"] == "60 to 100 Mbit/s, 10.90.2.2-10.90.2.3, fd00:90:2::a5a:202-fd00:90:2::a5a:203"


def test_diff_names_the_slice_of_a_vip_with_a_ceiling():
    row = attachment(slice_class(vips=["10.90.2.2"], cap=20))
    assert report.diff([planned(row)])["after"]["up0 egress"]["51ce:5200 VIP of slice 16"] == "0.001 to 20 Mbit/s, 10.90.2.2"


def test_diff_of_a_takeover_shows_what_goes():
    assert report.diff([planned(attachment(slice_class()), "htb 1:", "foreign")])["before"] == {"up0 egress": {"root": "htb 1:"}}


def test_diff_of_damage_that_rates_do_not_show():
    row = attachment(slice_class())
    before = tree.wanted_tree(row, None)
    before.strays = {(0, 5, 0x0800)}
    diff = report.diff([planned(row, "htb 51ce:", "ours", before)])
    assert diff["after"]["up0 egress"]["repaired"] == ["tc filter del dev up0 parent 51ce: pref 5"]


def test_no_change_has_no_diff():
    row = attachment(slice_class())
    assert report.diff([planned(row, "htb 51ce:", "ours", tree.wanted_tree(row, None))]) == {"before": {}, "after": {}}


def test_attachments_after():
    row = attachment(slice_class(), direction="ingress")
    assert report.attachments_after([planned(row, "no ifb")]) == [{
        "device": "up0", "direction": "ingress", "owner": "ours", "found": "htb 51ce:",
        "classes": [{"minor": 16, "guarantee_mbit": 60.0, "ceiling_mbit": 100.0, "vip_ceiling_mbit": None, "slice": "s16"}],
    }]
    gone = planned(attachment(), "htb 51ce:", "ours", tree.wanted_tree(attachment(slice_class()), None))
    assert report.attachments_after([gone]) == [
        {"device": "up0", "direction": "egress", "owner": "adoptable", "found": "default of the kernel", "classes": []},
    ]


def test_commands_of_a_large_change_lose_their_middle():
    row = attachment(slice_class(vips=[f"10.90.{i}.{j}" for i in range(16) for j in range(1, 255, 2)]))
    lines = report.listed_commands([planned(row)])
    assert len(lines) == 1001 and lines[500].startswith("# 10") and lines[-1].startswith("tc filter add")
    assert sum(map(len, lines)) < 300000


def test_replacing_mq_is_told():
    assert report.warnings([planned(attachment(slice_class()), "mq 0:")]) == [
        "The root qdisc mq of up0 is replaced: all its transmit queues now share one.",
    ]
    assert report.warnings([planned(attachment(slice_class()))]) == []


def test_a_missing_bridge_is_told():
    one = planned(attachment(slice_class(), direction="ingress", bridges=["nsb16", "nsb17"]), "no ifb")
    del one.before.hooks[attachments.Feed("nsb17", "egress")]
    assert report.warnings([one]) == [
        "This host has no nsb17: what the world sends there is shaped as part of the ingress of up0 only by a run that finds it.",
    ]


def test_ingress_makes_its_ifb_first_and_redirects_last():
    steps = planned(attachment(slice_class(), direction="ingress"), "no ifb").steps
    name = attachments.ifb_name("up0")
    assert len(name) == 11 and steps.make == (f"link add name {name} type ifb", f"link set dev {name} alias netslice:up0:clsact", f"link set dev {name} up")
    assert steps.shape[-2:] == (
        "qdisc add dev up0 clsact",
        f"filter add dev up0 ingress pref 20942 handle ::1 protocol all u32 match u32 0 0 action mirred egress redirect dev {name}",
    )


@pytest.mark.parametrize("said, works", [
    ("tc utility, iproute2-6.1.0, libbpf 1.1.2", True), ("tc utility, iproute2-5.15.0, libbpf 0.5.0", True),
    ("tc utility, iproute2-v6.7.0", True), ("tc utility, iproute2-ss200127", True),
    ("tc utility, iproute2-4.20.0", False), ("tc utility, iproute2-ss180129", False), ("BusyBox v1.35.0", False), ("", False),
])
def test_version_of_tc(said, works):
    def run(_argv, _text):
        return 0, said, ""

    if works:
        change.require_tools(run)
    else:
        with pytest.raises(HostError, match="Install iproute2 5.0 or later"):
            change.require_tools(run)
