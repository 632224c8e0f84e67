# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP servers of networks, found in a made-up /proc: the one libvirt knows, its helper, strays, and those of other places."""
from __future__ import annotations

import os

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool import networks, servers

HERE, ELSEWHERE = "net:[1]", "net:[2]"


@pytest.fixture
def host(tmp_path):
    """A function that adds a process; the configuration of netslice-web says that libvirt knows 20."""
    proc = tmp_path / "proc"
    (proc / "self" / "ns").mkdir(parents=True)
    os.symlink(HERE, proc / "self" / "ns" / "net")
    (tmp_path / "netslice-web.pid").write_text("20\n")
    (tmp_path / "netslice-web.conf").write_text(f"strict-order\npid-file={tmp_path}/netslice-web.pid\nexcept-interface=lo\n")

    def add(pid, parent=1, network="netslice-web", program="/usr/sbin/dnsmasq", namespace=HERE):
        folder = proc / str(pid)
        (folder / "ns").mkdir(parents=True)
        os.symlink(namespace, folder / "ns" / "net")
        words = [program, f"--conf-file={tmp_path}/{network}.conf", "--leasefile-ro", ""]
        (folder / "cmdline").write_bytes("\0".join(words).encode())
        (folder / "stat").write_text(f"{pid} (dns (masq)) S {parent} 1 1 0\n")

    add.proc = str(proc)
    return add


def test_the_server_libvirt_knows_and_its_helper(host):
    host(20)
    host(21, parent=20)
    assert servers.read(host.proc) == {"netslice-web": servers.Servers((20, 21), ())}


def test_a_second_pair_is_stray(host):
    host(20)
    host(21, parent=20)
    host(8)
    host(9, parent=8)
    assert servers.read(host.proc) == {"netslice-web": servers.Servers((20, 21), (8, 9))}


def test_what_is_left_of_a_forgotten_server_is_stray(host):
    host(21, parent=20)
    assert servers.read(host.proc) == {"netslice-web": servers.Servers((), (21,))}


@pytest.mark.parametrize("other", [{"network": "default"}, {"program": "/bin/sh"}, {"namespace": ELSEWHERE}])
def test_processes_of_others_do_not_count(host, other):
    host(20, **other)
    assert servers.read(host.proc) == {}


@pytest.mark.parametrize("serving, kinds", [
    ({}, ["dhcp_server_dead"]),
    ({"netslice-web": servers.Servers((20, 21), ())}, []),
    ({"netslice-web": servers.Servers((20, 21), (8, 9))}, ["dhcp_server_stray"]),
    ({"netslice-web": servers.Servers((20,), ()), "netslice-old": servers.Servers((30,), ())}, ["dhcp_server_stray"]),
])
def test_faults(serving, kinds):
    assert [fault["kind"] for fault in servers.faults([{"name": "netslice-web", "active": True}], serving)] == kinds


def test_a_process_that_has_ended_is_no_error():
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    servers.end([pid])


def test_commands_of_the_steps():
    assert networks.Step("end", "netslice-web", pids=(8, 9)).argv == ["kill", "8", "9"]
    update = ["virsh", "net-update", "netslice-web", "modify", "ip-dhcp-host", "<host/>", "--live"]
    assert networks.Step("serve", "netslice-web", "<host/>").argv == update
