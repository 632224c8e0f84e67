# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes the namespace it runs in as slice_qos does: attachments as JSON on standard input, counts of commands as JSON on standard output."""
from __future__ import annotations

import json
import subprocess
import sys

from ansible_collections.foresight.netslice.plugins.module_utils.substrate import change, demand
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.netlink import Netlink


def run(argv, text):
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def converge(attachments):
    """The count of commands it took."""
    demand.check(attachments)
    with Netlink() as netlink:
        changes = change.plan(netlink, attachments, "present", False)
        change.carry_out(netlink, changes, run)
        return len(change.commands(changes))


def main():
    wishes = json.load(sys.stdin)
    turns = [wishes["attachments"], wishes["and_back"]]
    json.dump([converge(turns[i % 2]) for i in range(wishes["changes"])], sys.stdout)


if __name__ == "__main__":
    main()
