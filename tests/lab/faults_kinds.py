# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults beside killed modules: what a host, its daemons and other people do to what slices stand on."""
from __future__ import annotations

import tempfile
import threading
import time

import faults_kills
import faults_pass
from faults_life import BEGIN, Step

EMULATED_BOOT_SECONDS = 600
LIBVIRTD = "libvirtd -d -p /run/libvirtd.pid && until virsh -q -c qemu:///system list >/dev/null 2>&1; do sleep 0.1; done"


def double_vip(fleet, chance):
    """The bug `double-vip`: after a kill the record of a VM names the VIP of another one."""
    for host in fleet.hosts.values():
        names = [name for name, one in host.dump()["domains"].items() if one["record"]]
        if len(names) > 1:
            first, second = chance.sample(sorted(names), 2)
            text = host.space.run("virsh", "-c", host.uri, "metadata", first, "urn:foresight:netslice:1")
            host.space.run("virsh", "-c", host.uri, "metadata", second, "urn:foresight:netslice:1", "--key", "netslice", "--set", text.strip(),
                           "--config")
            return


def shell(host, script):
    """Output of a shell script on a host."""
    return host.space.run("bash", "-c", script)


def kill(host, pids):
    """SIGKILL to processes of a host, by the pids they have there."""
    shell(host, "kill -KILL " + " ".join(pids))


def guest_pids(host):
    """Pids of the QEMUs of a host."""
    return shell(host, "for file in /run/libvirt/qemu/*-*.pid; do cat $file; echo; done").split()


def server_pids(host, network="netslice-web"):
    """Pids of a network's DHCP server and its helper."""
    return shell(host, f"grep -lsa 'dnsmasq/{network}.conf' /proc/[0-9]*/cmdline | cut -d/ -f3 | grep -vx $$ || true").split()


def one_guest_killed(host, chance):
    kill(host, [chance.choice(guest_pids(host))])


def every_guest_killed(host, _chance):
    kill(host, guest_pids(host))


def domain_destroyed(host, chance):
    names = [name for name, one in host.dump()["domains"].items() if one["record"] and one["id"] is not None]
    host.space.run("virsh", "-c", host.uri, "destroy", chance.choice(sorted(names)))


def libvirtd_killed(host, _chance):
    shell(host, f"kill -KILL $(cat /run/libvirtd.pid); sleep 0.3; {LIBVIRTD}")


def tree_wiped(host, _chance):
    shell(host, "tc qdisc replace dev up0 root pfifo")


def hook_removed(host, _chance):
    shell(host, "tc qdisc del dev up0 clsact")


def ifb_deleted(host, _chance):
    shell(host, "ip -o link show type ifb | cut -d: -f2 | xargs -n1 ip link del dev")


def classes_deleted(host, _chance):
    shell(host, "tc filter del dev up0 parent 51ce:; tc class del dev up0 classid 51ce:10")


def nft_flushed(host, _chance):
    shell(host, "nft flush ruleset")


def nft_element_deleted(host, _chance):
    shell(host, "nft flush set bridge netslice own4")


def state_dir_removed(host, _chance):
    shell(host, f"rm -rf '{host.state_dir}'")


def net_destroyed(host, _chance):
    host.space.run("virsh", "-c", host.uri, "net-destroy", "netslice-web")


def bridge_deleted(host, _chance):
    shell(host, "ip link del dev $(virsh net-info netslice-web | sed -n 's/^Bridge: *//p')")


def bridge_deleted_and_libvirtd_restarted(host, chance):
    bridge_deleted(host, chance)
    libvirtd_killed(host, chance)


def dhcp_server_killed(host, _chance):
    kill(host, server_pids(host))


def tap_unplugged(host, _chance):
    shell(host, "ip -o link show | grep -o 'nsv[0-9a-f]*' | head -1 | xargs -I TAP ip link set dev TAP nomaster")


def forwarding_switched_off(host, _chance):
    shell(host, "sysctl -qw net.ipv4.ip_forward=0")


def host_restarted(host, _chance):
    """What a restart of the machine takes: processes, devices, rules and /run; what is under /etc and /var/lib stays."""
    kill(host, guest_pids(host) + shell(host, "pidof dnsmasq || true; cat /run/libvirtd.pid").split())
    shell(host, "sleep 0.5; nft flush ruleset; tc qdisc del dev up0 root; tc qdisc del dev up0 clsact; sysctl -qw net.ipv4.ip_forward=0;"
                "for link in $(ip -o link show | cut -d: -f2 | grep -E '^ (nsb|nsv|nsi)' | cut -d@ -f1); do ip link del dev $link || true; done;"
                "rm -rf /run/libvirt /run/libvirtd.pid")
    shell(host, LIBVIRTD)


