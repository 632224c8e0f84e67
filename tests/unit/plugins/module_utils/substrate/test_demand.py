# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Demands that no link can meet are refused in words that name them."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.demand import check
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.wishes import attachment, slice_class


def refused(row, match):
    with pytest.raises(HostError, match=match):
        check([row])


@pytest.mark.parametrize("keys, match", [
    ({"guarantee_mbit": 100.0}, r"guaranteed 100 Mbit/s and other traffic 1 Mbit/s, together more than its rate of 100 Mbit/s"),
    ({"guarantee_mbit": 0.0}, "its guarantee is 0 Mbit/s"),
    ({"guarantee_mbit": float("nan")}, "its guarantee is nan"),
    ({"ceiling_mbit": 59.0}, "ceiling of 59 Mbit/s lies below its guarantee of 60"),
    ({"ceiling_mbit": 101.0}, "ceiling of 101 Mbit/s is above the rate of 100"),
    ({"vip_ceiling_mbit": 101.0}, "the ceiling of 101 Mbit/s for each VIP is not between 0 and the ceiling of the slice, 100 Mbit/s"),
    ({"vip_ceiling_mbit": 0.0}, "the ceiling of 0 Mbit/s for each VIP"),
    ({"minor": 15}, r"minor 15 lies outside 16\.\.20479"),
    ({"minor": 20480}, "minor 20480 lies outside"),
    ({"vips": ["10.90.2"]}, "VIP '10.90.2' is no IPv4 address"),
    ({"vips": ["fd00::1"]}, "VIP 'fd00::1' is no IPv4 address"),
    ({"range6": "fd00::/97"}, "range6 fd00::/97 has a prefix length above 96"),
    ({"range6": "fd00::1/64"}, "range6 fd00::1/64 has host bits set"),
    ({"range6": "10.90.2.0/24"}, "Write it like fd00:90:2::/64"),
])
def test_a_slice(keys, match):
    row = attachment(slice_class())
    row["classes"][0].update(keys)
    refused(row, match)


@pytest.mark.parametrize("keys, match", [
    ({"device": "a b"}, "'a b' is no name of a device"), ({"device": "eth0#"}, "no name of a device"), ({"rate_mbit": 0.0}, "rate_mbit is 0"),
    ({"bridges": ["nsb16"]}, "what guests send is taken from the device itself"), ({"bridges": ["a b"]}, "'a b', of its bridges, is no name"),
    ({"default_mbit": 0.0}, "default_mbit is 0"), ({"default_mbit": 50.0}, "together more than"),
])
def test_an_attachment(keys, match):
    refused(dict(attachment(slice_class()), **keys), match)


def test_too_many_vips_with_ceilings_of_their_own():
    row = attachment(slice_class())
    row["classes"] = [slice_class(16, vips=[f"10.{i}.{j}.1" for i in range(11) for j in range(100)])]
    check([row])
    row["classes"][0]["vip_ceiling_mbit"] = 5.0
    refused(row, "1100 VIPs shall have ceilings of their own, and 1000 can")


def test_two_slices_of_one_vip():
    row = attachment(slice_class())
    row["classes"].append(slice_class(17, 10, 100, ["10.90.2.3"], name="mail"))
    refused(row, "slice mail at egress of up0: its VIP 10.90.2.3 belongs to slice s16 too")


def test_two_slices_of_one_minor():
    row = attachment(slice_class())
    row["classes"].append(slice_class(16, 10, 100, [], name="mail"))
    refused(row, "slice s16 has the minor 16 too")


def test_one_attachment_twice():
    with pytest.raises(HostError, match="stands twice"):
        check([attachment(), attachment()])


def test_a_link_given_away_to_the_last_bit():
    check([attachment(*(slice_class(16 + i, 99 / 30, 100, []) for i in range(30)))])
