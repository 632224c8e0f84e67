# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of telemetry on real servers: made once, changed where it differs, with rights that are least, and removed."""
from __future__ import annotations

import time
import uuid

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput, TelemetryError
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.store import MEASUREMENTS, Wanted, store_of, wanted
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.store_flux import flux_of
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.store_influxql import queries_of, seconds_of

ARGS = {"retention_seconds": 2592000, "downsample_seconds": 3600, "downsample_retention_seconds": 34214400, "measurements": MEASUREMENTS, "access": []}


def asked(bucket, **changes):
    access = {"collectors": "write", "passes": "both", "reports": "read"}
    measurements, passwords = {"slice_demand": ["cpu_cores", "requests_per_second"]}, dict.fromkeys(access, "a-pass-word")
    return Wanted(bucket, 2592000, 10, 34214400, measurements, access, passwords)._replace(**changes)


@pytest.fixture
def bucket():
    return "store_" + uuid.uuid4().hex[:8]


def take(steps):
    tokens = {}
    for step in steps:
        tokens.update(step.do() or {})
    return tokens


def of(options, want, name, tokens):
    """The connection options of somebody with access."""
    who = {"influxdb_token": tokens[name]} if tokens else {"influxdb_username": name, "influxdb_password": "a-pass-word"}
    return {**options, **who, "influxdb_bucket": want.bucket}


def test_made_once_and_removed(options, bucket):
    store, want = store_of(options), asked(bucket)
    steps, there = store.present(want)
    assert there == {} and len(steps) >= 6
    assert store.present(want)[0] != [], "planning changes nothing"
    tokens = take(steps)
    again, found = store.present(want)
    assert [step.words for step in again] == [] and found == tokens

    changed, _tokens = store.present(want._replace(retention=0, kept=0, every=20, measurements={"slice_demand": ["cpu_cores"]}, access={"collectors": "read"}))
    assert len(changed) in (4, 5) and any("for ever" in step.words for step in changed), [step.words for step in changed]
    take(changed)
    assert store.present(want._replace(retention=0, kept=0, every=20, measurements={"slice_demand": ["cpu_cores"]}, access={"collectors": "read"}))[0] == []

    take(store.absent(want, False))
    assert store.absent(want, False) == []
    with connect({**options, "influxdb_bucket": bucket}) as client:
        client.write([Point("m", {}, {"x": 1.0}, int(time.time()))])  # the points stay
    take(store.absent(want, True))
    assert store.absent(want, True) == []


def test_a_token_is_replaced_by_one_that_is_there_before_the_old_one_goes(influx2, bucket, monkeypatch):
    """A run that is cut off between the two leaves a good token, and the next one removes the old one and makes no third."""
    store, want = store_of(checked(influx2.options)), asked(bucket, every=0, access={"collectors": "write"})
    old = take(store.present(want)[0])["collectors"]
    more = want._replace(access={"collectors": "both"})
    steps, do = store.present(more)[0], store._do

    def cut_off(method, path, document=None):
        if method == "DELETE":
            raise TelemetryError("the connection is gone")
        return do(method, path, document)

    try:
        monkeypatch.setattr(store, "_do", cut_off)
        with pytest.raises(TelemetryError, match="the connection is gone"):
            take(steps)
        monkeypatch.setattr(store, "_do", do)
        left, there = store.present(more)
        assert [step.words for step in left] == ["remove a token of collectors that was replaced"] and there["collectors"] != old
        now = int(time.time())
        for token in (old, there["collectors"]):
            with connect({**checked(influx2.options), "influxdb_token": token, "influxdb_bucket": bucket}) as client:
                assert client.write([Point("m", {}, {"x": 1.0}, now)])
        take(left)
        assert store.present(more) == ([], there)
        with connect({**checked(influx2.options), "influxdb_token": old, "influxdb_bucket": bucket}) as client, pytest.raises(TelemetryError):
            client.write([Point("m", {}, {"x": 1.0}, now)])
    finally:
        take(store.absent(want, True))
    assert store.absent(want, True) == []


def test_no_points_are_lost_unasked(options, bucket):
    store, want = store_of(options), asked(bucket, access={}, retention=0)
    take(store.present(want)[0])
    try:
        shorter = want._replace(retention=2592000)
        with pytest.raises(InvalidInput, match="retention_seconds: .*is kept for ever now, so that points older than 2592000 s would be lost; .*drop_data"):
            store.present(shorter)
        with pytest.raises(InvalidInput, match="downsample_retention_seconds: .*is kept for 34214400 s now"):
            store.present(want._replace(kept=8640000))
        assert len(store.present(shorter, True)[0]) == 1
        take(store.present(shorter, True)[0])
        assert store.present(shorter) == ([], {}), "what is so already asks for nothing"
    finally:
        take(store.absent(want, True))


