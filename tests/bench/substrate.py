# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTB trees of many slices: building one, finding that nothing changes, adding VIPs to it."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.module_utils.substrate import change, demand
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.netlink import Netlink
from figures import attachment, figure, milliseconds, private_network, run

#: of 1,000 VIPs, as many rules as a benchmark can wait for
PEER_SLICES, PEER_VIPS = 10, 100


def converge(rows: list[dict], state: str = "present") -> int:
    """What slice_qos does between its arguments and its result; the count of commands."""
    demand.check(rows)
    with Netlink() as netlink:
        changes = change.plan(netlink, rows, state, False)
        change.carry_out(netlink, changes, run)
        return sum(len(one.steps.shape) for one in changes)


def build(rows: list[dict], repeat: int) -> float:
    def work() -> None:
        assert converge(rows) > 0

    taken = []
    for _round in range(repeat):
        taken.append(milliseconds(work, 1))
        converge(rows, "absent")
    converge(rows)
    return sorted(taken)[len(taken) // 2]


def rule_by_rule(rows: list[dict]) -> int:
    """The same tree with a process for each rule, as tasks and scripts give them; the count of rules."""
    with Netlink() as netlink:
        todo = [one.steps for one in change.plan(netlink, rows, "present", False)]
    for program, lines in [("ip", line) for steps in todo for line in steps.make] + [("tc", line) for steps in todo for line in steps.shape]:
        status, _output, error = run([program, *lines.split()])
        assert status == 0, error
    return sum(len(steps.shape) for steps in todo)


def main() -> None:
    private_network()
    rows = [attachment(40, 100)]
    figure("tc tree of 40 slices x 100 VIPs: build and verify", build(rows, 5), "ms", 50)
    figure("tc tree of 40 slices x 100 VIPs: no change", milliseconds(lambda: converge(rows), 9), "ms", 20)
    apart = [attachment(40, 100, step=2)]
    figure("tc tree of 40 slices x 100 VIPs, none beside another: no change", milliseconds(lambda: converge(apart), 9), "ms")
    more = [attachment(40, 110)]
    figure("tc tree of 40 slices x 100 VIPs: 400 VIPs more", milliseconds(lambda: converge(more), 1), "ms")
    converge(more, "absent")
    rows = [attachment(200, 100)]
    figure("tc tree of 200 slices x 100 VIPs: build and verify", build(rows, 1), "ms")
    figure("tc tree of 200 slices x 100 VIPs: no change", milliseconds(lambda: converge(rows), 5), "ms", 200)
    converge(rows, "absent")
    rows = [attachment(PEER_SLICES, PEER_VIPS)]
    size = f"tc tree of {PEER_SLICES} slices x {PEER_VIPS} VIPs"
    figure(f"{size}: build and verify", build(rows, 3), "ms")
    converge(rows, "absent")
    figure(f"{size}: build by a process of tc a rule", milliseconds(lambda: rule_by_rule(rows), 1), "ms")
    assert converge(rows) == 0


if __name__ == "__main__":
    main()
