# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector of the role telemetry: its reading of tc, its rates and its points."""
from __future__ import annotations

import http.client
import importlib.util
import io
import json
import sys
import urllib.error
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[5]
FILE = TOP / "roles" / "telemetry" / "files" / "netslice-collector.py"

TEXT = """\
class htb 51ce:fffe parent 51ce:1 prio 0 rate 1Mbit ceil 100Mbit burst 1600b cburst 1600b\x20
 Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0)\x20
 backlog 0b 0p requeues 0
 lended: 0 borrowed: 0 giants: 0
 tokens: 200000 ctokens: 2000

class htb 51ce:10 parent 51ce:1 leaf 10: prio 0 rate 10Mbit ceil 100Mbit burst 1600b cburst 1600b\x20
 Sent 510 bytes 7 pkt (dropped 3, overlimits 5 requeues 0)\x20
 backlog 12Kb 8p requeues 0
 lended: 7 borrowed: 0 giants: 0
 tokens: 18875 ctokens: 1887

class htb 1:10 parent 1: prio 0 rate 10Mbit ceil 100Mbit burst 1600b cburst 1600b\x20
 Sent 99 bytes 9 pkt (dropped 0, overlimits 0 requeues 0)\x20
 backlog 0b 0p requeues 0
"""
JSON = json.dumps([
    {"class": "htb", "handle": "51ce:10", "parent": "51ce:1", "leaf": "0x10", "prio": 0, "rate": 1250000, "ceil": 12500000,
     "stats": {"bytes": 510, "packets": 7, "drops": 3, "overlimits": 5, "requeues": 0, "backlog": 12288, "qlen": 8, "lended": 7}},
    {"class": "htb", "handle": "51ce:fffe", "parent": "51ce:1", "stats": {"bytes": 0, "packets": 0, "drops": 0, "overlimits": 0, "backlog": 0}},
    {"class": "htb", "handle": "1:10", "parent": "1:", "stats": {"bytes": 99}}])
NODE = """\
<node>
  <domain type="test"><name>web-10-90-2-2</name>
    <metadata><netslice:vm xmlns:netslice="urn:foresight:netslice:1" slice="web"/></metadata>
    <memory>524288</memory><os><type>hvm</type></os></domain>
  <domain type="test"><name>somebody-elses</name><memory>524288</memory><os><type>hvm</type></os></domain>
  <network><name>netslice-db</name>
    <metadata><netslice:network xmlns:netslice="urn:foresight:netslice:1" slice="db" id="17"/></metadata>
    <bridge name="nsb17"/><ip address="10.90.3.1" netmask="255.255.255.224"/></network>
</node>
"""


