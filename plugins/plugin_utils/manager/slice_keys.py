# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of a slice: types, bounds and defaults, as data.

A field is (kind, default, options). REQUIRED as default means the key must be given; a default of None allows null.
"""
from __future__ import annotations

from ...module_utils.pool.overlay import VNIS
from ...module_utils.vips.classify import DSCP
from . import hooks, victims

REQUIRED = object()
#: modes in which a plan is applied
ENFORCED = ("enforce", "scale_out_only", "scale_in_only")
#: names of domains, networks and files are made of it
NAME = {
    "pattern": "^[a-z][a-z0-9-]{0,30}$", "by": " by libvirt and the kernel",
    "means": "a name begins with a small letter and has at most 31 small letters, digits and hyphens",
}
SCHEDULE_NAME = {"pattern": "^[a-z][a-z0-9_-]{0,30}$", "means": "a schedule is named by at most 31 small letters, digits, hyphens and underscores"}
BRIDGE = {"pattern": "^(?!nsb|nsv|nsx)[A-Za-z0-9_.-]{1,15}$", "means": "a bridge of the hosts is named as ip -d link shows it, and none of slices is one"}
RESOURCE_NAME = {"pattern": "^[a-z][a-z0-9_-]{0,30}$", "means": "a resource is named by at most 31 small letters, digits, hyphens and underscores"}

#: the rest of a text that XML may hold
_PRINTED = r"[^\x00-\x1f\x7f\ud800-\udfff]+$"

#: resource -> (field, unit) forecast when a slice names none
DEFAULT_RESOURCES = {
    "cpu": {"field": "cpu_cores", "unit": "cores"},
    "memory": {"field": "memory_mib", "unit": "MiB"},
    "ingress": {"field": "ingress_mbit", "unit": "Mbit/s"},
    "egress": {"field": "egress_mbit", "unit": "Mbit/s"},
    "requests": {"field": "requests_per_second", "unit": "1/s"},
}

_RESOURCE = {"field": ("text", REQUIRED, {}), "unit": ("text", "1", {}), "kind": ("text", "gauge", {"choices": ("gauge", "counter")})}

#: what telemetry.events lists; `name` joins the occurrences of one kind of event
_EVENT = {
    "name": ("text", REQUIRED, {
        "pattern": "^[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}$",
        "means": "an event is named by at most 63 letters, digits, blanks, underscores, dots and hyphens, a letter or digit first"}),
    "start": ("instant", REQUIRED, {}),
    "end": ("instant", REQUIRED, {}),
    "factor": ("number", None, {"low": 0.01, "high": 100.0}),
    "resources": ("resource_names", None, {}),
}

#: of the service, such as a percentile of its latency: what rises where its VMs have too much to do; most: its objective
_INDICATOR = {
    "field": ("text", None, {}),
    "measurement": ("text", None, {}),
    "unit": ("text", "ms", {}),
    "most": ("number", None, {"low": 1e-9, "high": 1e12}),
}

_SHAPE = {
    "guarantee_mbit": ("number", None, {"low": 0.1, "high": 1e6}),
    "ceiling_mbit": ("number", None, {"low": 0.1, "high": 1e6}),
    "vip_ceiling_mbit": ("number", None, {"low": 0.1, "high": 1e6}),
    "headroom": ("number", 1.2, {"low": 1.0, "high": 10.0}),
    "minimum_mbit": ("number", 1, {"low": 0.1, "high": 1e6}),
}

_FLOW = {
    "from": ("text", REQUIRED, NAME),
    "protocol": ("text", REQUIRED, {"choices": ("tcp", "udp")}),
    "port": ("integer", REQUIRED, {"low": 1, "high": 65535}),
}

_PACE = {
    "tolerance": ("number", 0, {"low": 0.0, "high": 1.0}),
    "vms": ("integer", None, {"low": 1, "high": 100000}),
    "percent": ("number", None, {"low": 1, "high": 1000}),
    "window_seconds": ("integer", 300, {"low": 1, "high": 86400}),
    "cooldown_seconds": ("integer", 0, {"low": 0, "high": 86400}),
}

_WINDOW = {
    "timezone": ("timezone", "UTC", {}),
    "days": ("weekdays", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], {}),
    "start": ("clock", "00:00", {}),
    "end": ("clock", "24:00", {}),
    "dates": ("dates", [], {}),
    "except": ("dates", [], {}),
}

_SCHEDULE = {
    "name": ("text", REQUIRED, SCHEDULE_NAME),
    "floor": ("integer", None, {"low": 0, "high": 100000}),
    "ceiling": ("integer", None, {"low": 0, "high": 100000}),
    **_WINDOW,
}

#: what the last replay of the policy must not exceed before a slice is enforced; days: what it must have judged
_GATE = {
    "short_percent": ("number", None, {"low": 0.0, "high": 100.0}),
    "cost_of_static": ("number", None, {"low": 0.01, "high": 100.0}),
    "short_of_reactive": ("number", None, {"low": 0.0, "high": 100.0}),
    "days": ("number", None, {"low": 1, "high": 365}),
    "max_age_seconds": ("integer", None, {"low": 60, "high": 31536000}),
}

#: of one resource; the percentages are of what all hosts have for slices
_QUOTA = {
    "most": ("number", None, {"low": 0, "high": 1e9}),
    "dedicated_percent": ("number", 0, {"low": 0, "high": 100}),
    "min_percent": ("number", None, {"low": 0, "high": 100}),
    "max_percent": ("number", 100, {"low": 0, "high": 100}),
}

_PATH = {"pattern": "^/" + _PRINTED, "by": " by libvirt", "means": "a file on the hypervisors is named by its path from / on, without control characters"}
_WORDS = {"pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+$", "by": " by libvirt", "means": "a definition takes no control characters"}
_NAMED = {"pattern": r"^[^\x00-\x1f\x7f\ud800-\udfff/]+$", "by": " by libvirt",
          "means": "volumes and pools are known by a name, which has no / and no control characters"}

#: vm.image: a kernel booted directly, or a volume that clones are made of
_IMAGE = {
    "kernel": ("text", None, _PATH),
    "initrd": ("text", None, _PATH),
    "cmdline": ("text", None, _WORDS),
    "volume": ("text", None, _NAMED),
    "pool": ("text", None, _NAMED),
    "format": ("text", None, {"choices": ("qcow2", "raw")}),
    "seed": ("text", None, _PATH),
}

SLICE = {
    "name": ("text", REQUIRED, NAME),
    "state": ("text", "present", {"choices": ("present", "absent")}),
    "priority": ("integer", 100, {"low": 0, "high": 1000}),
    "telemetry": ("section", {
        "bucket": ("text", None, {}),
        "measurement": ("text", "slice_demand", {}),
        "query": ("text", None, {}),
        "resources": ("resources", DEFAULT_RESOURCES, {"fields": _RESOURCE}),
        "max_age_seconds": ("integer", 900, {"low": 1, "high": 604800}),
        "events": ("list", [], {"fields": _EVENT}),
        "time_zone": ("timezone", "UTC", {}),
        "indicator": ("section", _INDICATOR, {}),
        "siblings": ("text", "late", {"choices": ("ignore", "late", "weigh")}),
    }, {}),
    "vm": ("section", {
        "vcpus": ("integer", 1, {"low": 1, "high": 1024}),
        "memory_mib": ("integer", REQUIRED, {"low": 16, "high": 16777216}),
        "most": ("section", {
            "vcpus": ("integer", None, {"low": 1, "high": 1024}),
            "memory_mib": ("integer", None, {"low": 16, "high": 16777216}),
        }, {}),
        "serves": ("rates", REQUIRED, {}),
        "image": ("image", {}, {"fields": _IMAGE}),
        "template": ("text", "domain.xml.j2", {}),
        "user_data": ("text", None, {}),
    }, {}),
    "scaling": ("section", {
        "mode": ("text", "forecast_only", {"choices": ("forecast_only", "scale_out_only", "scale_in_only", "enforce", "paused")}),
        "gate": ("section", _GATE, {}),
        "min": ("integer", 1, {"low": 0, "high": 100000}),
        "max": ("integer", 10, {"low": 1, "high": 100000}),
        "class": ("text", None, {"choices": ("availability", "balanced", "cost")}),
        "quantile": ("quantile", "auto", {"low": 0.5, "high": 0.99, "kind": "auto or a number"}),
        "economy": ("number", 0.05, {"low": 0.001, "high": 1.0}),
        "lead_time_seconds": ("auto_integer", 300, {"low": 0, "high": 86400}),
        "interval_seconds": ("integer", 300, {"low": 1, "high": 86400}),
        "scale_in_window_seconds": ("integer", 900, {"low": 0, "high": 604800}),
        "dissolve_after_seconds": ("integer", None, {"low": 60, "high": 2592000}),
        "dissolve_below": ("number", 0.05, {"low": 0.0, "high": 1.0}),
        "drain_seconds": ("integer", 0, {"low": 0, "high": 86400}),
        "up": ("section", _PACE, {}),
        "down": ("section", {
            **_PACE,
            "budget_per_hour": ("integer", None, {"low": 0, "high": 100000}),
            "project_seconds": ("integer", None, {"low": 1, "high": 86400}),
            "max_age_seconds": ("auto_integer", "auto", {"low": 1, "high": 604800}),
        }, {}),
        "replace_outdated": ("boolean", False, {}),
        "healing": ("section", {
            "silent": ("text", "restart", {"choices": ("restart", "report")}),
            "silent_seconds": ("integer", 600, {"low": 60, "high": 604800}),
            "at_once": ("integer", 1, {"low": 1, "high": 100000}),
            "restarts": ("integer", 3, {"low": 0, "high": 10}),
            "window_seconds": ("integer", 3600, {"low": 60, "high": 604800}),
            "retain_seconds": ("integer", 0, {"low": 0, "high": 2592000}),
            "changed_by_hand": ("text", "report", {"choices": ("report", "restore")}),
        }, {}),
        "disruption": ("section", {
            "max_unavailable": ("integer", 1, {"low": 1, "high": 100000}),
            "windows": ("list", [], {"fields": _WINDOW}),
        }, {}),
        "warm": ("section", {
            "state": ("text", None, {"choices": ("stopped", "parked")}),
            "min": ("integer", 0, {"low": 0, "high": 100000}),
            "max": ("integer", 2, {"low": 1, "high": 100000}),
            "window_seconds": ("integer", 3600, {"low": 1, "high": 86400}),
            "reuse": ("boolean", False, {}),
        }, {}),
        "victims": ("names", victims.DEFAULT, {"choices": victims.POLICIES}),
        "schedules": ("list", [], {"fields": _SCHEDULE}),
        "raise": ("section", {
            "max": ("integer", None, {"low": 1, "high": 100000}),
            "until": ("instant", None, {}),
            "reason": ("text", None, {}),
        }, {}),
    }, {}),
    "hooks": ("section", {
        name: ("section", {
            "tasks": ("text", None, {}),
            "timeout_seconds": ("integer", 300, {"low": 1, "high": 3600}),
            "on_failure": ("text", choices[0], {"choices": choices}),
        }, {}) for name, choices in hooks.FAILURES.items()
    }, {}),
    "quota": ("section", {
        "vcpus": ("section", _QUOTA, {}),
        "memory": ("section", _QUOTA, {}),
        "preemptible": ("boolean", False, {}),
    }, {}),
    "placement": ("section", {
        "spread": ("text", "domain", {"choices": ("domain", "host", "none")}),
        "hard": ("boolean", False, {}),
        "with": ("names", [], NAME),
        "apart": ("names", [], NAME),
        "protect": ("names", [], {
            "pattern": "^[a-z][a-z0-9-]{0,62}$", "means": "VMs are named by their slice and virtual IP, such as web-10-90-2-4"}),
    }, {}),
    "network": ("section", {
        "range": ("networks", REQUIRED, {}),
        "range6": ("network6", None, {}),
        "exclude": ("addresses", [], {}),
        "reserved": ("reserved", [], {}),
        "host_prefix_length": ("integer", 27, {"low": 20, "high": 30}),
        "mode": ("text", "routed", {"choices": ("routed", "nat", "bridged")}),
        "bridge": ("text", None, BRIDGE),
        "lan": ("network", None, {}),
        "gateway": ("address", None, {}),
        "overlay": ("text", "none", {"choices": ("none", "vxlan")}),
        "vni": ("integer", None, {"low": 1, "high": VNIS.stop - 1}),
        "mtu": ("integer", 1500, {"low": 576, "high": 65535}),
        "dscp": ("text", None, {"choices": DSCP}),
        "quarantine_seconds": ("integer", 300, {"low": 0, "high": 2592000}),
        "egress": ("section", _SHAPE, {}),
        "ingress": ("section", _SHAPE, {}),
    }, {}),
    "flows": ("list", [], {"fields": _FLOW}),
}