#: on libvirt's test driver only the link and the state of domains are there to be broken
ON_TEST_DRIVER = (domain_destroyed, tree_wiped, hook_removed, ifb_deleted, classes_deleted, state_dir_removed, net_destroyed)
ON_GUESTS = (
    libvirtd_killed, one_guest_killed, nft_flushed, net_destroyed, tap_unplugged, dhcp_server_killed, bridge_deleted, forwarding_switched_off,
    nft_element_deleted, bridge_deleted_and_libvirtd_restarted, state_dir_removed, tree_wiped, every_guest_killed, host_restarted,
)
#: a fault that takes the guests themselves
TAKES_GUESTS = ("one_guest_killed", "every_guest_killed", "domain_destroyed", "host_restarted")


def break_and_heal(campaign, trial, step, fault, number):
    """One fault on one host of a converged fleet; whether all is well after it."""
    chance = faults_kills.chance_of(campaign.seed, fault.__name__, number)
    host = trial.fleet.hosts[chance.choice(sorted(trial.fleet.hosts))]
    before, plan = trial.last, trial.fleet.plan(step)
    fault(host, chance)
    if "killed" in fault.__name__:
        # libvirt hears of the end of a process a moment later.
        time.sleep(1)
    kept = before if fault.__name__ not in TAKES_GUESTS else None
    found = trial.recovers(step, kept, plan)
    campaign.add(fault.__name__, f"{campaign.seed}/{fault.__name__}/{number}", {"host": host.name}, found)
    print(f"{fault.__name__}: {'broken' if found else 'healed'}", flush=True)
    return not found


def on_test_driver(campaign, times, fleet_of):
    """Each fault of libvirt's test driver so many times, and two passes at once."""
    for number in range(times):
        with tempfile.TemporaryDirectory(prefix="netslice-faults-") as directory, fleet_of(directory, "test", 2) as fleet:
            step = Step(BEGIN, {"api": 2, "web": 4})
            trial = faults_kills.Trial(fleet)
            if not _began(campaign, trial, step, number):
                return
            for fault in ON_TEST_DRIVER:
                step.as_of += 60
                if not break_and_heal(campaign, trial, step, fault, number):
                    break
            two_passes(campaign, trial, step, number)


def on_guests(campaign, times, fleet_of):
    """Each fault of a real host under three guests so many times, and two passes at once."""
    for number in range(times):
        waiting = list(ON_GUESTS)
        while waiting:
            with tempfile.TemporaryDirectory(prefix="netslice-faults-") as directory:
                with fleet_of(directory, "qemu", 1, vips_timeout=EMULATED_BOOT_SECONDS) as fleet:
                    step = Step(BEGIN, {"api": 1, "web": 2})
                    trial = faults_kills.Trial(fleet, real=True)
                    if not _began(campaign, trial, step, number):
                        return
                    well = True
                    while waiting and well:
                        step.as_of += 60
                        well = break_and_heal(campaign, trial, step, waiting.pop(0), number)
                    if well:
                        two_passes(campaign, trial, step, number)


def _began(campaign, trial, step, number):
    found = trial.recovers(step)
    if found:
        campaign.add("no fault", f"{campaign.seed}/begin/{number}", None, found)
    return not found


def two_passes(campaign, trial, step, number):
    """Two passes with the same share at once, while slices grow and shrink."""
    fleet, found = trial.fleet, []
    step.as_of += 60
    step.vms = {name: 5 - vms if vms else 1 for name, vms in step.vms.items()}
    others = [faults_pass.Host(host.space) for host in fleet.hosts.values()]
    rival = faults_pass.Fleet(others, fleet.image, vips_timeout=fleet.vips_timeout)
    before, plan, ran = trial.last, fleet.plan(step), {}
    threads = [threading.Thread(target=lambda who=who: ran.update({who: who.apply(plan)})) for who in (fleet, rival)]
    for thread in threads:
        thread.start()
        time.sleep(0.01 * number)
    for thread in threads:
        thread.join()
    for host in others:
        host.close()
    for one in ran.values():
        found += [f"a pass beside another fails: {text}" for text in one.failures if "made from state" not in text and "Cannot lock" not in text]
    if len(ran) != 2:
        found.append(f"{2 - len(ran)} of the two passes ended by an exception")
    found += trial.recovers(step, before, plan)
    campaign.add("two_passes", f"{campaign.seed}/two_passes/{number}", {"failures": [one.failures for one in ran.values()]}, found)
    print(f"two_passes: {'broken' if found else 'converged'}", flush=True)
