# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host and its guests as network namespaces without a name: they vanish with the test, whatever becomes of it."""
from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess

from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import tap_name, vm_mac

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """A network namespace held by a file descriptor; `with it:` moves this thread, and what it runs, into it."""

    def __init__(self):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            if _libc.unshare(CLONE_NEWNET) != 0:
                raise PermissionError(ctypes.get_errno(), "unshare")
            self.descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        finally:
            _enter(home)
            os.close(home)
        self._homes = []
        self.run("ip link set dev lo up")

    @property
    def path(self):
        """What `ip link set ... netns` takes."""
        return f"/proc/{os.getpid()}/fd/{self.descriptor}"

    def run(self, *commands):
        """Run commands, each a line of words, inside."""
        with self:
            for command in commands:
                subprocess.run(command.split(), check=True, stdin=subprocess.DEVNULL)

    def close(self):
        """Let it go; the kernel removes it with the last of its users."""
        os.close(self.descriptor)

    def __enter__(self):
        self._homes.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        _enter(self.descriptor)
        return self

    def __exit__(self, *_exc):
        home = self._homes.pop()
        _enter(home)
        os.close(home)


def _enter(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def allowed():
    """Whether this process may make namespaces, devices and nft tables."""
    if os.geteuid() != 0:
        return False
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        space = Namespace()
        space.run("nft list ruleset")
        space.close()
        return True
    return False


@contextlib.contextmanager
def host(slices):
    """A Namespace with a bridge for each of slices {id: "gateway/length"}."""
    space = Namespace()
    try:
        for number, address in slices.items():
            bridge = f"nsb{number}"
            mac = vm_mac(address.split("/")[0])
            space.run(
                f"ip link add {bridge} address {mac} type bridge forward_delay 0", f"ip addr add {address} dev {bridge}", f"ip link set dev {bridge} up"
            )
        yield space
    finally:
        space.close()


@contextlib.contextmanager
def guest(of_host, number, vip, tap=None, mac=None, address=None, vip6=None, bridge=None):
    """A Namespace whose `eth0` is the far end of the tap of `vip`, on bridge nsb<number>, or another. address: what it really has, "" for none; vip6: an
    IPv6 address it has too."""
    space = Namespace()
    tap = tap or tap_name(vip)
    gateway = vip.rsplit(".", 1)[0] + ".1"
    try:
        with of_host:
            of_host.run(
                f"ip link add {tap} type veth peer name eth0 address {mac or vm_mac(vip)} netns {space.path}",
                f"ip link set dev {tap} master {bridge or f'nsb{number}'}", f"ip link set dev {tap} up",
            )
        space.run("ip link set dev eth0 up")
        if address != "":
            space.run(f"ip addr add {address or vip}/24 dev eth0", f"ip route add default via {gateway}")
        if vip6:
            space.run(f"ip addr add {vip6}/64 dev eth0 nodad")
        yield space
    finally:
        space.close()
