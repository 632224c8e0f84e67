# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan outside the process that made it: as an artifact between workflow nodes, and packed where it is large."""
from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib

from ..errors import InvalidInput, NetsliceError
from ..instants import canonical_json, format_instant, parse_instant
from .settled import NETWORKS, without_settled

PLAN_SCHEMA = "foresight.netslice/plan/1"
#: characters of an artifact; a larger one costs minutes at the next workflow node
LARGEST_ARTIFACT = 1_000_000
#: what every share states alike, kept once in packed plans and artifacts
_COMMON = ("ranges", "flows")


def encode(plan: dict) -> dict:
    """{plan_id, sha256, expires_at, data} of a plan; data is base64 of zlib of canonical JSON. Raises NetsliceError above 1 MB."""
    text = canonical_json(_hoisted(plan))
    data = _squeeze(text)
    if len(data) > LARGEST_ARTIFACT:
        raise NetsliceError(
            f"Cannot make an artifact of plan {plan['id']}: it would have {len(data)} characters, more than {LARGEST_ARTIFACT}. "
            f"Divide the slices and hypervisors over several inventories."
        )
    return {"plan_id": plan["id"], "sha256": hashlib.sha256(text.encode()).hexdigest(), "expires_at": plan["expires_at"], "data": data}


def decode(artifact: dict, now: int) -> dict:
    """The plan of an artifact, after its digest, its id and its expiry (against `now`, seconds since 1970) are verified."""
    missing = sorted({"plan_id", "sha256", "expires_at", "data"} - set(artifact)) if isinstance(artifact, dict) else ["plan_id"]
    if missing:
        raise InvalidInput(f"artifact: lacks {missing[0]}. Take the result `artifact` of slice_plan as it is.")
    text = _expand(str(artifact["data"]), "artifact")
    if hashlib.sha256(text.encode()).hexdigest() != artifact["sha256"]:
        raise InvalidInput("artifact: its content does not match its sha256; it was changed or cut. Make a new plan.")
    plan = _plan_in(text)
    for key, name in (("id", "plan_id"), ("expires_at", "expires_at")):
        if plan.get(key) != artifact[name]:
            raise InvalidInput(f"artifact: {name} {artifact[name]!r} is not that of the plan in it, {plan.get(key)!r}. Make a new plan.")
    if now > parse_instant(plan["expires_at"]):
        raise InvalidInput(f"artifact: plan {plan['id']} expired at {plan['expires_at']}, and it is {format_instant(now)}. Make a new plan.")
    return plan


def _plan_in(text: str) -> dict:
    """The plan that the text of an artifact holds. Raises InvalidInput where it is none, or one of another version."""
    try:
        plan = json.loads(text)
    except ValueError:
        plan = None
    schema = plan.get("schema") if isinstance(plan, dict) else None
    if schema != PLAN_SCHEMA or not isinstance(plan.get("hosts"), dict) or not isinstance(plan.get("common"), dict):
        raise InvalidInput(f"artifact: holds {schema or 'no plan'}, and not a {PLAN_SCHEMA}. Plan and apply with the same version of the collection.")
    return _lowered(plan)


def pack(plan: dict) -> dict:
    """The plan with its slices and each share squeezed to text, for results that would be too large for what reads them."""
    common = _hoisted(plan)
    hosts = {host: {"host": host, "packed": _squeeze(canonical_json(share))} for host, share in common["hosts"].items()}
    head = {key: value for key, value in plan.items() if key not in ("slices", "missing", "hosts")}
    packed = {
        "slices": _squeeze(canonical_json({"slices": plan["slices"], "missing": plan["missing"]})),
        "common": _squeeze(canonical_json(common["common"])),
    }
    return {**head, "packed": packed, "hosts": hosts}


def unpack(plan: dict) -> dict:
    """The whole plan of a packed one; any other is returned as it is."""
    if "packed" not in plan:
        return plan
    rest = json.loads(_expand(plan["packed"]["slices"], "plan"))
    common = json.loads(_expand(plan["packed"]["common"], "plan"))
    hosts = {host: json.loads(_expand(share["packed"], f"share of {host}")) for host, share in plan["hosts"].items()}
    head = {key: value for key, value in plan.items() if key != "packed"}
    return _lowered({**head, **rest, "hosts": hosts, "common": common})


def share_of(plan: dict, host: str, lean: bool = False) -> dict:
    """The share of one host of a plan, packed or not; {} where the plan has none for it. lean: without what only settled modules would ask for."""
    share = plan.get("hosts", {}).get(host)
    if share is None:
        return {}
    if "packed" in plan:
        share = json.loads(_expand(share["packed"], f"share of {host}"))
        if not (lean and NETWORKS in share.get("settled", ())):
            share = {**share, **json.loads(_expand(plan["packed"]["common"], "plan"))}
    return without_settled(share) if lean else share


def _hoisted(plan: dict) -> dict:
    """The plan with what its shares have in common stated once."""
    first = next(iter(plan["hosts"].values()), {})
    common = {key: first.get(key, []) for key in _COMMON}
    hosts = {host: {key: value for key, value in share.items() if key not in _COMMON} for host, share in plan["hosts"].items()}
    return {**plan, "hosts": hosts, "common": common}


def _lowered(plan: dict) -> dict:
    """Undo _hoisted."""
    common = plan.pop("common")
    for share in plan["hosts"].values():
        share.update(common)
    return plan


def _squeeze(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 6)).decode()


def _expand(data: str, what: str) -> str:
    try:
        return zlib.decompress(base64.b64decode(data, validate=True)).decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as exc:
        raise InvalidInput(f"{what}: its content cannot be read ({exc}); it was changed or cut. Make a new plan.") from exc
