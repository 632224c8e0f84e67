# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector of the role telemetry: how its points come to InfluxDB, and what is held where they do not."""
from __future__ import annotations

import http.client
import io
import json
import urllib.error
import urllib.request

import pytest


@pytest.mark.parametrize("change, message", [({}, None), ({"bucket": "nowhere"}, "Cannot write to nowhere.*HTTP 404"),
                                             ({"token": "x", "password": "x"}, "HTTP 401"), ({"url": "http://127.0.0.1:9"}, "Start InfluxDB")])
def test_sending(collector, server, client, measurement, change, message):
    config = {"url": server.url, "org": server.org, "bucket": server.bucket, "token": server.token, "username": server.username, "password": server.password}
    if not server.token:
        change = {key: value for key, value in change.items() if key != "token"}
    lines = [collector.line(measurement, {"slice": "a b,c=d"}, {"x": 1.5, "n": 2, "no": None}, 1767600000.9)]
    if message is None:
        collector.send({**config, **change}, lines)
        assert client.rows(measurement, {"x": float, "n": float}, 1767600000, 1767600000) == [{"time": 1767600000, "slice": "a b,c=d", "x": 1.5, "n": 2.0}]
    else:
        with pytest.raises(collector.Failure, match=message):
            collector.send({**config, **change}, lines)


@pytest.mark.parametrize("status, held", [(b"400 Bad Request", 1), (b"413 Payload Too Large", 1), (b"503 Service Unavailable", 2), (b"", 2)])
def test_a_loop_holds_what_may_be_taken_later(collector, monkeypatch, capsys, status, held):
    """The second delivery has the first one's points too, but for those that InfluxDB will never take. No answer at all is no end either."""
    delivered = []

    class Ended(Exception):
        pass

    class Answer(io.BytesIO):
        def makefile(self, *_args, **_keys):
            return self

    def answer(request, **_keys):
        delivered.append(len(request.data.splitlines()))
        if len(delivered) == 2:
            raise Ended
        if not status:
            raise http.client.BadStatusLine("nonsense")
        reply = http.client.HTTPResponse(Answer(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"))
        reply.begin()
        raise urllib.error.HTTPError(request.full_url, reply.status, reply.reason, reply.headers, reply)

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    monkeypatch.setattr(collector, "measure", lambda *_args: (["m f=1 1"], []))
    monkeypatch.setattr(collector.time, "sleep", lambda _seconds: None)
    with pytest.raises(Ended):
        collector.loop({"url": "http://192.0.2.1:8086", "bucket": "telemetry"}, 60, False)
    assert delivered == [1, held] and "Cannot write to telemetry" in capsys.readouterr().err


def test_what_is_refused_for_good_takes_no_other_batch_with_it(collector, monkeypatch):
    sent = []

    def answer(_config, lines):
        sent.append(list(lines))
        if "old" in lines:
            raise collector.Refused("Cannot write to telemetry: too old. These 2 points are not sent again.")
        if "late" in lines:
            raise collector.Failure("Cannot write to telemetry: down. Start InfluxDB.")

    monkeypatch.setattr(collector, "send", answer)
    monkeypatch.setattr(collector, "BATCH_LINES", 2)
    waiting, failures = collector.deliver({"url": "http://192.0.2.1:8086"}, ["a", "old", "b", "c", "d", "late", "e"], False)
    assert sent == [["a", "old"], ["b", "c"], ["d", "late"]] and waiting == ["d", "late", "e"], "what was sent is not sent again"
    assert [type(one) for one in failures] == [collector.Refused, collector.Failure]


def test_what_one_run_cannot_send_the_next_one_does(collector, tmp_path, monkeypatch, capsys):
    state, sent = tmp_path / "state.json", []
    config = {"host": "kvm1", "url": "http://192.0.2.1:8086", "bucket": "telemetry", "state": str(state)}
    monkeypatch.setattr(collector, "measure", lambda _config, rates, now: ([f"m f=1 {len(sent)}"], []))

    def fail(_config, lines):
        sent.append(list(lines))
        if len(sent) < 3:
            raise collector.Failure("Cannot write to telemetry: down. Start InfluxDB.")

    monkeypatch.setattr(collector, "send", fail)
    assert [collector.once(config, False) for _run in range(3)] == [True, True, False]
    assert sent == [["m f=1 0"], ["m f=1 0", "m f=1 1"], ["m f=1 0", "m f=1 1", "m f=1 2"]]
    assert json.loads(state.read_text())[2] == [] and "Start InfluxDB" in capsys.readouterr().err
