# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the credentials are shown to."""
from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import TelemetryError
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.http import call
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked


@pytest.fixture
def serve():
    """serve(redirect) starts a server that keeps (path, credentials) of every request; redirect: where it sends its callers, or None."""
    started = []

    def start(redirect=None):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.server.seen.append((self.path, self.headers.get("Authorization")))
                self.send_response(302 if redirect else 204)
                if redirect:
                    self.send_header("Location", redirect)
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *_args):
                """Nothing is told on the terminal."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        server.seen = []
        started.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server, f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("form", [None, {"q": "SHOW DATABASES"}])
def test_a_redirect_does_not_take_the_token_along(serve, form):
    other, other_url = serve()
    server, url = serve(redirect=other_url + "/elsewhere")
    with pytest.raises(TelemetryError, match="InfluxDB answers HTTP 302.*check influxdb_url"):
        call(checked({"influxdb_url": url, "influxdb_token": "secret"}), "/query", "read", form=form)
    assert server.seen == [("/query", "Token secret")] and other.seen == []


def test_a_netrc_does_not_take_the_place_of_the_token(serve, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server, url = serve()
    assert call(checked({"influxdb_url": url, "influxdb_token": "secret"}), "/ping", "ask")[0] == 204
    assert server.seen == [("/ping", "Token secret")]
