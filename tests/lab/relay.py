# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A way out of the lab: an address of the world that leads to a server on the machine itself."""

from __future__ import annotations

import ctypes
import os
import socket
import threading

CLONE_NEWNET = 0x40000000
CHUNK_BYTES = 65536


class Relay:
    """Passes TCP connections to ``inside``, in the network namespace of a pid, on to ``outside``, in this one."""

    def __init__(self, pid, inside, outside):
        self.pid, self.inside, self.outside = pid, inside, outside
        self._listener = None

    def __enter__(self):
        opened = []
        # Only the thread changes its namespace, and a socket stays in the one it was made in.
        thread = threading.Thread(target=self._listen, args=(opened,))
        thread.start()
        thread.join()
        if isinstance(opened[0], Exception):
            raise opened[0]
        self._listener = opened[0]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self._listener.close()

    def _listen(self, opened):
        try:
            with open(f"/proc/{self.pid}/ns/net", "rb") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            opened.append(socket.create_server(self.inside))
        except OSError as error:
            opened.append(error)

    def _accept(self):
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            try:
                server = socket.create_connection(self.outside, timeout=10)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source, target):
    """Copy until the source ends, then tell the target so; both close when both directions have ended."""
    try:
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        target.close()
