# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs that several modules share, documented by the fragments libvirt and plan_share, and what is taken from them."""
from __future__ import annotations

import socket

from ansible.module_utils.basic import env_fallback

DEFAULT_STATE_DIR = "/var/lib/netslice"


def libvirt_arguments():
    """Which libvirt, and the name this host has in the roster."""
    return {
        "uri": {"type": "str", "default": "qemu:///system", "fallback": (env_fallback, ["NETSLICE_LIBVIRT_URI"])},
        "host": {"type": "str"},
    }


def state_dir_argument():
    """Where lock and derived files of this host live."""
    return {"state_dir": {"type": "path", "default": DEFAULT_STATE_DIR}}


def brief_echo(params, **keys):
    """The `invocation` of a module, with only these keys of the entries of a list, and for a list without keys only how many entries it has.

    Whole, the parts of a share would be most of the answer on a host of many virtual machines. The controller copies every answer several
    times, and virtual machines hold their user data.
    """
    brief = {name: [{key: one.get(key) for key in kept} for one in params[name]] if kept else len(params[name]) for name, kept in keys.items()}
    return {"module_args": dict(params, **brief)}


def plan_share_arguments(fingerprint=True):
    """The instants of the share and, where the module acts on domains or networks, the state it was made from."""
    spec = {
        "as_of": {"type": "str"},
        "expires_at": {"type": "str"},
        "live": {"type": "bool", "default": True},
    }
    if fingerprint:
        spec["fingerprint"] = {"type": "str"}
    spec.update(state_dir_argument())
    return spec


def host_name(params):
    """Name of this host in the roster: the option `host`, or what the machine calls itself."""
    return params.get("host") or socket.gethostname()
