# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options of InfluxDB: what they are and where their values come from."""
from __future__ import annotations

import configparser
import math
import os

from ansible import constants
from ansible.module_utils.parsing.convert_bool import boolean

from ..errors import InvalidInput

PREFIX = "netslice_"
INI_SECTION = "netslice"
DIALECTS = ("auto", "flux", "influxql")

DEFAULTS = {
    "influxdb_url": "http://127.0.0.1:8086",
    "influxdb_token": None,
    "influxdb_org": None,
    "influxdb_bucket": "telemetry",
    "influxdb_username": None,
    "influxdb_password": None,
    "influxdb_dialect": "auto",
    "influxdb_timeout_seconds": 60,
    "influxdb_validate_certs": True,
}

#: argument_spec of the connection, without defaults: an option that is not given is looked for elsewhere
CONNECTION_SPEC = {
    "influxdb_url": {"type": "str"},
    "influxdb_token": {"type": "str", "no_log": True},
    "influxdb_org": {"type": "str"},
    "influxdb_bucket": {"type": "str"},
    "influxdb_username": {"type": "str"},
    "influxdb_password": {"type": "str", "no_log": True},
    "influxdb_dialect": {"type": "str", "choices": list(DIALECTS)},
    "influxdb_timeout_seconds": {"type": "float"},
    "influxdb_validate_certs": {"type": "bool"},
}


def plugin_connection(args: dict, task_vars: dict, templar) -> dict:
    """The connection options of an action plugin, all of DEFAULTS' keys, checked. Raises InvalidInput.

    Order: args; the variable netslice_<option>, templated; the environment NETSLICE_<OPTION>; the section [netslice] of
    ansible.cfg; the default. An empty text counts as not given, except in args.
    """
    ini = _ini()
    options = {}
    for name, default in DEFAULTS.items():
        value = args.get(name)
        if value is None and task_vars.get(PREFIX + name) is not None:
            value = templar.template(task_vars[PREFIX + name])
            value = None if value == "" else value
        if value is None:
            value = os.environ.get((PREFIX + name).upper()) or ini.get(name) or default
        options[name] = value
    return checked(options)


def template_options(options: dict, templar) -> dict:
    """Options of a lookup, checked: those that came from variables arrive untemplated. An empty text counts as not given. Raises InvalidInput."""
    found = {name: templar.template(options.get(name)) for name in DEFAULTS}
    return checked({name: None if value == "" else value for name, value in found.items()})


def checked(options: dict) -> dict:
    """The options with their types, defaults in place of None. Raises InvalidInput."""
    options = {name: DEFAULTS[name] if options.get(name) is None else options[name] for name in DEFAULTS}
    if not str(options["influxdb_url"]).startswith(("http://", "https://")):
        raise InvalidInput("influxdb_url: is not a URL that begins with http:// or https://; write one like http://192.0.2.5:8086")
    if options["influxdb_dialect"] not in DIALECTS:
        raise InvalidInput(f"influxdb_dialect: {options['influxdb_dialect']!r} is none of {', '.join(DIALECTS)}")
    try:
        seconds = float(options["influxdb_timeout_seconds"])
        options["influxdb_validate_certs"] = boolean(options["influxdb_validate_certs"])
    except (TypeError, ValueError) as exc:
        raise InvalidInput(f"influxdb_timeout_seconds, influxdb_validate_certs: {exc}; give a number of seconds, and true or false") from exc
    if not math.isfinite(seconds) or seconds <= 0:
        raise InvalidInput(f"influxdb_timeout_seconds: {seconds:g} is no time to wait; give a number of seconds")
    options["influxdb_timeout_seconds"] = seconds
    return {name: str(value) if isinstance(value, str) else value for name, value in options.items()}


def _ini() -> dict:
    """The section [netslice] of the ansible.cfg in use."""
    path = constants.CONFIG_FILE
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
    try:
        if path:
            parser.read(path, encoding="utf-8")
        return dict(parser[INI_SECTION]) if parser.has_section(INI_SECTION) else {}
    except configparser.Error as exc:
        raise InvalidInput(f"ansible.cfg: {path} cannot be read ({exc}); correct it") from exc
