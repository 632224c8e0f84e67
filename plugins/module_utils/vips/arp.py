# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ARP frames, a raw socket on a bridge, and asking for many addresses on many bridges at once; ndp.py does the same in IPv6."""
from __future__ import annotations

import fcntl
import select
import socket
import struct
import time
import typing as t

from ..errors import HostError

REQUEST, REPLY = 1, 2
ANYONE = "0.0.0.0"
BROADCAST = "ff:ff:ff:ff:ff:ff"
NOBODY = "00:00:00:00:00:00"
INTERVAL_SECONDS = 0.4
#: frames sent before answers are read again: more at once would overrun a tap's queue
BURST = 128
_ETHERTYPE = 0x0806
_FRAME = struct.Struct("!6s6sHHHBBH6s4s6s4s")
_SIOCGIFADDR, _SIOCGIFHWADDR = 0x8915, 0x8927
_RECEIVE_BYTES = 4 << 20


class Packet(t.NamedTuple):
    """What an ARP frame says of its sender."""

    operation: int
    mac: str
    address: str


def frame(operation, sender_mac, sender_address, target_mac, target_address, source_mac=None, destination_mac=BROADCAST):
    """Bytes of an Ethernet frame with an ARP packet. MACs and IPv4 addresses are texts; source_mac is the sender's unless given."""
    return _FRAME.pack(
        mac_bytes(destination_mac), mac_bytes(source_mac or sender_mac), _ETHERTYPE, 1, 0x0800, 6, 4, operation,
        mac_bytes(sender_mac), socket.inet_aton(sender_address), mac_bytes(target_mac), socket.inet_aton(target_address),
    )


def parse(data):
    """Bytes of an Ethernet frame -> Packet, or None where it is no ARP of Ethernet and IPv4."""
    if len(data) < _FRAME.size:
        return None
    fields = _FRAME.unpack(data[:_FRAME.size])
    if fields[2:7] != (_ETHERTYPE, 1, 0x0800, 6, 4):
        return None
    return Packet(fields[7], mac_text(fields[8]), socket.inet_ntoa(fields[9]))


class Port:
    """A raw socket for ARP on one device. Use as a context manager; raises HostError where the device or the right is missing."""

    ethertype = _ETHERTYPE

    def __init__(self, device):
        self.device = device
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(self.ethertype))
        except PermissionError as exc:
            raise HostError(f"Cannot ask for addresses on {device}: {exc.strerror}. Run as root.") from exc
        try:
            self._socket.bind((device, self.ethertype))
            self.mac = mac_text(self._ask(_SIOCGIFHWADDR)[18:24])
        except OSError as exc:
            self._socket.close()
            raise HostError(f"Cannot ask for addresses on {device}: {exc.strerror}. Run slice_networks, which heals bridges.") from exc
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)

    @property
    def address(self):
        """The device's own IPv4 address, 0.0.0.0 where it has none."""
        try:
            return socket.inet_ntoa(self._ask(_SIOCGIFADDR)[20:24])
        except OSError:
            return ANYONE

    def question(self, address, anonymous):
        """Frame that asks who has an address; anonymous: as a probe, from which nobody learns."""
        return frame(REQUEST, self.mac, ANYONE if anonymous else self.address, NOBODY, address)

    def announcements(self, mac, address):
        """Frames that tell all neighbours of an address. They have the device's own MAC as source, so that no bridge learns the guest's
        at a wrong port."""
        return [frame(operation, mac, address, NOBODY, address, source_mac=self.mac) for operation in (REQUEST, REPLY)]

    def parse(self, data):
        """Packet of a frame, None where it is none."""
        return parse(data)

    def fileno(self):
        """For poll()."""
        return self._socket.fileno()

    def send(self, data):
        """Send one frame; a full queue or a device that is down loses it, as the wire may: askers ask again."""
        try:
            self._socket.send(data)
        except OSError:
            return False
        return True

    def receive(self):
        """List of the Packets that came in since."""
        packets = []
        while True:
            try:
                packet = self.parse(self._socket.recv(2048))
            except (BlockingIOError, InterruptedError):
                return packets
            except OSError as exc:
                raise HostError(f"Cannot hear answers on {self.device}: {exc.strerror}. Run slice_networks, which heals bridges.") from exc
            if packet:
                packets.append(packet)

    def close(self):
        """Close the socket."""
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    def _ask(self, question):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
            return fcntl.ioctl(plain.fileno(), question, struct.pack("256s", self.device.encode()[:15]))


class Asker:
    """Asks on each port for its addresses until told to stop, and keeps who answered when.

    questions: {Port: [address]}. anonymous: asks as probes do. `answers` is {address: {MAC: seconds since 1970 of its first packet}}.
    """

    def __init__(self, questions, anonymous=False):
        self.answers: t.Dict[str, t.Dict[str, float]] = {address: {} for asked in questions.values() for address in asked}
        self._questions = {port: {address: port.question(address, anonymous) for address in asked} for port, asked in questions.items()}
        self._poll = select.poll()
        self._ports = {}
        for port in questions:
            self._poll.register(port.fileno(), select.POLLIN)
            self._ports[port.fileno()] = port

    def ask(self, done, settled, interval=INTERVAL_SECONDS):
        """Ask every `interval` seconds for the addresses not settled(address), until done(seconds since the beginning)."""
        begin = time.monotonic()
        upcoming = begin
        while not done(time.monotonic() - begin):
            if time.monotonic() >= upcoming:
                upcoming = time.monotonic() + interval
                self._send(settled)
            self._hear(min(0.05, max(0.0, upcoming - time.monotonic())))

    def _send(self, settled):
        for port, frames in self._questions.items():
            waiting = [data for address, data in frames.items() if not settled(address)]
            for first in range(0, len(waiting), BURST):
                for data in waiting[first:first + BURST]:
                    port.send(data)
                self._hear(0.005)

    def _hear(self, seconds):
        for descriptor, _event in self._poll.poll(seconds * 1000):
            port = self._ports[descriptor]
            for packet in port.receive():
                if packet.address in self._questions[port] and packet.mac != port.mac:
                    self.answers[packet.address].setdefault(packet.mac, time.time())


def mac_bytes(text):
    """MAC as text -> its six bytes."""
    return bytes.fromhex(text.replace(":", ""))


def mac_text(data):
    """Six bytes -> MAC as text."""
    return ":".join(f"{byte:02x}" for byte in data)
