# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests are asked to shut down again and again, together, and destroyed at the deadline."""
from __future__ import annotations

import threading

import pytest

libvirt = pytest.importorskip("libvirt", reason="libvirt-python is not installed")

from ansible_collections.foresight.netslice.plugins.module_utils.pool import stopping  # noqa: E402
from ansible_collections.foresight.netslice.plugins.module_utils.pool.metadata import Record  # noqa: E402

AGENT = "<domain><devices><channel><target type='virtio' name='org.qemu.guest_agent.0' state='{}'/></channel></devices></domain>"


class Guest:
    """A guest that hears the power button only once it has booted, on a clock of its own; stands for machine and handle."""

    def __init__(self, clock, hears_at, agent="disconnected", silent_since=None):
        self.record = Record("web", "10.90.2.4", "stopping", "2026-01-05T08:00:00Z", silent_since=silent_since)
        self.name, self.handle, self.clock, self.hears_at, self.agent = "web", self, clock, hears_at, agent
        self.asked, self.destroyed, self.off = [], False, False

    def isActive(self):
        return not self.off

    def XMLDesc(self, _flags):
        return AGENT.format(self.agent)

    def shutdownFlags(self, flags):
        self.asked.append((self.clock.now, flags))
        self.off = self.clock.now >= self.hears_at

    def destroy(self):
        self.destroyed = self.off = True


class Clock:
    """Time that passes only in sleep."""

    now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def stop(guests, clock, timeout=60):
    return stopping.stop_all(guests, timeout, clock=clock, sleep=clock.sleep)


def test_one_that_is_silent_is_destroyed_and_not_asked():
    clock = Clock()
    hung, well = Guest(clock, 0, silent_since="2026-01-05T07:00:00Z"), Guest(clock, 0)
    assert stop([hung, well], clock) == (["web"], {})
    assert (hung.asked, hung.destroyed, well.destroyed, len(well.asked)) == ([], True, False, 1)


def test_a_press_during_boot_is_repeated():
    clock = Clock()
    quick, booting = Guest(clock, 0), Guest(clock, 7)
    assert stop([quick, booting], clock) == ([], {})
    assert len(quick.asked) == 1 and len(booting.asked) == 3
    assert clock.now < 11 and not booting.destroyed


def test_the_deaf_are_destroyed_at_the_deadline():
    clock = Clock()
    deaf = Guest(clock, 1000)
    assert stop([deaf], clock, timeout=12) == (["web"], {})
    assert deaf.destroyed and len(deaf.asked) == 3 and 12 <= clock.now < 13


def test_one_that_cannot_be_destroyed_does_not_keep_the_others():
    clock = Clock()
    stuck, deaf, gone = Guest(clock, 1000), Guest(clock, 1000), Guest(clock, 0)
    stuck.name, deaf.name, gone.name = "stuck", "deaf", "gone"

    def refuse():
        raise libvirt.libvirtError("Failed to terminate process: Device or resource busy")

    stuck.destroy = refuse
    destroyed, failed = stop([stuck, deaf, gone], clock, timeout=6)
    assert destroyed == ["deaf"] and deaf.destroyed
    assert list(failed) == ["stuck"] and "Cannot destroy stuck" in str(failed["stuck"])


def test_the_agent_is_asked_first_where_it_is_connected():
    clock = Clock()
    guest = Guest(clock, 4, agent="connected")
    stop([guest], clock)
    assert [flags for _at, flags in guest.asked] == [libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT, libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN]


def test_many_agents_are_asked_at_once_and_their_guests_end_when_they_do():
    """libvirt answers the request to an agent when the guest is off."""
    clock, begun = Clock(), [threading.Event() for _guest in range(2)]

    class Slow(Guest):
        met = None

        def shutdownFlags(self, flags):
            if flags == libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT:
                own, other = begun if self.name == "first" else reversed(begun)
                own.set()
                self.met = other.wait(10)
            super().shutdownFlags(flags)

    first, second = Slow(clock, 0, agent="connected"), Slow(clock, 0, agent="connected")
    first.name = "first"
    assert stop([first, second], clock) == ([], {})
    assert first.met and second.met


def test_an_agent_that_hangs_keeps_no_other_from_being_asked_and_is_not_asked_later():
    clock, hang = Clock(), threading.Event()

    class Hung(Guest):
        def shutdownFlags(self, flags):
            super().shutdownFlags(flags)
            if flags == libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT:
                hang.wait(10)

    hung = [Hung(clock, 1000, agent="connected") for _guest in range(stopping.AGENTS_AT_ONCE + 1)]
    well = Guest(clock, 0)
    assert stop([*hung, well], clock, timeout=12) == (["web"] * len(hung), {})
    assert not well.destroyed and clock.now < 13
    power = libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN
    assert all([flags for _at, flags in guest.asked].count(power) == 2 for guest in hung)
    hang.set()
    for thread in threading.enumerate():
        if thread.name == stopping.THREADS:
            thread.join(10)
    # The last one was still to be asked through its agent: as it has ended, it is not.
    assert libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT not in [flags for _at, flags in hung[-1].asked]


def test_nothing_to_stop():
    clock = Clock()
    assert stop([], clock) == ([], {}) and clock.now == 0
