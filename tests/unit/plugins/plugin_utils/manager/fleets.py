# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets for the tests and figures of the planner, and hosts that apply their shares without libvirt."""
from __future__ import annotations

import json
import pickle
import random

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import fingerprint, format_instant, parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.past import Past
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.plan import make_plan
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices

AS_OF = parse_instant("2026-01-05T08:00:00Z")


def host_state(host, vcpus=64, memory_mib=256000, rate_mbit=10000, **keys):
    """Host state of an empty hypervisor."""
    state = {
        "schema": "foresight.netslice/host-state/1", "host": host, "fingerprint": "",
        "node": {"vcpus": vcpus, "memory_mib": memory_mib, "virt_type": "kvm", "boot_id": "b"},
        "reserve": {"vcpus": 1, "memory_mib": 2048}, "vcpu_ratio": 4.0,
        "links": [{"device": "eth0", "rate_mbit": rate_mbit}], "addresses": ["192.0.2.10/24"],
        "networks": [], "vms": [], "attachments": [], "faults": [], **keys,
    }
    return renew(state)


def renew(state):
    """The state with the fingerprint of its networks and VMs."""
    vms = [{key: value for key, value in vm.items() if key not in ("boot_seconds", "boot_from", "answers", "changed_by_hand")} for vm in state["vms"]]
    state["fingerprint"] = fingerprint({"networks": state["networks"], "vms": vms})
    return state


def slice_(name="web", index=2, **sections):
    """A slice as a user writes it; sections override keys of vm, scaling and network."""
    return {
        "name": name, "priority": sections.get("priority", 100), "state": sections.get("state", "present"),
        "vm": {"memory_mib": 512, "serves": {"requests": 50}, "image": {"kernel": "/srv/vmlinuz"}, **sections.get("vm", {})},
        "scaling": {"mode": "enforce", **sections.get("scaling", {})},
        "network": {"range": f"10.{90 + index // 256}.{index % 256}.0/24", **sections.get("network", {})},
        "flows": sections.get("flows", []), **{key: sections[key] for key in ("quota", "placement") if key in sections},
    }


def resource(act, last=None, hold=None, horizon=None, verdict="ok", unit="1/s", peak=None, dissolve_peak=None, spread=0.1, mean=None, earlier=(),
             projection=None, age=300, warm=None):
    """One resource of a Demand Profile whose quantiles lie `spread` around the 0.5 of each window."""
    last = act if last is None else last
    hold = max(act, last) if hold is None else hold
    horizon = hold if horizon is None else horizon

    def band(value):
        return None if value is None else [value, value * (1 + 0.8 * spread), value * (1 + spread)]

    return {
        "unit": unit, "verdict": verdict, "model": "lstm-global", "reason": "7.0 d of history",
        "last": {"value": last, "time": "2026-01-05T07:55:00Z"}, "age_seconds": age, "history_seconds": 604800, "coverage": 1.0,
        "recent_peak": last if peak is None else peak, "dissolve_peak": dissolve_peak,
        "mean": mean, "earlier": [band(value) for value in earlier],
        "windows": {
            "act": band(act), "hold": band(hold), "horizon": band(horizon), **({} if projection is None else {"projection": band(projection)}),
            **({} if warm is None else {"warm": band(warm)}),
        },
        "accuracy": None,
    }


def past(present, added=(), removed=(), as_of=AS_OF):
    """The Past of a slice with `present` VMs: of them those of `added` began so many seconds ago, the others yesterday; those of `removed` were given up."""
    records = [{"lifecycle": "active", "reason": "booted", "since": format_instant(as_of - ago)} for ago in [*added, *[86400] * (present - len(added))]]
    records += [{"lifecycle": "quarantined", "reason": "shut_down", "since": format_instant(as_of - ago)} for ago in removed]
    return Past(as_of, records)


def profile(name="web", requests=None, verdict="ok", **resources):
    """A Demand Profile; without requests one of missing telemetry."""
    if requests is not None:
        resources["requests"] = requests if isinstance(requests, dict) else resource(requests, verdict=verdict)
    return {
        "schema": "foresight.netslice/demand-profile/1", "slice": name, "as_of": "2026-01-05T08:00:00Z", "step_seconds": 300,
        "horizon_seconds": 43200, "quantiles": [0.5, 0.9, 0.95], "verdict": verdict if resources else "missing",
        "model": {"name": "lstm-global" if resources else "none", "fingerprint": "sha256:0", "reason": ""}, "resources": resources,
    }


_VALID: dict[str, list] = {}


def known_valid(slices):
    """validate_slices, which takes longer than a plan of a few slices, once for the same slices; nobody changes what it returns."""
    text = json.dumps(slices)
    if text not in _VALID:
        found = validate_slices(slices)
        _VALID.clear()
        _VALID[text] = found
    return _VALID[text]


def copied(state):
    """A copy of plain data that may be changed, several times as fast as copy.deepcopy."""
    return pickle.loads(pickle.dumps(state))


def plan(slices, profiles, states, roster=None, as_of=AS_OF, validated=False, lost=(), definitions=None):
    """make_plan with the defaults of the tests; states: list."""
    found = {state["host"]: state for state in states}
    return make_plan(slices if validated else known_valid(slices), profiles, found, roster or sorted(found),
                     as_of, 600, False, lost=lost, definitions=definitions)


