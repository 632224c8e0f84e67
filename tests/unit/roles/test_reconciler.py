# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconciler of the role of that name: its slots, what it keeps, tells and forgets, and its alarm."""
from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import threading
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "roles" / "reconciler" / "files"
RECORD = {"began": 1767600000, "seconds": 12.5, "code": 0, "hosts": {"ok": 2, "changed": 1, "failures": 0, "unreachable": 0}, "why": ""}


@pytest.fixture(scope="module")
def parts():
    """{name: module} of the files of the role, none of which leaves a trace in sys.modules."""
    sys.path.insert(0, str(FOLDER))
    found = {}
    for name in ("netslice_records", "netslice_run", "netslice-reconciler"):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        found[name] = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found[name])
    yield found
    sys.path.remove(str(FOLDER))
    for name in found:
        del sys.modules[name]


@pytest.fixture
def records(parts):
    return parts["netslice_records"]


@pytest.fixture
def config(tmp_path):
    return {"playbook": "site.yml", "inventory": [], "directory": str(tmp_path), "interval_seconds": 300, "timeout_seconds": 60, "max_age_seconds": 900,
            "keep": 3, "keep_mib": 1, "written": 1767600000}


@pytest.mark.parametrize("now, slot", [(0, 300), (299.9, 300), (300, 600), (1767600000 + 3 * 300 + 17, 1767600000 + 4 * 300)])
def test_slots_are_multiples_and_missed_ones_are_left_out(parts, now, slot):
    assert parts["netslice-reconciler"].next_slot(now, 300) == slot


def test_a_pass_is_a_point(records):
    line = records.point({**RECORD, "code": 1, "why": 'Start of "web"\nC:\\x'}, "kvm 1,a=b")
    assert line == ('netslice_pass,host=kvm\\ 1\\,a\\=b code=1i,seconds=12.5,ok=2i,changed=1i,failures=0i,unreachable=0i,'
                    'outcome="failed",why="Start of \\"web\\" C:\\\\x" 1767600000')


def test_passes_are_counted_and_told(records, config, tmp_path):
    config["textfile"] = str(tmp_path / "netslice.prom")
    for code in (0, 1, 1, 4):
        records.keep(config, {**RECORD, "code": code, "began": RECORD["began"] + code * 300})
    state = records.state_of(config)
    assert state["counts"] == {"good": 1, "failed": 2, "late": 1}
    assert state["good"] == 1767600012 and state["last"]["code"] == 4
    text = (tmp_path / "netslice.prom").read_text()
    rows = dict(row.rsplit(" ", 1) for row in text.splitlines() if not row.startswith("#"))
    assert rows['netslice_passes_total{outcome="failed"}'] == "2" and rows['netslice_pass_last_hosts{result="ok"}'] == "2"
    assert rows["netslice_pass_last_good_timestamp_seconds"] == "1767600012"
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == {name.partition("{")[0] for name in rows}
    assert os.stat(config["textfile"]).st_mode & 0o777 == 0o644 and os.stat(tmp_path / "state.json").st_mode & 0o777 == 0o600


@pytest.mark.parametrize("left", ["", "{", "[]", '{"last": null}', "null"])
def test_a_damaged_state_is_begun_anew(records, config, tmp_path, left):
    (tmp_path / "state.json").write_text(left)
    assert records.state_of(config) == {"last": None, "good": None, "counts": {}, "unsent": []}


def test_points_are_kept_while_nothing_listens_and_bounded(records, config, capsys):
    config["influxdb"] = {"url": "http://127.0.0.1:9", "bucket": "b", "token": "a-secret"}
    for number in range(3):
        records.keep(config, {**RECORD, "began": number})
    assert [line.rsplit(" ", 1)[1] for line in records.state_of(config)["unsent"]] == ["0", "1", "2"]
    said = capsys.readouterr().out
    assert "http://127.0.0.1:9" in said and "a-secret" not in said
    state = records.state_of(config)
    state["unsent"] = ["x"] * records.HELD_LINES
    records.write(str(Path(config["directory"], "state.json")), json.dumps(state))
    records.keep(config, RECORD)
    assert len(records.state_of(config)["unsent"]) == records.HELD_LINES


