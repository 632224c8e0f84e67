# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices from a file on the controller, and plain data out of ansible-core's classes."""
from __future__ import annotations

import json

from ansible.errors import AnsibleError

from ..errors import InvalidInput
from .slices import ROOT


def plain(name: str, value):
    """The value without the text, list and mapping classes of ansible-core, whose every access costs templating or tags. Raises InvalidInput."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError) as exc:
        raise InvalidInput(f"{name}: is no plain data ({exc}).") from exc


def load_slices(loader, path: str):
    """What the YAML or JSON file holds under netslice_slices, or the whole of it where it is a list; not validated. Raises InvalidInput."""
    try:
        found = plain("slices_path", loader.load_from_file(path, unsafe=True))  # `plain` copies what ansible-core would copy for us
    except AnsibleError as exc:
        raise InvalidInput(f"slices_path: {path} cannot be read: {exc}") from exc
    return found.get(ROOT) if isinstance(found, dict) else found
