# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of `netslice_slices`: every key once, before anything else happens."""
from __future__ import annotations

import difflib
import math
import re
from functools import lru_cache

from ...module_utils.pool.network_xml import LEAST_MTU6
from ..errors import InvalidInput
from . import calendar_values, network_values, plain_values, slice_events
from .bridged import check_bridged
from .hooks import check_hooks
from .placement_checks import check_placement
from .quotas import check_quota, check_shares
from .ranges import check_apart
from .resizing import check_most
from .room import check_room
from .scaling_checks import check_scaling, with_class
from .slice_keys import ENFORCED, REQUIRED, RESOURCE_NAME, SLICE

ROOT = "netslice_slices"
#: names in a message at most
NAMED = 5
#: types of defaults that stand in a result as they are written
PLAIN = (str, int, float)
_compiled = lru_cache(maxsize=None)(re.compile)


def validate_slices(raw) -> list[dict]:
    """Slices as the user wrote them -> slices with every default filled in, in the same order.

    Numbers may come as text (templates of ansible-core before 2.19 make text of them). Raises InvalidInput whose text begins
    with the path of the offending key, such as netslice_slices[2].network.range.
    """
    if not isinstance(raw, (list, tuple)):
        raise InvalidInput(f"{ROOT}: must be a list of slices, not {_kind(raw)}.")
    slices = [_section(SLICE, with_class(entry), f"{ROOT}[{index}]") for index, entry in enumerate(raw)]
    for index, slice_ in enumerate(slices):
        _check_slice(slice_, f"{ROOT}[{index}]")
    _check_together(slices)
    check_shares(slices, ROOT)
    check_placement(slices, ROOT)
    return slices


def without(slices: list[dict], names: list[str]) -> list[dict]:
    """The validated slices, those of the names as if they said `state: absent`. Raises InvalidInput for a name that none has."""
    known = {slice_["name"] for slice_ in slices}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InvalidInput(f"Cannot dissolve {', '.join(unknown)}: {ROOT} has {', '.join(sorted(known)[:NAMED]) or 'no slice'}"
                           f"{' and others' if len(known) > NAMED else ''}. Correct the names.")
    return [{**slice_, "state": "absent"} if slice_["name"] in names else slice_ for slice_ in slices]


def _kind(value) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {str(value)[:60]!r}"


def _section(fields: dict, raw, path: str) -> dict:
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise InvalidInput(f"{path}: must be a mapping, not {_kind(raw)}.")
    if not fields.keys() >= raw.keys():
        _refuse_unknown(fields, raw, path)
    result = {}
    for key, (kind, default, options) in fields.items():
        at = f"{path}.{key}"
        if kind == "section":
            result[key] = _section(default, raw.get(key), at)
            continue
        if key not in raw and isinstance(default, PLAIN):
            result[key] = default
            continue
        value = raw.get(key, default)
        if value is REQUIRED:
            raise InvalidInput(f"{at}: is required and not given.")
        if value is None:
            if default is not None:
                raise InvalidInput(f"{at}: must not be null. Leave the key out, or give a value.")
            result[key] = None
        else:
            result[key] = _KINDS[kind](value, at, options)
    return result