class Elsewhere(BaseHTTPRequestHandler):
    """Sends whoever writes to /moved, and answers there; in place of HTTP under /garbage."""

    asked: list = []

    def do_POST(self):
        self.asked.append((self.path, self.headers.get("Authorization")))
        if self.path.startswith("/garbage"):
            self.wfile.write(b"no HTTP at all\r\n\r\n")
            return
        self.send_response(302)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/moved")
        self.end_headers()

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("Authorization")))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments):
        """Nothing is printed."""


@pytest.mark.parametrize("path, why", [("", "302"), ("/garbage", "no HTTP at all")])
def test_a_server_that_is_no_influxdb_gets_no_token_twice_and_ends_no_pass(records, config, capsys, path, why):
    Elsewhere.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config["influxdb"] = {"url": f"http://127.0.0.1:{server.server_port}{path}", "bucket": "b", "token": "a-secret"}
        records.keep(config, RECORD)
        server.shutdown()
    assert why in capsys.readouterr().out and len(records.state_of(config)["unsent"]) == 1
    assert [one.startswith(f"{path}/api/v2/write") for one, _token in Elsewhere.asked] == [True]


def test_a_full_disk_takes_neither_the_status_of_a_pass_nor_the_pruning(parts, config, tmp_path, monkeypatch, capsys):
    reconciler = parts["netslice-reconciler"]
    for number in range(5):
        made(tmp_path / "artifacts", f"20260105T0{number}", 10)

    def full(*_arguments):
        assert len(list((tmp_path / "artifacts").iterdir())) == 3
        raise OSError(28, "No space left on device")

    def run(*_arguments):
        assert len(list((tmp_path / "artifacts").iterdir())) == 3
        made(tmp_path / "artifacts", "20260105T05", 10)
        return {**RECORD, "code": 1, "why": "a reason"}

    monkeypatch.setattr(reconciler, "run", run)
    monkeypatch.setattr(reconciler, "keep", full)
    assert reconciler.one_pass(config, "config.json") == 1
    said = capsys.readouterr().err
    assert "Cannot keep what came of the pass: [Errno 28]" in said and "Cannot finish the pass: a reason" in said


def made(folder, name, size):
    (folder / name / "job_events").mkdir(parents=True)
    (folder / name / "job_events" / "1.json").write_bytes(b"x" * size)


@pytest.mark.parametrize("sizes, keep, mib, left", [
    ([10] * 5, 3, 1, ["20260105T04", "20260105T03", "20260105T02"]),
    ([600_000] * 5, 3, 1, ["20260105T04"]),
    ([10, 10, 10, 10, 9_000_000], 3, 1, ["20260105T04"]),
])
def test_outputs_are_bounded_in_number_and_size(parts, tmp_path, sizes, keep, mib, left):
    for number, size in enumerate(sizes):
        made(tmp_path, f"20260105T0{number}", size)
    parts["netslice_run"].prune(tmp_path, keep, mib)
    assert sorted((path.name for path in tmp_path.iterdir()), reverse=True) == left


def test_the_alarm_is_given_once_until_a_good_pass(records, config, tmp_path):
    told = tmp_path / "told"
    config["alarm_command"] = ["sh", "-c", f'printf "%s\\n" "$NETSLICE_ALARM" >>{told}']
    assert records.too_old(config, 1767600900) is None
    assert "No good pass of site.yml since 901 s" in records.too_old(config, 1767600901)
    records.keep(config, {**RECORD, "code": 1, "began": 1767600901, "why": "task on kvm1: no route"})
    assert "ended failed: task on kvm1: no route" in records.too_old(config, 1767600950)
    assert told.read_text().count("\n") == 1
    records.keep(config, {**RECORD, "began": 1767601000})
    assert records.too_old(config, 1767601100) is None
    assert records.too_old(config, 1767602000)
    assert told.read_text().count("\n") == 2


def test_a_command_that_fails_gives_the_alarm_again(records, config, tmp_path):
    config["alarm_command"] = ["sh", "-c", f"echo >>{tmp_path / 'told'}; exit 1"]
    assert records.too_old(config, 1767609999) and records.too_old(config, 1767609999)
    assert (tmp_path / "told").read_text() == "\n\n"


@pytest.mark.parametrize("command", [["/nowhere/page"], ["sleep", "9"]])
def test_a_command_that_is_not_there_or_hangs_ends_nothing(records, config, monkeypatch, capsys, command):
    monkeypatch.setattr(records, "ALARM_SECONDS", 0.2)
    assert "No good pass" in records.too_old({**config, "alarm_command": command}, 1767609999)
    assert f"Cannot give the alarm by ['{command[0]}'" in capsys.readouterr().err


