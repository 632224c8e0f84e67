# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Galaxy for ansible-galaxy that has collections of this machine, one version of each: it describes them and hands out their tarballs."""
from __future__ import annotations

import hashlib
import json
import re
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COLLECTION = re.compile(r"^/api/v3/collections/(\w+)/(\w+)/(versions/)?(?:([\w.]+)/)?(?:\?.*)?$")
MADE = "2026-01-01T00:00:00Z"


def described(tarball: Path) -> dict:
    """collection_info of a tarball."""
    with tarfile.open(tarball) as archive:
        return json.load(archive.extractfile("MANIFEST.json"))["collection_info"]


class Galaxy:
    """Context manager over tarballs. Attributes: port (on the loopback address). `address` is where clients reach it."""

    def __init__(self, tarballs, address):
        self.address = address
        self._known = {(about["namespace"], about["name"]): (about, path) for path in tarballs for about in [described(path)]}
        galaxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = galaxy.answer(self.path)
                self.send_response(200 if body is not None else 404)
                self.end_headers()
                self.wfile.write(body or b"{}")

            def log_message(self, *_arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> bytes | None:
        """Body of the answer to a GET; None where there is nothing."""
        if path.rstrip("/") == "/api":
            return json.dumps({"available_versions": {"v3": "v3/"}}).encode()
        for _about, tarball in self._known.values():
            if path == f"/download/{tarball.name}":
                return tarball.read_bytes()
        match = COLLECTION.match(path)
        if not match or match.groups()[:2] not in self._known:
            return None
        about, tarball = self._known[match.groups()[:2]]
        if match.group(3) is None:
            return json.dumps({"created_at": MADE, "updated_at": MADE}).encode()
        if match.group(4) is None:
            return json.dumps({"meta": {"count": 1}, "links": {"next": None}, "data": [{"version": about["version"]}]}).encode()
        return json.dumps(self._version(about, tarball)).encode() if match.group(4) == about["version"] else None

    def _version(self, about, tarball):
        return {
            "version": about["version"], "namespace": {"name": about["namespace"]}, "collection": {"name": about["name"]},
            "download_url": f"{self.address}/download/{tarball.name}", "signatures": [], "href": "",
            "artifact": {"filename": tarball.name, "sha256": hashlib.sha256(tarball.read_bytes()).hexdigest(), "size": tarball.stat().st_size},
            "metadata": {"dependencies": about["dependencies"]},
        }
