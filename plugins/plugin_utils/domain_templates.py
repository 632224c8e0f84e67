# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates of domains on the controller, and the digest by which a VM tells what it was made from."""
from __future__ import annotations

import os

from ansible.errors import AnsibleError

try:
    import jinja2
except ImportError:  # ansible-core itself needs it; only the import sanity test runs without
    jinja2 = None

from ..module_utils.instants import canonical_json, digest

ROLE_TEMPLATES = os.path.join(os.path.dirname(__file__), "..", "..", "roles", "slice_manager", "templates")


class Sources:
    """Templates found and compiled once each. find: callable(kind, name) -> path, as an action finds needles; raises AnsibleError where there is none."""

    def __init__(self, find):
        self._find = find
        self._known = {}

    def get(self, name, escape):
        """(compiled template, its text). Raises AnsibleError where there is none, or it does not compile."""
        name = str(name)
        if (name, escape) not in self._known:
            path = self._path(name)
            try:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                environment = jinja2.Environment(
                    undefined=jinja2.StrictUndefined, autoescape=escape, trim_blocks=True, keep_trailing_newline=True
                )
                self._known[name, escape] = (environment.from_string(text), text)
            except (OSError, UnicodeDecodeError, jinja2.TemplateSyntaxError) as exc:
                raise AnsibleError(f"Cannot read the template {path}: {exc}. Correct it.") from exc
        return self._known[name, escape]

    def _path(self, name):
        try:
            return self._find("templates", name)
        except AnsibleError as exc:
            shipped = os.path.join(ROLE_TEMPLATES, name)
            if os.path.isfile(shipped):
                return shipped
            raise AnsibleError(f"Cannot find the template {name}: {exc}. Put it into templates/ beside the playbook.") from exc


def definition_digest(vm, default, sources):
    """`sha256:<hex>` of all that the VMs of a slice are made from alike: texts of the templates, image and size. Raises AnsibleError.

    Where the definition has room for more (`most`), that counts in place of the size, which changes while a VM runs.

    vm: the section `vm` of a slice, or a VM of a share. default: the template where it names none.
    """
    size = {"vcpus": int(vm.get("vcpus") or 1), "memory_mib": int(vm.get("memory_mib") or 512)}
    for key, most in (vm.get("most") or {}).items():
        if most is not None:
            size.pop(key)
            size[f"most_{key}"] = int(most)
    image = {key: str(value) for key, value in (vm.get("image") or {}).items() if value is not None}
    return digest(canonical_json({
        "template": sources.get(vm.get("template") or default, escape=True)[1],
        "user_data": sources.get(vm["user_data"], escape=False)[1] if vm.get("user_data") else None,
        "image": image, **size,
    }))
