# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders the domains of slice_vms on the controller, where the templates are, and runs the module on the host."""
from __future__ import annotations

import os

from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible.plugins.action import ActionBase

try:
    import jinja2
except ImportError:  # ansible-core itself needs it; only the import sanity test runs without
    jinja2 = None

from ansible_collections.foresight.netslice.plugins.module_utils.instants import digest
from ansible_collections.foresight.netslice.plugins.module_utils.pool import definition, names

ROLE_TEMPLATES = os.path.join(os.path.dirname(__file__), "..", "..", "roles", "slice_manager", "templates")


class ActionModule(ActionBase):
    """slice_vms: the module's options, with `xml`, `template_digest` and the rendered `user_data` filled in."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        """Render, then run the module."""
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        args = dict(self._task.args)
        vms = args.get("vms")
        if isinstance(vms, list) and any(_needs_definition(vm) for vm in vms):
            args["virt_type"] = self._virt_type(args, task_vars)
            args["vms"] = self._rendered(vms, args)
        return self._execute_module(module_name="foresight.netslice.slice_vms", module_args=args, task_vars=task_vars)

    def _virt_type(self, args, task_vars):
        """The kind of virtualization: given, or as slice_info found it, or asked of the host now."""
        given = args.get("virt_type") or "auto"
        if given != "auto":
            return given
        known = task_vars.get("slice_manager_info")
        if not (isinstance(known, dict) and "state" in known):
            asked = {key: args[key] for key in ("uri", "host", "state_dir") if key in args}
            known = self._execute_module(module_name="foresight.netslice.slice_info", module_args=asked, task_vars=task_vars)
            if known.get("failed"):
                raise AnsibleError(known.get("msg", "Cannot find the kind of virtualization. Set virt_type."))
        return known["state"]["node"]["virt_type"]

    def _rendered(self, vms, args):
        sources = _Sources(self._find_needle)
        default = args.get("template") or "domain.xml.j2"
        return [_filled(vm, args["virt_type"], default, sources) if _needs_definition(vm) else vm for vm in vms]


class _Sources:
    """Templates found and compiled once each."""

    def __init__(self, find):
        self._find = find
        self._known = {}

    def get(self, name, escape):
        """(compiled template, digest of its text). Raises AnsibleError where there is none, or it does not compile."""
        if (name, escape) not in self._known:
            path = self._path(name)
            try:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                environment = jinja2.Environment(
                    undefined=jinja2.StrictUndefined, autoescape=escape, trim_blocks=True, keep_trailing_newline=True
                )
                self._known[name, escape] = (environment.from_string(text), digest(text))
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


def _needs_definition(vm):
    return isinstance(vm, dict) and vm.get("want") == "active" and vm.get("action") != "keep" and not vm.get("xml")


def _filled(vm, virt_type, default, sources):
    """The VM with its definition, the digest of its template, and its user data rendered."""
    variables = {"vm": _described(vm), "virt_type": virt_type}
    template, template_digest = sources.get(vm.get("template") or default, escape=True)
    filled = dict(vm, xml=_render(template, variables, vm), template_digest=template_digest)
    if vm.get("user_data"):
        filled["user_data"] = _render(sources.get(vm["user_data"], escape=False)[0], variables, vm)
    return filled


def _described(vm):
    """The variable `vm` of the templates."""
    try:
        slice_name, vip = str(vm["slice"]), str(vm["vip"])
        image = vm.get("image") or {}
        return {
            "name": names.vm_name(slice_name, vip),
            "uuid": names.vm_uuid(slice_name, vip),
            "slice": slice_name,
            "vip": vip,
            "mac": names.vm_mac(vip),
            "tap": names.tap_name(vip),
            "network": names.network_name(slice_name),
            "vcpus": vm.get("vcpus") or 1,
            "memory_mib": vm.get("memory_mib") or 512,
            "image": {key: image.get(key) for key in ("kernel", "initrd", "cmdline", "volume", "pool", "format", "seed")},
            "disk": definition.DISK if image.get("volume") else None,
            "seed": definition.SEED if image.get("seed") or vm.get("user_data") else None,
        }
    except (KeyError, ValueError) as exc:
        raise AnsibleError(f"Cannot render the domain of {vm.get('name', 'a VM')}: {exc} is missing or no IPv4 address. Correct vms.") from exc


def _render(template, variables, vm):
    try:
        return template.render(variables)
    except jinja2.UndefinedError as exc:
        raise AnsibleUndefinedVariable(f"Cannot render the template of {vm.get('name')}: {exc}. It is given vm and virt_type.") from exc
    except jinja2.TemplateError as exc:
        raise AnsibleError(f"Cannot render the template of {vm.get('name')}: {exc}. Correct it.") from exc
