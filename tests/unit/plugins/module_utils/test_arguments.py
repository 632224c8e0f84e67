# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules echo of their options."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.module_utils.arguments import brief_echo


def test_the_echo_of_a_share_is_brief_and_leaves_the_share_as_it_is():
    params = {"host": "kvm1", "vms": [{"vip": "10.90.2.2", "want": "active", "user_data": "secret"}, {"vip": "10.90.2.3"}], "ranges": [{"slice": "web"}]}
    echo = brief_echo(params, vms=("vip", "want"), ranges=())
    assert echo == {"module_args": {
        "host": "kvm1", "vms": [{"vip": "10.90.2.2", "want": "active"}, {"vip": "10.90.2.3", "want": None}], "ranges": 1}}
    assert params["vms"][0]["user_data"] == "secret" and params["ranges"] == [{"slice": "web"}]
