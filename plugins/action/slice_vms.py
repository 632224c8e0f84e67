# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders the domains of slice_vms on the controller, where the templates are, and runs the module on the host."""
from __future__ import annotations

from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible.plugins.action import ActionBase

try:
    import jinja2
except ImportError:  # ansible-core itself needs it; only the import sanity test runs without
    jinja2 = None

from ansible_collections.foresight.netslice.plugins.module_utils.pool import bridged, definition, names
from ansible_collections.foresight.netslice.plugins.plugin_utils.domain_templates import Sources, definition_digest


class ActionModule(ActionBase):
    """slice_vms: the module's options, with `xml`, `template_digest` and the rendered `user_data` filled in."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        """Render, then run the module."""
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        args, refused = dict(self._task.args), []
        vms = args.get("vms")
        if isinstance(vms, list) and any(_needs_definition(vm) for vm in vms):
            args["virt_type"] = self._virt_type(args, task_vars)
            args["vms"], refused = self._rendered(vms, args)
        result = self._execute_module(module_name="foresight.netslice.slice_vms", module_args=args, task_vars=task_vars)
        if refused:
            # What one slice cannot be made of keeps nothing from the VMs of the others.
            result.update(failed=True, msg=" ".join(([result.get("msg", "")] if result.get("failed") else []) + refused))
        return result

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
        """(the VMs with what their domains are rendered to, without those that cannot be rendered; why these cannot, each cause once)."""
        sources, rendered, refused = Sources(self._find_needle), [], {}
        default = args.get("template") or "domain.xml.j2"
        for vm in vms:
            try:
                rendered.append(_filled(vm, args["virt_type"], default, sources) if _needs_definition(vm) else vm)
            except AnsibleError as exc:
                refused[str(exc)] = None
        return rendered, list(refused)


def _needs_definition(vm):
    return isinstance(vm, dict) and vm.get("want") in ("active", "warm", "parked") and vm.get("action") not in ("keep", "resize") and not vm.get("xml")


def _filled(vm, virt_type, default, sources):
    """The VM with its definition, the digest of what it is made from, and its user data rendered."""
    variables = {"vm": _described(vm), "virt_type": virt_type}
    template = sources.get(vm.get("template") or default, escape=True)[0]
    filled = dict(vm, xml=_render(template, variables, vm), template_digest=definition_digest(vm, default, sources))
    if vm.get("user_data"):
        filled["user_data"] = _render(sources.get(vm["user_data"], escape=False)[0], variables, vm)
    return filled


def _described(vm):
    """The variable `vm` of the templates."""
    for key in ("image", "most", "lan"):
        if not isinstance(vm.get(key) or {}, dict):
            raise AnsibleError(f"Cannot render the domain of {vm.get('name', 'a VM')}: its {key} is no mapping but {str(vm[key])[:60]!r}. Correct vms.")
    try:
        slice_name, vip = str(vm["slice"]), str(vm["vip"])
        image, most = vm.get("image") or {}, vm.get("most") or {}
        vcpus, memory_mib = int(vm.get("vcpus") or 1), int(vm.get("memory_mib") or 512)
        return {
            "name": names.vm_name(slice_name, vip),
            "uuid": names.vm_uuid(slice_name, vip),
            "slice": slice_name,
            "vip": vip,
            "vip6": vm.get("vip6"),
            "ip": bridged.kernel_ip(names.vm_name(slice_name, vip), vip, vm["lan"]) if vm.get("lan") else None,
            "mac": names.vm_mac(vip),
            "tap": names.tap_name(vip),
            "network": names.network_name(slice_name),
            "vcpus": vcpus,
            "memory_mib": memory_mib,
            "most": {"vcpus": max(int(most.get("vcpus") or 0), vcpus), "memory_mib": max(int(most.get("memory_mib") or 0), memory_mib)},
            "resizable": {key: most.get(key) is not None for key in ("vcpus", "memory_mib")},
            "image": {key: image.get(key) for key in ("kernel", "initrd", "cmdline", "volume", "pool", "format", "seed")},
            "disk": definition.DISK if image.get("volume") else None,
            "seed": definition.SEED if image.get("seed") or vm.get("user_data") else None,
        }
    except KeyError as exc:
        raise AnsibleError(f"Cannot render the domain of {vm.get('name', 'a VM')}: {exc} is not given. Correct vms.") from exc
    except (TypeError, ValueError) as exc:
        raise AnsibleError(f"Cannot render the domain of {vm.get('name', 'a VM')}: {exc}. Correct its vip, its lan and its sizes in vms.") from exc


def _render(template, variables, vm):
    try:
        return template.render(variables)
    except jinja2.UndefinedError as exc:
        raise AnsibleUndefinedVariable(f"Cannot render the template of {vm.get('name')}: {exc}. It is given vm and virt_type.") from exc
    except (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as exc:
        raise AnsibleError(f"Cannot render the template of {vm.get('name')}: {exc}. Correct it.") from exc
