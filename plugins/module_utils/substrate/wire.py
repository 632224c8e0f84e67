# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the kernel's traffic control, decoded from rtnetlink messages; bytes in, tuples out.

Text of `tc` is no source: its classes are not JSON and their rates are rounded. Layouts follow linux/rtnetlink.h,
linux/pkt_sched.h, linux/pkt_cls.h and linux/tc_act/tc_mirred.h; numbers are in the order of the machine unless said otherwise.
"""
from __future__ import annotations

import struct
from typing import Dict, NamedTuple, Optional

NLMSG_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
IFINFO = struct.Struct("=BBHiII")  # family, pad, type, ifindex, flags, change
TCMSG = struct.Struct("=BBHiIII")  # family, pad, pad, ifindex, handle, parent, info
ATTRIBUTE = struct.Struct("=HH")  # length, type
RATESPEC = struct.Struct("=BBHhHI")  # cell_log, linklayer, overhead, cell_align, mpu, bytes/s
HTB_OPTIONS = struct.Struct("=12s12sIIIII")  # rate, ceil, buffer, cbuffer, quantum, level, prio
U32_SELECTOR = struct.Struct("=BBBxHHhhI")  # flags, offset shift, count of keys, offset mask, off, offoff, hash offset, hash mask
U32_KEY = struct.Struct("=IIii")  # mask, value (both big endian), offset, offset mask
MIRRED = struct.Struct("=IIiiiiI")  # index, capabilities, action, references, bindings, what it does, ifindex

TYPE_MASK = 0x3FFF  # without the bits for nested and for network order
IFLA_IFNAME, IFLA_LINKINFO, IFLA_IFALIAS, IFLA_INFO_KIND = 3, 18, 20, 1
TCA_KIND, TCA_OPTIONS, TCA_CHAIN = 1, 2, 11
HTB_PARMS, HTB_INIT, HTB_RATE64, HTB_CEIL64 = 1, 2, 6, 7
U32_CLASSID, U32_HASH, U32_LINK, U32_DIVISOR, U32_SELECTOR_ATTRIBUTE, U32_ACTIONS, U32_FLAGS, U32_COUNTERS, U32_PAD = 1, 2, 3, 4, 5, 7, 11, 9, 12
ACTION_KIND, ACTION_OPTIONS, MIRRED_PARMS, EGRESS_REDIRECT = 1, 2, 2, 1
U32_KNOWN = frozenset((U32_SELECTOR_ATTRIBUTE, U32_HASH, U32_CLASSID, U32_LINK, U32_FLAGS, U32_COUNTERS, U32_ACTIONS, U32_PAD))
IFF_UP = 1


class Link(NamedTuple):
    index: int
    name: str
    kind: str  # "" for a device without a driver of rtnetlink, such as a network card
    up: bool
    alias: str


class Qdisc(NamedTuple):
    index: int
    kind: str
    handle: int
    parent: int
    default: Optional[int]  # HTB: minor of the class for what no filter classifies
    limit: Optional[int]  # pfifo in packets, bfifo in bytes


class HtbClass(NamedTuple):
    handle: int
    parent: int
    leaf: int  # handle of the qdisc at this leaf, 0 for the implicit one
    rate: int  # bytes/s
    ceil: int  # bytes/s
    buffer: int  # ticks of 64 ns
    cbuffer: int
    quantum: int  # bytes
    prio: int


class Node(NamedTuple):
    """A u32 row: value/mask at offset, and what a match leads to (a class, or a table by hash).

    It has one key, or four that stand in a row: those of an IPv6 network, of which the last is value/mask at offset.
    """

    value: int
    mask: int
    offset: int
    hash_mask: int
    hash_offset: int
    table: int  # id of the table a link leads to, 0 for none
    classid: int  # 0 for none
    upper: int = 0  # the 96 bits of an IPv6 network before value, 0 for a row with one key


class Filter(NamedTuple):
    handle: int
    pref: int
    protocol: int  # EtherType
    chain: int
    kind: str
    divisor: int  # buckets of a u32 table, 0 for a row that is none
    node: Optional[Node]  # None for a table, and for a row that says more than a Node can hold
    redirect: int  # ifindex its one action redirects egress to, 0 for none


_new = tuple.__new__  # a NamedTuple from its tuple, in a third of the time: there are thousands


def attributes(data: bytes, start: int = 0) -> Dict[int, bytes]:
    """Type -> payload; of a type that repeats, the last."""
    found = {}
    end = len(data)
    while start + 4 <= end:
        length, kind = ATTRIBUTE.unpack_from(data, start)
        if length < 4:
            break
        found[kind & TYPE_MASK] = data[start + 4:start + length]
        start += (length + 3) & ~3
    return found


def text(payload: bytes) -> str:
    return payload.rstrip(b"\0").decode(errors="replace")


def number(payload: Optional[bytes]) -> int:
    """Unsigned number of as many bytes as there are; 0 where there are none."""
    return int.from_bytes(payload or b"", _ORDER)


_ORDER = "little" if struct.pack("=H", 1) == b"\1\0" else "big"


def big_endian(value: int) -> int:
    """The number whose bytes in network order were read in the order of the machine."""
    return int.from_bytes(value.to_bytes(4, _ORDER), "big")


def decode_link(body: bytes) -> Link:
    """Body of RTM_NEWLINK -> Link."""
    _family, _pad, _type, index, flags, _change = IFINFO.unpack_from(body)
    found = attributes(body, IFINFO.size)
    kind = attributes(found.get(IFLA_LINKINFO, b"")).get(IFLA_INFO_KIND, b"")
    return Link(index, text(found.get(IFLA_IFNAME, b"")), text(kind), bool(flags & IFF_UP), text(found.get(IFLA_IFALIAS, b"")))


def decode_qdisc(body: bytes) -> Qdisc:
    """Body of RTM_NEWQDISC -> Qdisc."""
    _family, _pad, _pad2, index, handle, parent, _info = TCMSG.unpack_from(body)
    found = attributes(body, TCMSG.size)
    kind = text(found.get(TCA_KIND, b""))
    options = found.get(TCA_OPTIONS, b"")
    default = limit = None
    if kind == "htb":
        init = attributes(options).get(HTB_INIT, b"")
        default = struct.unpack_from("=III", init)[2] if len(init) >= 12 else None
    elif kind in ("bfifo", "pfifo") and len(options) >= 4:
        limit = struct.unpack_from("=I", options)[0]
    return Qdisc(index, kind, handle, parent, default, limit)


def decode_class(body: bytes) -> Optional[HtbClass]:
    """Body of RTM_NEWTCLASS -> HtbClass, None for a class of another qdisc."""
    _family, _pad, _pad2, _index, handle, parent, info = TCMSG.unpack_from(body)
    found = attributes(body, TCMSG.size)
    if text(found.get(TCA_KIND, b"")) != "htb":
        return None
    options = attributes(found.get(TCA_OPTIONS, b""))
    rate, ceil, buffer, cbuffer, quantum, _level, prio = HTB_OPTIONS.unpack_from(options[HTB_PARMS])
    return HtbClass(
        handle, parent, info,
        # The 64-bit attributes stand only where a rate does not fit into 32 bits.
        number(options.get(HTB_RATE64)) or RATESPEC.unpack(rate)[5],
        number(options.get(HTB_CEIL64)) or RATESPEC.unpack(ceil)[5],
        buffer, cbuffer, quantum, prio,
    )


def decode_filter(body: bytes) -> Filter:
    """Body of RTM_NEWTFILTER -> Filter."""
    _family, _pad, _pad2, _index, handle, _parent, info = TCMSG.unpack_from(body)
    found = attributes(body, TCMSG.size)
    kind = text(found.get(TCA_KIND, b""))
    protocol = int.from_bytes((info & 0xFFFF).to_bytes(2, _ORDER), "big")
    head = (handle, info >> 16, protocol, number(found.get(TCA_CHAIN)), kind)
    options = attributes(found.get(TCA_OPTIONS, b"")) if kind == "u32" else {}
    if U32_SELECTOR_ATTRIBUTE not in options:
        return Filter(*head, number(options.get(U32_DIVISOR)), None, 0)
    return Filter(*head, 0, _node(options), _redirect(options.get(U32_ACTIONS, b"")))


def _node(options: Dict[int, bytes]) -> Optional[Node]:
    selector = options[U32_SELECTOR_ATTRIBUTE]
    if len(selector) < U32_SELECTOR.size or not U32_KNOWN.issuperset(options):
        return None
    if U32_ACTIONS in options and not _redirect(options[U32_ACTIONS]):
        return None
    _flags, shift, count, offmask, off, offoff, hash_offset, hash_mask = U32_SELECTOR.unpack_from(selector)
    if count not in (1, 4) or shift or offmask or off or offoff or len(selector) != U32_SELECTOR.size + count * U32_KEY.size:
        return None
    keys = list(U32_KEY.iter_unpack(selector[U32_SELECTOR.size:]))
    mask, value, offset, offset_mask = keys.pop()
    if offset_mask or any(key[::2] != (0xFFFFFFFF, offset - 4 * (len(keys) - i)) or key[3] for i, key in enumerate(keys)):
        return None
    upper = 0
    for key in keys:
        upper = upper << 32 | big_endian(key[1])
    return Node(
        big_endian(value), big_endian(mask), offset, big_endian(hash_mask), hash_offset,
        number(options.get(U32_LINK)) >> 20, number(options.get(U32_CLASSID)), upper,
    )


def _redirect(actions: bytes) -> int:
    listed = attributes(actions)
    if len(listed) != 1:
        return 0
    action = attributes(next(iter(listed.values())))
    parms = attributes(action.get(ACTION_OPTIONS, b"")).get(MIRRED_PARMS, b"")
    if text(action.get(ACTION_KIND, b"")) != "mirred" or len(parms) < MIRRED.size:
        return 0
    values = MIRRED.unpack_from(parms)
    return values[6] if values[5] == EGRESS_REDIRECT else 0


class FilterDecoder:
    """decode_filter for thousands of rows of one dump, in a sixth of the time.

    Rows of a tree differ in their handle, prefix, table and class alone. So the last row that was decoded in full is the
    model: one that equals it everywhere else takes everything else from it.
    """

    # Handle, mask, value, table and class of a row that has the usual attributes in the usual order, between what is alike.
    FIELDS = struct.Struct("=8xI48s4s4s12s4x4sI8s")

    def __init__(self) -> None:
        self._length = 0  # of the model
        self._like: tuple = ()
        self._node: tuple = ()
        self._head: tuple = ()

    def decode(self, body: bytes) -> Filter:
        if len(body) == self._length:
            handle, first, mask, value, second, third, classid, last = self.FIELDS.unpack_from(body)
            if (first, second, third, last) == self._like:
                offset_to_table, upper = self._node
                node = _new(Node, (int.from_bytes(value, "big"), int.from_bytes(mask, "big"), *offset_to_table, classid, upper))
                return _new(Filter, (handle, *self._head, 0, node, 0))
        decoded = decode_filter(body)
        self._consider(decoded, body)
        return decoded

    def _consider(self, decoded: Filter, body: bytes) -> None:
        node = decoded.node
        if node is None or not node.classid or node.table or decoded.redirect or len(body) < self.FIELDS.size:
            return
        handle, first, mask, value, second, third, classid, last = self.FIELDS.unpack_from(body)
        read = (handle, int.from_bytes(value, "big"), int.from_bytes(mask, "big"), classid)
        if read == (decoded.handle, node.value, node.mask, node.classid):
            self._length, self._like = len(body), (first, second, third, last)
            self._node, self._head = (node[2:6], node.upper), decoded[1:5]