def apply(share, state, definitions=None):
    """The state of a host after it has applied its share, VIPs verified. definitions: {slice: what a VM made now tells it was made from}."""
    state = copied(state)
    records = {vm["name"]: vm for vm in state["vms"]}
    for vm in share["vms"]:
        _apply_vm(vm, records, share["as_of"], (definitions or {}).get(vm["slice"], "sha256:0"))
    state["vms"] = sorted(records.values(), key=lambda vm: vm["name"])
    networks = {network["slice"]: network for network in state["networks"]}
    for network in share["networks"]:
        if network["want"] == "absent":
            assert not any(vm["slice"] == network["slice"] for vm in state["vms"])
            del networks[network["slice"]]
        else:
            known = {key: network[key] for key in ("slice", "id", "range", "prefix", "mode", "mtu", "range6", "reserved", "dscp", "overlay", "lan", "gateway")
                     if key in network}
            networks[network["slice"]] = {
                **known, "name": f"netslice-{network['slice']}", "bridge": network.get("bridge", f"nsb{network['id']}"), "active": True, "autostart": True,
            }
    state["networks"] = sorted(networks.values(), key=lambda network: network["id"])
    wanted = {(entry["device"], entry["direction"]): entry for entry in share["attachments"]}
    kept = [entry for entry in state["attachments"] if (entry["device"], entry["direction"]) not in wanted]
    state["attachments"] = kept + [
        {
            "device": device, "direction": direction, "owner": "ours", "found": "htb 51ce:",
            "classes": [{key: one[key] for key in ("minor", "guarantee_mbit", "ceiling_mbit", "vip_ceiling_mbit")} for one in entry["classes"]],
        }
        for (device, direction), entry in sorted(wanted.items()) if entry["classes"]
    ]
    return renew(state)


def _apply_vm(vm, records, as_of, definition):
    if vm["want"] == "absent":
        del records[vm["name"]]
    elif vm["action"] == "create" or (vm["action"] == "warm" and vm["name"] not in records):
        assert vm["name"] not in records, "a name given twice"
        records[vm["name"]] = {
            "name": vm["name"], "uuid": "u", "slice": vm["slice"], "vip": vm["vip"], "mac": "m", "lifecycle": vm["want"], "running": vm["want"] != "warm",
            "reason": "booted", "since": as_of, "until": None, "generation": 1, "vcpus": vm["vcpus"], "memory_mib": vm["memory_mib"],
            "template": definition, "boot_seconds": 6.0,
        }
    elif vm["action"] == "restore":
        records[vm["name"]].pop("changed_by_hand")
    elif vm["action"] == "resize":
        records[vm["name"]].update(vcpus=vm["vcpus"], memory_mib=vm["memory_mib"])
        records[vm["name"]].pop("resize", None)
    elif vm["action"] != "keep":
        lifecycle, record = vm["want"], records[vm["name"]]
        reason = "returned" if vm["action"] == "return" else record["reason"] if lifecycle in ("warm", "parked") else "booted"
        if vm["action"] in ("heal", "start") and record["lifecycle"] not in ("warm", "parked", "warming"):
            record.update(restarts=[*record.get("restarts", []), as_of], silent_since=None)
            record.pop("answers", None)
        record.update(lifecycle=lifecycle, running=lifecycle not in ("quarantined", "warm"), since=as_of, until=vm["until"], reason=reason)
    elif vm["want"] in ("active", "parked") and records[vm["name"]]["lifecycle"] in ("starting", "verifying", "warming") and records[vm["name"]]["running"]:
        records[vm["name"]]["lifecycle"] = vm["want"]


def converge(slices, profiles, states, roster=None, as_of=AS_OF, lost=()):
    """(first plan, states after it): plans and applies once on every host with a share."""
    first = plan(slices, profiles, states, roster, as_of, lost=lost)
    return first, [apply(first["hosts"][state["host"]], state) for state in states]


def fleet(slices, hosts, vms, seed=1):
    """(validated slices, profiles, states) of a fleet that runs `vms` VMs, each slice on a few hosts of its own."""
    rng = random.Random(seed)
    each = vms // slices
    raw = [
        slice_(f"s{index:05d}", index, network={"range": f"10.{index >> 8}.{index & 255}.0/24"}, scaling={"max": max(10, 2 * each)})
        for index in range(slices)
    ]
    states = [host_state(f"kvm{index:04d}", rate_mbit=100000, addresses=[f"192.0.2.{index % 250 + 1}/24"]) for index in range(hosts)]
    profiles = []
    for index, one in enumerate(raw):
        count = max(1, each + rng.randint(-1, 1))
        profiles.append(profile(
            one["name"], requests=resource(count * 45.0),
            egress=resource(rng.uniform(1, 40), unit="Mbit/s"), ingress=resource(rng.uniform(1, 10), unit="Mbit/s"),
        ))
        _populate(one, index, each, states)
    return validate_slices(raw), profiles, [renew(state) for state in states]


def _populate(one, index, each, states):
    """Give a slice its VMs, spread over up to eight hosts."""
    base = f"10.{index >> 8}.{index & 255}"
    homes = min(8, len(states), max(1, each))
    for place in range(homes):
        state = states[(index * homes + place) % len(states)]
        state["networks"].append({
            "slice": one["name"], "id": 16 + index, "name": f"netslice-{one['name']}", "range": one["network"]["range"],
            "prefix": f"{base}.{place * 32}/27", "bridge": f"nsb{16 + index}", "mode": "routed", "mtu": 1500, "active": True, "autostart": True,
        })
        for number in range(each // homes + (place < each % homes)):
            vip = f"{base}.{place * 32 + 2 + number}"
            state["vms"].append({
                "name": f"{one['name']}-{vip}".replace(".", "-"), "uuid": "u", "slice": one["name"], "vip": vip, "mac": "m",
                "lifecycle": "active", "running": True, "reason": "booted", "since": "2026-01-05T07:00:00Z", "until": None,
                "generation": 1, "vcpus": 1, "memory_mib": 512, "template": "sha256:0", "boot_seconds": 6.0,
            })