def test_a_clock_set_back_is_an_alarm(records, config):
    records.keep(config, RECORD)
    assert "set back" in records.too_old(config, 1767500000)


def test_two_do_not_hold_one_lock(parts, tmp_path):
    run = parts["netslice_run"]
    held = run.lock(str(tmp_path / "pass.lock"))
    with pytest.raises(run.Busy, match="is locked, so another one runs"):
        run.lock(str(tmp_path / "pass.lock"))
    os.close(held)
    run.free(str(tmp_path / "pass.lock"))


def test_the_connection_is_given_to_the_playbook_alone(parts, config):
    config["influxdb"] = {"url": "http://192.0.2.5:8086", "token": "t", "username": "", "validate_certs": True}
    config["environment"] = {"ANSIBLE_FORKS": 20}
    found = parts["netslice_run"].environment(config)
    assert {name: value for name, value in found.items() if name != "PATH"} == {
        "NETSLICE_INFLUXDB_URL": "http://192.0.2.5:8086", "NETSLICE_INFLUXDB_TOKEN": "t", "NETSLICE_INFLUXDB_VALIDATE_CERTS": "True", "ANSIBLE_FORKS": "20"}
    assert found["PATH"].split(os.pathsep)[0] == os.path.dirname(sys.executable)


def test_only_faults_and_counts_are_kept_as_events(parts):
    watch = parts["netslice_run"].Watch()
    fault = {"event": "runner_on_failed", "event_data": {"task": "slice_vms", "host": "kvm1", "res": {"msg": "Cannot define"}}}
    assert not watch({"event": "runner_on_ok", "event_data": {"res": {"x": 1}}})
    assert not watch({"event": "runner_on_failed", "event_data": {"ignore_errors": True}})
    assert watch.why == ""
    assert watch(fault) and watch({**fault, "event_data": {"res": {}}}) and watch({"event": "playbook_on_stats"})
    assert watch.why == "slice_vms on kvm1: Cannot define"


@pytest.mark.parametrize("printed, said", [
    ("PLAY\n\nTASK [one] ***\n\x1b[0;32mok: [kvm1]\x1b[0m\n\x1b[1;31mfatal: [kvm2]\x1b[0m\n", "TASK [one] *** ok: [kvm1] fatal: [kvm2]"), ("", "nothing")])
def test_a_run_that_was_killed_tells_the_last_that_it_said_without_colours(parts, printed, said):
    runner = types.SimpleNamespace(stdout=io.StringIO(printed))
    run = parts["netslice_run"]
    assert run.reason(runner, run.Watch(), run.FAILED, {}) == f"no task failed; ansible-playbook ended after saying: {said}"


def test_the_reason_of_a_loop_is_that_of_its_first_failed_item(parts):
    watch = parts["netslice_run"].Watch()
    results = [{"item": "lb1", "changed": False}, {"item": "lb2", "failed": True, "msg": "Cannot reach HAProxy"}]
    watch({"event": "runner_on_failed", "event_data": {"task": "servers", "host": "kvm1", "res": {"msg": "One or more items failed", "results": results}}})
    assert watch.why == "servers on kvm1: Cannot reach HAProxy"


def test_a_disk_that_fills_while_a_pass_runs_fails_it(parts, config, monkeypatch):
    class Runner:
        config = type("Config", (), {"command": []})

        def run(self):
            raise OSError(28, "No space left on device")

        @property
        def stats(self):
            raise AssertionError("ansible-runner waits for an end that it did not see")

    run = parts["netslice_run"]
    monkeypatch.setattr(run, "prepared", lambda *_arguments, **_handlers: Runner())
    monkeypatch.setattr(run.signal, "signal", lambda *_arguments: None)
    record = run.run(config, ["python"])
    assert (record["code"], record["hosts"]["ok"]) == (1, 0) and "No space left on device; free space in" in record["why"]


@pytest.mark.parametrize("text, said", [(None, "Cannot read"), ("{", "Cannot read"), ("[]", "lacks"), ('{"playbook": "x"}', "lacks directory")])
def test_a_wrong_configuration_is_refused(tmp_path, text, said):
    path = tmp_path / "config.json"
    if text is not None:
        path.write_text(text)
    done = subprocess.run([sys.executable, str(FOLDER / "netslice-reconciler.py"), "--config", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
