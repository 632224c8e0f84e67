# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector of the role telemetry: its reading of tc, its rates and its points."""
from __future__ import annotations

import json
import re
import sys

import pytest

STAT = """\
# pxname,svname,qcur,qmax,scur,stot,req_tot,hrsp_2xx,status,type,mode,
netslice_web,FRONTEND,,,1,9,9,9,OPEN,0,http,
netslice_web,web-10-90-2-4,0,0,1,90,90,80,UP,2,http,
netslice_web,BACKEND,0,0,1,90,{requests},80,UP,1,http,
shop,BACKEND,0,0,1,{requests},0,0,UP,1,tcp,
other,BACKEND,0,0,1,90,90,80,UP,1,http,
"""

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
    <metadata><netslice:vm xmlns:netslice="urn:foresight:netslice:1" slice="web" vip="10.90.2.2"/></metadata>
    <memory>524288</memory><os><type>hvm</type></os></domain>
  <domain type="test"><name>somebody-elses</name><memory>524288</memory><os><type>hvm</type></os></domain>
  <network><name>netslice-db</name>
    <metadata><netslice:network xmlns:netslice="urn:foresight:netslice:1" slice="db" id="17"/></metadata>
    <bridge name="nsb17"/><ip address="10.90.3.1" netmask="255.255.255.224"/></network>
</node>
"""


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
    assert [line.split()[0] for line in lines] == 2 * ["netslice_vm,host=kvm1,slice=web,vm=web-10-90-2-2,vip=10.90.2.2", "slice_demand,host=kvm1,slice=db",
                                                       "slice_demand,host=kvm1,slice=web"]
    assert "cpu_cores" not in lines[0] and "cpu_cores" in lines[3] and "memory_mib=512.0" in lines[5]


@pytest.mark.parametrize("config, message", [
    ("{", "Write it anew"), ('{"uri": "nosuch:///", "host": "kvm1"}', "Cannot measure kvm1: libvirt at nosuch:/// fails"),
    ('{"host": "kvm1", "state": "/nowhere/counters.json"}', "Cannot keep counters and 0 points in /nowhere/counters.json: No such file.*Make its folder"),
    ('{"haproxy": "/nowhere/s", "host": "kvm1"}', "Cannot measure HAProxy of kvm1 at /nowhere/s: .*No such file.*Start HAProxy")])
def test_failures(collector, tmp_path, monkeypatch, capsys, config, message):
    pytest.importorskip("libvirt", reason="libvirt-python is not installed")
    (tmp_path / "config.json").write_text(config)
    monkeypatch.setattr(sys, "argv", ["collector", "--config", str(tmp_path / "config.json")])
    assert collector.main() == 1
    assert re.search(message, capsys.readouterr().err)


def test_haproxy_has_the_names_and_tags_of_telegraf(collector):
    rates, host = collector.Rates(), "lb 1"

    def at(now, requests):
        points = collector.haproxy_points(STAT.format(requests=requests), host, "/run/s", {"shop": "store"})
        told = collector.requests(points, rates, now)
        rates.turn(now)
        return points, told

    assert at(1000, 100)[1] == {}, "it may have counted for long"
    points, told = at(1010, 150)
    assert told == {"web": 5.0, "store": 5.0}, "of a backend that forwards TCP, connections"
    assert at(1020, 20)[1] == {"web": 2.0, "store": 2.0}, "HAProxy was restarted"
    lines = [collector.line(*point, 1000) for point in points]
    assert lines[1] == ("haproxy,host=lb\\ 1,server=/run/s,proxy=netslice_web,sv=web-10-90-2-4,type=server,slice=web,vip=10.90.2.4 "
                        'scur=1i,stot=90i,qcur=0i,req_tot=90i,http_response.2xx=80i,status="UP" 1000000000000')
    assert "slice" not in points[-1][1] and points[0][1]["type"] == "frontend"


def test_the_host_itself(collector):
    rates = collector.Rates()
    texts = ("cpu  {} 0 0 {} 0 0 0 0 0 0\ncpu0 1 1\n",
             "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 250 kB\nBuffers: 5 kB\nCached: 50 kB\nHugePages_Total:  0\n",
             "Inter-|\n face |bytes\n  eth0: 10 2 0 1 0 0 0 0 30 4 0 0 0 0 0 0\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n")
    first = collector.system_points(texts[0].format(100, 100), *texts[1:], "kvm1", ["eth0"], rates, 1000)
    rates.turn(1000)
    second = collector.system_points(texts[0].format(130, 170), *texts[1:], "kvm1", ["eth0"], rates, 1010)
    assert first[0][2] == {} and second[0][2]["usage_active"] == 30.0 and second[0][2]["usage_idle"] == 70.0
    assert second[1][2]["used_percent"] == 75.0 and second[1][2]["used"] == 750 * 1024
    told = {"bytes_recv": 10, "packets_recv": 2, "err_in": 0, "drop_in": 1, "bytes_sent": 30, "packets_sent": 4, "err_out": 0, "drop_out": 0}
    assert second[2] == ("net", {"host": "kvm1", "interface": "eth0"}, told)


def test_one_source_that_fails_does_not_silence_the_others(collector, tmp_path):
    lines, failures = collector.measure({"host": "kvm1", "uri": "nosuch:///", "haproxy": str(tmp_path / "none"), "system": True}, collector.Rates(), 1000)
    assert [line.split(",")[0] for line in lines] == ["mem"] and len(failures) == 2