def test_without_an_organization_the_only_one_is_meant(influx2, bucket):
    options = checked({**influx2.options, "influxdb_org": None})
    store = store_of(options)
    assert store.org == influx2.org
    made = store._do("POST", "/orgs", {"name": bucket})
    try:
        with pytest.raises(InvalidInput, match=f"influxdb_org: is not given, and there are .*{bucket}; name one"):
            store_of(options)
    finally:
        store._do("DELETE", f"/orgs/{made['id']}")


def test_a_user_that_serves_another_database_stays(influx1, bucket):
    options, other = checked(influx1.options), f"{bucket}_other"
    store, name = store_of(options), f"user_{bucket}"
    here, there = (asked(one, every=0, access={name: "both"}, passwords={name: "a-pass-word"}) for one in (bucket, other))
    for want in (here, there):
        take(store.present(want)[0])
    try:
        take(store.absent(here, False))
        assert store.absent(here, False) == [] and store.present(there) == ([], {})
        assert [step.words for step in store.present(here)[0]] == [f"let user {name} read and write"]
    finally:
        take(store.absent(here, True))
        assert f"remove user {name}" in [step.words for step in store.absent(there, True)]
        take(store.absent(there, True))


def test_names_of_any_letters(options, bucket):
    store, want = store_of(options), asked(f"{bucket} é ${{x}}", access={}, measurements={'a "é"': ["${x}", "ö"]})
    try:
        take(store.present(want)[0])
        assert store.present(want) == ([], {})
    finally:
        take(store.absent(want, True))


def test_rights_are_least(options, bucket):
    store, want, now = store_of(options), asked(bucket), int(time.time())
    tokens = take(store.present(want)[0])
    point = [Point("m", {"slice": "web"}, {"x": 1.0}, now)]
    try:
        for name, may_read, may_write in (("collectors", False, True), ("passes", True, True), ("reports", True, False)):
            with connect(of(options, want, name, tokens)) as client:
                for may, do in ((may_write, lambda client=client: client.write(point)),
                                (may_read, lambda client=client: client.rows("m", {"x": float}, now - 5, now + 5))):
                    if may:
                        assert do()
                    else:
                        with pytest.raises(TelemetryError, match="refuses the credentials|does not exist, or the credentials may not see it"):
                            do()
            other = {**of(options, want, name, tokens), "influxdb_bucket": options["influxdb_bucket"]}
            with connect(other) as client, pytest.raises(TelemetryError):
                client.write(point)
    finally:
        take(store.absent(want, True))


def test_means_are_written(options, bucket):
    store, want = store_of(options), asked(bucket, access={})
    take(store.present(want)[0])
    try:
        begin = int(time.time()) // 10 * 10
        with connect({**options, "influxdb_bucket": bucket}) as client:
            client.write([Point("slice_demand", {"slice": "web"}, {"requests_per_second": value, "other": 1.0}, at)
                          for at, value in ((begin, 10.0), (begin + 5, 20.0))])
            means = f"{bucket}_downsampled" if client.dialect == "flux" else f"{bucket}/downsampled"
            deadline, rows = time.time() + 300, []
            while not rows and time.time() < deadline:
                time.sleep(1)
                rows = client.rows("slice_demand", {"requests_per_second": float, "other": float}, begin, begin + 9, bucket=means)
        assert rows == [{"time": begin, "slice": "web", "requests_per_second": 15.0}]
    finally:
        take(store.absent(want, True))


def test_credentials_that_may_not(options, bucket):
    wrong = {**options, "influxdb_token": options["influxdb_token"] and "wrong", "influxdb_password": "wrong"}
    with pytest.raises(TelemetryError, match="refuses the credentials"):
        store_of(wrong).present(asked(bucket))


@pytest.mark.parametrize("change, bucket_, message", [
    ({"retention_seconds": 86400}, "t", "retention_seconds: 86400 is less"), ({"downsample_retention_seconds": 86400}, "t", "no longer than"),
    ({}, "t/p", "influxdb_bucket: t/p"), ({"access": [{"name": "a", "rights": "read"}] * 2}, "t", "access: a name stands there twice")])
def test_refusals(change, bucket_, message):
    with pytest.raises(InvalidInput, match=message):
        wanted({**ARGS, **change}, bucket_)


@pytest.mark.parametrize("text, seconds", [("0s", 0), ("168h0m0s", 604800), ("1h30m5s", 5405)])
def test_durations(text, seconds):
    assert seconds_of(text) == seconds


def test_names_cannot_break_out():
    want = asked('te"le${x}', measurements={'a"b': ['c"d']})
    assert r'bucket: "te\"le\${x}"' in flux_of(want, "org") and r'r._measurement == "a\"b"' in flux_of(want, "org")
    assert r'set: ["c\"d"]' in flux_of(want, "org") and r'set: ["\${x}", "é"]' in flux_of(asked("t", measurements={"a": ["é", "${x}"]}), "org")
    assert r'FROM "te\"le${x}"."auto"."a\"b"' in next(iter(queries_of(want, "auto").values()))