@pytest.fixture(scope="module")
def collector():
    spec = importlib.util.spec_from_file_location("netslice_collector", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("text", [TEXT, JSON], ids=["text of iproute2 6.1", "json"])
def test_classes(collector, text):
    zero = {"bytes": 0, "packets": 0, "drops": 0, "overlimits": 0, "backlog": 0}
    assert collector.parse_classes(text) == {0x10: {"bytes": 510, "packets": 7, "drops": 3, "overlimits": 5, "backlog": 12288}, 0xFFFE: zero}


def test_classes_of_vips_count_for_their_slice(collector):
    own = {"bytes": 900, "packets": 9, "drops": 0, "overlimits": 1, "backlog": 0}
    vip = {"bytes": 450, "packets": 4, "drops": 2, "overlimits": 3, "backlog": 100}
    rows = [{"handle": "51ce:10", "parent": "51ce:1", "stats": own}] + [
        {"handle": handle, "parent": "51ce:10", "stats": vip} for handle in ("51ce:5200", "51ce:5201")]
    assert collector.parse_classes(json.dumps(rows))[0x10] == dict(own, drops=4, backlog=200)


@pytest.mark.parametrize("text", ["", "[]", "[]\n"])
def test_no_classes(collector, text):
    assert collector.parse_classes(text) == {}


def test_rates(collector):
    rates = collector.Rates()
    assert rates.of("a", 100, 1000) is None
    rates.turn(1000)
    assert rates.of("a", 160, 1060) == 1.0
    assert rates.of("new", 9e9, 1060) is None, "it may have counted for long"
    rates.turn(1060)
    assert rates.of("a", 30, 1120) == 0.5, "a counter that began anew"
    assert rates.of("a", 30, 1060) is None, "no time has passed"


def vm(name, slice_name="web", **more):
    return {"name": name, "slice": slice_name, "cpu_seconds": 10.0, "memory_mib": 256.0, "received": 0, "sent": 0, **more}


def test_demand_is_the_sum_of_the_machines(collector):
    rates = collector.Rates(1000, {"a cpu_seconds": 10.0, "a received": 0, "a sent": 0, "b cpu_seconds": 10.0, "b received": 0, "b sent": 0})
    found = [vm("a", cpu_seconds=40.0, received=7_500_000), vm("b", cpu_seconds=25.0, sent=750_000)]
    lines = collector.demand("kvm 1", {"web", "db"}, found, rates, 1060)
    assert lines == [
        "netslice_vm,host=kvm\\ 1,slice=web,vm=a cpu_cores=0.5,memory_mib=256.0,ingress_mbit=1.0,egress_mbit=0.0 1060000000000",
        "netslice_vm,host=kvm\\ 1,slice=web,vm=b cpu_cores=0.25,memory_mib=256.0,ingress_mbit=0.0,egress_mbit=0.1 1060000000000",
        "slice_demand,host=kvm\\ 1,slice=db cpu_cores=0.0,memory_mib=0.0,ingress_mbit=0.0,egress_mbit=0.0 1060000000000",
        "slice_demand,host=kvm\\ 1,slice=web cpu_cores=0.75,memory_mib=512.0,ingress_mbit=1.0,egress_mbit=0.1 1060000000000"]


def test_what_one_machine_does_not_tell_is_not_summed(collector):
    rates = collector.Rates(1000, {"a cpu_seconds": 10.0, "b cpu_seconds": 10.0})
    lines = collector.demand("kvm1", set(), [vm("a"), vm("b", received=None, sent=None)], rates, 1060)
    assert lines[-1] == "slice_demand,host=kvm1,slice=web cpu_cores=0.0,memory_mib=512.0 1060000000000"


@pytest.mark.parametrize("stats, expected", [
    ({"balloon.current": 524288}, 512), ({"balloon.current": 524288, "balloon.rss": 102400}, 100),
    ({"balloon.current": 524288, "balloon.rss": 102400, "balloon.available": 500000, "balloon.usable": 448800, "balloon.unused": 1}, 50),
    ({"balloon.current": 524288, "balloon.available": 500000, "balloon.unused": 448800}, 50)])
def test_memory(collector, stats, expected):
    assert collector.memory(stats) == expected


def test_domains_of_libvirt(collector, tmp_path, monkeypatch, capsys):
    pytest.importorskip("libvirt", reason="libvirt-python is not installed")
    (tmp_path / "node.xml").write_text(NODE)
    config = {"uri": f"test://{tmp_path}/node.xml", "host": "kvm1", "state": str(tmp_path / "state.json")}
    (tmp_path / "config.json").write_text(json.dumps(config))
    monkeypatch.setattr(sys, "argv", ["collector", "--config", str(tmp_path / "config.json")])
    assert collector.main() == 0 and collector.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == 2 * ["netslice_vm,host=kvm1,slice=web,vm=web-10-90-2-2", "slice_demand,host=kvm1,slice=db",
                                                       "slice_demand,host=kvm1,slice=web"]
    assert "cpu_cores" not in lines[0] and "cpu_cores" in lines[3] and "memory_mib=512.0" in lines[5]


@pytest.mark.parametrize("config, message", [
    ("{", "Write it anew"), ('{"uri": "nosuch:///", "host": "kvm1"}', "Cannot measure kvm1: libvirt at nosuch:/// fails")])
def test_failures(collector, tmp_path, monkeypatch, capsys, config, message):
    pytest.importorskip("libvirt", reason="libvirt-python is not installed")
    (tmp_path / "config.json").write_text(config)
    monkeypatch.setattr(sys, "argv", ["collector", "--config", str(tmp_path / "config.json")])
    assert collector.main() == 1
    assert message in capsys.readouterr().err


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

    monkeypatch.setattr(collector.urllib.request, "urlopen", answer)
    monkeypatch.setattr(collector, "measure", lambda *_args: ["m f=1 1"])
    monkeypatch.setattr(collector.time, "sleep", lambda _seconds: None)
    with pytest.raises(Ended):
        collector.loop({"url": "http://192.0.2.1:8086", "bucket": "telemetry"}, 60, False)
    assert delivered == [1, held] and "Cannot write to telemetry" in capsys.readouterr().err