def _refuse_unknown(fields: dict, raw: dict, path: str) -> None:
    key = sorted((str(key) for key in raw if key not in fields))[0]
    near = difflib.get_close_matches(key, list(fields), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known keys are {', '.join(sorted(fields))}."
    raise InvalidInput(f"{path}.{key}: is not a known key; {hint}")


def _text(value, path: str, options: dict) -> str:
    if isinstance(value, (dict, list, tuple, bool)):
        raise InvalidInput(f"{path}: must be text, not {_kind(value)}.")
    text = str(value)
    if "choices" in options and text not in options["choices"]:
        raise InvalidInput(f"{path}: {text[:60]!r} is not one of {', '.join(options['choices'])}.")
    if "pattern" in options and not _compiled(options["pattern"]).fullmatch(text):
        raise InvalidInput(f"{path}: {text[:60]!r} is refused{options.get('by', '')}; {options['means']}.")
    if not text:
        raise InvalidInput(f"{path}: must not be empty.")
    return text


def _number(value, path: str, options: dict) -> float:
    number = None
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = None
    if number is None or not math.isfinite(number):
        raise InvalidInput(f"{path}: must be {options.get('kind', 'a number')}, not {_kind(value)}.")
    low, high = options.get("low"), options.get("high")
    if (low is not None and number < low) or (high is not None and number > high):
        raise InvalidInput(f"{path}: {value} is outside {low}..{high}.")
    return int(number) if number == int(number) else number


def _quantile(value, path: str, options: dict) -> float | str:
    return value if value == "auto" else _number(value, path, options)


def _integer(value, path: str, options: dict) -> int:
    if _number(value, path, {}) % 1:
        raise InvalidInput(f"{path}: must be a whole number, not {value}.")
    return int(_number(value, path, options))


def _auto_integer(value, path: str, options: dict) -> int | str:
    if value == "auto":
        return value
    _number(value, path, {"kind": "auto or a whole number"})
    return _integer(value, path, options)


def _rates(value, path: str, options: dict) -> dict:
    if not isinstance(value, dict) or not value:
        raise InvalidInput(f"{path}: must name what one VM serves of at least one resource, like {{requests: 50}}.")
    return {str(key): _number(rate, f"{path}.{key}", {"low": 1e-6, "high": 1e12}) for key, rate in value.items()}


def _resources(value, path: str, options: dict) -> dict:
    if not isinstance(value, dict) or not value:
        raise InvalidInput(f"{path}: must map at least one resource to its field and unit.")
    return {
        _text(key, f"{path}.{key}", RESOURCE_NAME): _section(options["fields"], entry, f"{path}.{key}")
        for key, entry in value.items()
    }


def _image(value, path: str, options: dict) -> dict:
    if not isinstance(value, dict):
        raise InvalidInput(f"{path}: must be a mapping, not {_kind(value)}.")
    image = {key: entry for key, entry in _section(options["fields"], value, path).items() if entry is not None}
    if value and "kernel" not in image and "volume" not in image:
        raise InvalidInput(f"{path}: needs kernel or volume.")
    if "kernel" in image and "volume" in image:
        raise InvalidInput(f"{path}: has both kernel and volume. Name the one that the guest boots, and leave the other out.")
    lost = next((key for key in ("initrd", "cmdline") if key in image and "kernel" not in image), None)
    if lost:
        raise InvalidInput(f"{path}.{lost}: goes with a kernel, and a volume is booted. Leave it out, or name the kernel.")
    return image


def _list(value, path: str, options: dict) -> list[dict]:
    if not isinstance(value, (list, tuple)):
        raise InvalidInput(f"{path}: must be a list, not {_kind(value)}.")
    return [_section(options["fields"], entry, f"{path}[{index}]") for index, entry in enumerate(value)]


_KINDS = {
    "text": _text, "number": _number, "quantile": _quantile, "integer": _integer, "rates": _rates, "resources": _resources, "image": _image, "list": _list,
    "auto_integer": _auto_integer, "instant": slice_events.instant, "resource_names": slice_events.resource_names,
    **calendar_values.KINDS, **plain_values.KINDS, **network_values.KINDS,
}


def _check_slice(slice_: dict, path: str) -> None:
    scaling, network = slice_["scaling"], slice_["network"]
    check_scaling(slice_, path)
    unknown = sorted(set(slice_["vm"]["serves"]) - set(slice_["telemetry"]["resources"]))
    if unknown:
        known = ", ".join(sorted(slice_["telemetry"]["resources"]))
        raise InvalidInput(f"{path}.vm.serves.{unknown[0]}: has no telemetry; telemetry.resources are {known}.")
    indicator = slice_["telemetry"]["indicator"]
    lost = next((key for key in ("most", "measurement") if indicator[key] is not None and not indicator["field"]), None)
    if lost:
        raise InvalidInput(f"{path}.telemetry.indicator.{lost}: means nothing without a field. Set telemetry.indicator.field, or leave it out.")
    if scaling["mode"] in ENFORCED and slice_["state"] == "present" and not slice_["vm"]["image"]:
        raise InvalidInput(f"{path}.vm.image: is required where scaling.mode is {scaling['mode']}; name a kernel or a volume on the hypervisors.")
    slice_events.check_events(slice_, path)
    for direction in ("egress", "ingress"):
        shape = network[direction]
        ceiling = shape["ceiling_mbit"]
        for key in ("guarantee_mbit", "minimum_mbit", "vip_ceiling_mbit"):
            if ceiling is not None and shape[key] is not None and shape[key] > ceiling:
                raise InvalidInput(f"{path}.network.{direction}.{key}: {shape[key]} is more than ceiling_mbit, {ceiling}.")
    if network["mode"] == "nat" and network["egress"]["vip_ceiling_mbit"] is not None:
        raise InvalidInput(
            f"{path}.network.egress.vip_ceiling_mbit: cannot be held where network.mode is nat, for the link sees one address of all VMs. "
            "Leave it out, or use routed."
        )
    if network["vni"] is not None and network["overlay"] != "vxlan":
        raise InvalidInput(f"{path}.network.vni: means nothing without an overlay. Set network.overlay to vxlan, or leave it out.")
    if network["range6"] and network["mtu"] < LEAST_MTU6:
        raise InvalidInput(f"{path}.network.mtu: {network['mtu']} is below {LEAST_MTU6}, the least of IPv6. Raise it, or leave range6 out.")
    check_bridged(slice_, path)
    check_most(slice_, path)
    check_room(slice_, path)
    check_hooks(slice_, path)
    check_quota(slice_, path)


def _check_together(slices: list[dict]) -> None:
    names: dict[str, int] = {}
    for index, slice_ in enumerate(slices):
        name = slice_["name"]
        if name in names:
            raise InvalidInput(f"{ROOT}[{index}].name: {name!r} is the name of {ROOT}[{names[name]}] too.")
        names[name] = index
    check_apart(slices, ROOT)
    for index, slice_ in enumerate(slices):
        for number, flow in enumerate(slice_["flows"]):
            if flow["from"] not in names or flow["from"] == slice_["name"]:
                raise InvalidInput(f"{ROOT}[{index}].flows[{number}].from: {flow['from']!r} is not the name of another slice.")
