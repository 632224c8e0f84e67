# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a VM: one XML element in its own libvirt domain, which is the only ledger of what is allocated."""
from __future__ import annotations

import dataclasses
import re
import typing as t
import xml.etree.ElementTree as ET

from ..errors import HostError, PoolError
from ..instants import parse_instant
from .names import NAMESPACE, SLICE, vm_name

#: local name of the element on domains
ELEMENT = "vm"
#: restarts that a record remembers; no slice may allow more (scaling.healing.restarts)
RESTARTS = 10
LIFECYCLES = ("reserved", "probing", "starting", "verifying", "active", "draining", "stopping", "quarantined", "warming", "warm", "parked")


@dataclasses.dataclass(frozen=True)
class Record:
    """What the metadata of a domain says.

    since, until: instants. template: digest of the domain's template. started: seconds since 1970 by the host's own clock when the
    guest was last started, or its clone begun before that, from which boot_seconds is measured; None once it was measured or cannot be.
    boot_from: warm where that boot was of a warm VM, whose domain and disks were there. hook: the hook of its slice
    that ran last in its present life. reason: why it is in its lifecycle, where libvirt cannot know.
    silent_since: instant of the first of the passes, without a break until now, in which it was active and its VIP did not answer.
    restarts: instants of the passes that started it again, the last RESTARTS of them, parted by blanks. made: by_hand.made() of its definition.
    size: what it was last given, `2x1024` (processors, MiB). resize: resize.BEGUN while that is given to it, then why its guest has it not, if so.
    """

    slice: str
    vip: str
    lifecycle: str
    since: str
    until: t.Optional[str] = None
    generation: int = 0
    template: t.Optional[str] = None
    boot_seconds: t.Optional[float] = None
    started: t.Optional[float] = None
    reason: t.Optional[str] = None
    boot_from: t.Optional[str] = None
    silent_since: t.Optional[str] = None
    restarts: t.Optional[str] = None
    made: t.Optional[str] = None
    hook: t.Optional[str] = None
    size: t.Optional[str] = None
    resize: t.Optional[str] = None

    def changed(self, as_of, **values):
        """The next record: one generation on, and `since` set where the lifecycle changes."""
        if values.get("lifecycle", self.lifecycle) != self.lifecycle:
            values["since"] = as_of
        return dataclasses.replace(self, generation=self.generation + 1, **values)

    def restarted(self, as_of):
        """The text of `restarts` with one more in the pass of as_of; a pass counts once, however often it is run again."""
        known = [at for at in (self.restarts or "").split() if at != as_of]
        return " ".join([*known, as_of][-RESTARTS:])


_SIZE = re.compile(r"[0-9]+x[0-9]+")
_NUMBERS = {"generation": int, "boot_seconds": float, "started": float}


def element(record):
    """Record -> ElementTree element in the namespace; what is None is left out."""
    values = dataclasses.asdict(record)
    return ET.Element(f"{{{NAMESPACE}}}{ELEMENT}", {key: str(value) for key, value in values.items() if value is not None})


def render(record):
    """Record -> text for libvirt's setMetadata, which adds prefix and namespace itself."""
    plain = element(record)
    plain.tag = ELEMENT
    return ET.tostring(plain, encoding="unicode")


def parse(text, domain="the domain"):
    """Text of the element, with or without its namespace -> Record. Raises PoolError, which names the domain."""
    try:
        values = dict(ET.fromstring(text).attrib)
        for key, kind in _NUMBERS.items():
            if key in values:
                values[key] = kind(values[key])
        known = {field.name for field in dataclasses.fields(Record)}
        record = Record(**{key: value for key, value in values.items() if key in known})
        _check(record)
    except (ET.ParseError, HostError, TypeError, ValueError) as exc:
        cause = str(exc).rstrip(".")
        raise PoolError(
            f"Cannot read the metadata of {domain}, {text.strip()!r}: {cause}. Correct it with virsh metadata {domain} --uri {NAMESPACE} --edit."
        ) from exc
    return record


def _check(record):
    """Raise ValueError or HostError where a record says what no pass writes; names and times of others are made of it."""
    if record.lifecycle not in LIFECYCLES:
        raise ValueError(f"lifecycle {record.lifecycle!r} is none of {', '.join(LIFECYCLES)}")
    if not SLICE.fullmatch(record.slice):
        raise ValueError(f"{record.slice!r} is no name of a slice")
    vm_name(record.slice, record.vip)
    for instant in (record.since, record.until, record.silent_since, *(record.restarts or "").split()):
        if instant is not None:
            parse_instant(instant)
    if record.size is not None and not _SIZE.fullmatch(record.size):
        raise ValueError(f"{record.size!r} is no size")
    if record.made is not None and not all("=" in part for part in record.made.split(";")):
        raise ValueError(f"{record.made!r} does not say what it was made of")
