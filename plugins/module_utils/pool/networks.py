# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The libvirt networks of the slices on a host: what there is, what to do, and doing it.

An active network is never restarted under running guests: libvirt would unplug them. What only a restart can change then waits, and is
reported as pending.
"""
from __future__ import annotations

import typing as t

from ..errors import PoolError
from . import names, network_xml, servers
from .connection import libvirt, refusals


class Present(t.NamedTuple):
    """One network of ours as it is. `live` is None where it is not active."""

    stored: network_xml.Network
    live: t.Optional[network_xml.Network]
    autostart: bool

    @property
    def active(self):
        """Whether libvirt runs it."""
        return self.live is not None


class Step(t.NamedTuple):
    """One act on one network: verb is define, start, stop, autostart, undefine, serve (start its DHCP server again) or end (a stray server).

    xml goes with define and serve, pids with end.
    """

    verb: str
    name: str
    xml: t.Optional[str] = None
    pids: t.Tuple[int, ...] = ()

    @property
    def argv(self):
        """The command of virsh that does the same."""
        if self.verb == "end":
            return ["kill"] + [str(pid) for pid in self.pids]
        if self.verb == "serve":
            return ["virsh", "net-update", self.name, "modify", "ip-dhcp-host", self.xml, "--live"]
        words = {"define": "net-define", "start": "net-start", "stop": "net-destroy", "autostart": "net-autostart", "undefine": "net-undefine"}
        return ["virsh", words[self.verb], self.name]


def inspect(connection):
    """{name: Present} of our networks, and the set of names that begin like ours but carry no record of ours."""
    present, foreign = {}, set()
    with refusals("list the networks of", connection.uri, "Check that libvirtd is well."):
        # Asked of all at once: a host of many slices has hundreds, and each question about one is a message to the daemon and back.
        active, persistent, started_at_boot = (
            {handle.name() for handle in connection.handle.listAllNetworks(flag)}
            for flag in (libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE, libvirt.VIR_CONNECT_LIST_NETWORKS_PERSISTENT, libvirt.VIR_CONNECT_LIST_NETWORKS_AUTOSTART)
        )
        for handle in connection.handle.listAllNetworks():
            name = handle.name()
            if not name.startswith(names.network_name("")):
                continue
            stored, live = _definitions(handle, name in active, name in persistent and not connection.is_test_driver)
            if stored.record is None:
                foreign.add(name)
                continue
            present[name] = Present(stored, live, name in started_at_boot)
    return present, foreign


def _definitions(handle, active, apart):
    """Definitions (stored, live) of a network, the latter None where it is not active. apart: libvirt knows two, unlike its test driver."""
    stored = network_xml.parse(handle.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE if apart else 0), apart)
    if not active:
        return stored, None
    return stored, network_xml.parse(handle.XMLDesc(0)) if apart else stored


def read(connection):
    """The list `networks` of the host state, sorted by name."""
    return as_state(inspect(connection)[0])


def as_state(present):
    """{name: Present} -> the list `networks` of the host state, sorted by name."""
    return [
        dict(
            one.stored.record, name=name, bridge=one.stored.link["bridge"], active=one.active, autostart=one.autostart,
        )
        for name, one in sorted(present.items())
    ]


def ranges6(present):
    """{slice: range6} of the networks of inspect() whose bridges have an IPv6 address now, so that their guests have one too."""
    return {one.live.record["slice"]: one.live.record[network_xml.RANGE6] for one in present.values()
            if one.active and one.live.link["address6"] and network_xml.RANGE6 in one.live.record}


def users(connection):
    """{network name: {domain name: it has a process}} of the domains that are plugged into a network of a slice, or belong to the slice."""
    found: dict = {}
    with refusals("list the domains of", connection.uri, "Check that libvirtd is well."):
        for domain in connection.handle.listAllDomains():
            for network in _networks_of(domain.XMLDesc(0)):
                found.setdefault(network, {})[domain.name()] = bool(domain.isActive())
    return found


def plan(wanted, present, foreign, users_of, devices, serving=None):
    """(steps, pending): what makes the wanted networks true, and {network name: why it must wait}.

    wanted: entries of a share's `networks`; present, foreign: of inspect(); users_of: gives what users() gives, and is called only where
    it matters, for it reads every domain; devices: names of the host's network devices, or None where there are none to see
    (libvirt's test driver); serving: of servers.read(), None like devices. Raises PoolError on bad input, a foreign network of the same
    name, or a network to remove that has domains.
    """
    _refuse_twice(wanted)
    steps, pending = _strays(present, foreign, serving or {}), {}
    for entry in sorted(wanted, key=lambda one: (one["want"] != "present", one["slice"])):
        name = names.network_name(entry["slice"])
        if name in foreign:
            raise PoolError(f"Cannot take the network {name}: somebody else made it. Rename or remove it, or rename the slice {entry['slice']}.")
        if entry["want"] == "present":
            network_xml.check(entry)
            more, wait = _present(name, network_xml.wanted_network(entry), present.get(name), users_of, devices)
            steps += more
            if wait:
                pending[name] = wait
            if serving is not None and not any(step.verb in ("start", "stop") for step in more):
                steps += _silent(name, present[name], serving)
        elif name in present:
            steps += _absent(name, present[name], users_of().get(name, {}))
    return steps, pending


def _refuse_twice(wanted):
    """Two networks cannot have one name or one bridge; libvirt would say so only when the first has changed already."""
    slices, ids = set(), {}
    for entry in wanted:
        if entry["slice"] in slices:
            raise PoolError(f"Cannot make the network of slice {entry['slice']}: it stands twice in networks. Name each slice once.")
        slices.add(entry["slice"])
        other = ids.setdefault(entry["id"], entry["slice"]) if entry["want"] == "present" else entry["slice"]
        if other != entry["slice"]:
            raise PoolError(f"Cannot make the network of slice {entry['slice']}: slice {other} has the id {entry['id']} too. Give each its own.")


def _present(name, want, have, users_of, devices):
    """(steps, why it waits or None) of one network that shall be."""
    if have is None:
        return [Step("define", name, network_xml.render(want, 1)), Step("autostart", name), Step("start", name)], None
    steps, wait = [], None
    if not have.stored.same(want):
        steps.append(Step("define", name, network_xml.render(want, have.stored.generation + 1)))
    if not have.autostart:
        steps.append(Step("autostart", name))
    if not have.active:
        steps.append(Step("start", name))
    elif devices is not None and have.live.link["bridge"] not in devices:
        steps += [Step("stop", name), Step("start", name)]
    elif (have.live.link, have.live.hosts) != (want.link, want.hosts):
        # On a bridge of the host libvirt does nothing to guests that run when it stops and starts the network.
        free = have.live.link["forward"] == want.link["forward"] == "bridge"
        running = [] if free else sorted(domain for domain, active in users_of().get(name, {}).items() if active)
        if running:
            wait = f"{name} takes its new settings when it restarts; these guests run on it: {', '.join(running)}"
        else:
            steps += [Step("stop", name), Step("start", name)]
    return steps, wait


def _strays(present, foreign, serving):
    """Steps that end DHCP servers no network knows. libvirt forgets one, and starts another, where its bridge was gone as libvirtd restarted."""
    steps = []
    for name, found in sorted(serving.items()):
        known = name in present and present[name].active
        pids = found.strays if known else found.strays + found.pids
        if pids and name not in foreign:
            steps.append(Step("end", name, pids=tuple(sorted(pids))))
    return steps


def _silent(name, have, serving):
    """Steps where the DHCP server of an active network has died: an update that changes nothing makes libvirt start it."""
    if name in serving and serving[name].pids or not have.live.hosts:
        return []
    mac, vip = next(host for host in have.live.hosts if ":" not in host[1])
    return [Step("serve", name, f"<host mac='{mac}' ip='{vip}'/>")]


def _absent(name, have, used):
    if used:
        raise PoolError(
            f"Cannot remove the network {name}: these domains of the slice are on this host: {', '.join(sorted(used))}. "
            "Release them first, with slice_vms."
        )
    return ([Step("stop", name)] if have.active else []) + [Step("undefine", name)]


def apply(connection, steps):
    """Do the steps in their order. Raises PoolError that names the network and libvirt's cause."""
    acts = {"start": "create", "stop": "destroy", "undefine": "undefine"}
    for step in steps:
        with refusals(step.verb, f"the network {step.name}", "Look at virsh net-dumpxml and at libvirtd's log on this host."):
            if step.verb == "define":
                connection.handle.networkDefineXML(step.xml)
                continue
            if step.verb == "end":
                servers.end(step.pids)
                continue
            handle = connection.handle.networkLookupByName(step.name)
            if step.verb == "autostart":
                handle.setAutostart(True)
            elif step.verb == "serve":
                modify, hosts = libvirt.VIR_NETWORK_UPDATE_COMMAND_MODIFY, libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST
                handle.update(modify, hosts, -1, step.xml, libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE)
            else:
                getattr(handle, acts[step.verb])()


def predicted(present, steps, wanted):
    """{name: Present} after the steps, for a run that does not take them."""
    after = dict(present)
    by_name = {names.network_name(entry["slice"]): entry for entry in wanted}
    for step in steps:
        have = after.get(step.name)
        if step.verb == "define":
            network = network_xml.wanted_network(by_name[step.name])
            after[step.name] = Present(network, have.live if have else None, have.autostart if have else False)
        elif step.verb == "undefine":
            del after[step.name]
        elif step.verb in ("serve", "end"):
            continue
        else:
            live = {"start": have.stored, "stop": None}.get(step.verb, have.live)
            after[step.name] = have._replace(live=live, autostart=have.autostart or step.verb == "autostart")
    return after


def _networks_of(xml):
    """Names of the slices' networks a domain's XML has to do with: by an interface, or by its metadata."""
    root = network_xml.ET.fromstring(xml)
    found = {source.get("network") for source in root.findall("devices/interface/source")}
    found |= {names.network_name(one.get("slice", "")) for one in root.findall(f"metadata/{{{names.NAMESPACE}}}vm")}
    return {name for name in found if name and name.startswith(names.network_name(""))}
