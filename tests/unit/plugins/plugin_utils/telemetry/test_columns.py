# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV as the servers write it, to arrays."""
from __future__ import annotations

import csv
import io
import random

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import flux, influxql
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.columns import Lines, tables

NANO = 1_000_000_000

FLUX = (  # InfluxDB 2.7.12
    b',result,table,_time,_value,_field,slice\r\n'
    b',_result,0,2026-01-05T08:00:00Z,0.5,cpu_cores,db\r\n'
    b',_result,0,2026-01-05T08:05:00.25Z,1e-05,cpu_cores,db\r\n'
    b',_result,1,2026-01-05T08:00:00Z,0.5,cpu_cores,"we,ird"" x"\r\n'
    b'\r\n'
    b',result,table,_time,_value,_field,host,slice\r\n'
    b',_result,2,2026-01-05T08:00:00Z,512,memory_mib,a,web\r\n'
    b'\r\n'
    b',result,table,_time,_value,_field,slice\r\n'
    b',_result,6,2026-01-05T08:00:00Z,"a,b",txt,"we,ird"" x"\r\n'
    b'\r\n')
INFLUXQL = (  # InfluxDB 1.6.7
    b'name,tags,time,cpu_cores,memory_mib\n'
    b'slice_demand,slice=db,1767600000000000000,0.5,\n'
    b'slice_demand,slice=db,1767600300000000001,,7\n'
    b'slice_demand,"slice=we\\,ird""\\ x",1767600000000000000,0.5,\n'
    b'slice_demand,"host=a,slice=web",1767600000000000000,1.5,512\n'
    b'slice_demand,"host=b,slice=web",1767600000000000000,2.5,\n')
START = 1767600000 * NANO


def flat(segments):
    """The segments as lists; what is no number is None."""
    return [(s.slice, s.field, s.tags, s.times.tolist(), [None if np.isnan(value) else value for value in s.values.tolist()]) for s in segments]


def of_flux(chunks, size=1 << 24):
    for header, block in tables(chunks, size):
        names = [flux.NAMES.get(name, name) for name in header]
        yield from flux._fast(names, block, None) or flux._slow(names, block, None)


def of_influxql(chunks, size=1 << 24):
    for header, block in tables(chunks, size):
        yield from influxql._fast(header[3:], block, None) or influxql._slow(header[3:], block, None, False)


def test_flux():
    assert flat(of_flux([FLUX])) == [
        ("db", "cpu_cores", "", [START, START + 300 * NANO + 250_000_000], [0.5, 1e-05]),
        ('we,ird" x', "cpu_cores", "", [START], [0.5]),
        ("web", "memory_mib", "host=a", [START], [512.0]),
        ('we,ird" x', "txt", "", [START], [None])]


def test_influxql():
    assert flat(of_influxql([INFLUXQL])) == [
        ("db", "cpu_cores", "", [START], [0.5]), ("db", "memory_mib", "", [START + 300 * NANO + 1], [7.0]),
        ('we,ird" x', "cpu_cores", "", [START], [0.5]),
        ("web", "cpu_cores", "host=a", [START], [1.5]), ("web", "memory_mib", "host=a", [START], [512.0]),
        ("web", "cpu_cores", "host=b", [START], [2.5])]


@pytest.mark.parametrize("text, reader", [(FLUX, of_flux), (INFLUXQL, of_influxql)], ids=["flux", "influxql"])
@pytest.mark.parametrize("length", [1, 7, 64])
def test_where_the_pieces_of_the_answer_end_does_not_matter(text, reader, length):
    """Pieces of some bytes give the same points, though a series may come in several segments."""
    def merged(segments):
        out = {}
        for name, field, tags, times, values in flat(segments):
            out.setdefault((name, field, tags), []).extend(zip(times, values))
        return out

    chunks = [text[at:at + length] for at in range(0, len(text), length)]
    assert merged(reader(chunks, length)) == merged(reader([text]))


def test_own_flux_query_in_any_order_of_columns():
    names, block = ["", "result", "table", "field", "value", "time"], b',,0,"a,b",1.5,2026-01-05T08:00:00Z\r\n,,0,cpu,x,2026-01-05T08:00:00Z\r\n'
    assert flux._fast(names, block, "web") is None
    assert flat(flux._slow(names, block, "web")) == [("web", "a,b", "", [START], [1.5]), ("web", "cpu", "", [START], [None])]


def test_windows_of_an_own_flux_query_without_a_point_are_no_points():
    names, block = ["", "result", "table", "time", "value", "field"], b',,0,2026-01-05T08:00:00Z,,cpu\r\n,,0,2026-01-05T08:05:00Z,NaN,cpu\r\n'
    at = START + 300 * NANO
    assert flat(flux._fast(names, block, "web")) == flat(flux._slow(names, block, "web")) == [("web", "cpu", "", [at], [None])]


@pytest.mark.parametrize("text, seconds", [
    ("1970-01-01T00:00:00Z", 0), ("2000-02-29T23:59:59Z", 951868799), ("2026-01-05T08:00:00Z", 1767600000),
    ("2027-03-01T00:00:00Z", 1803859200), ("2100-12-31T12:00:00Z", 4133937600), ("1969-12-31T23:59:59Z", -1)])
@pytest.mark.parametrize("fraction", ["", ".5", ".123456789", ".000000001"])
def test_instants(text, seconds, fraction):
    cell = text.replace("Z", fraction + "Z")
    nanoseconds = int((fraction[1:] or "0").ljust(9, "0"))
    assert Lines(f"x,{cell},1\n".encode()).instants(1).tolist() == [seconds * NANO + nanoseconds]


class Narrow(np.ndarray):
    """Stays as narrow as it is beside a number of numpy too, as arrays of numpy before 2.0 do."""

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        plain = [int(one) if isinstance(one, np.integer) else np.asarray(one) if isinstance(one, np.ndarray) else one for one in inputs]
        return getattr(ufunc, method)(*plain, **options)


def test_instants_are_the_same_whatever_the_version_of_numpy():
    lines = Lines(b"x,2026-01-05T08:00:00Z,1\nx,2026-01-05T23:59:59.5Z,1\n")
    lines.data = lines.data.view(Narrow)
    assert lines.instants(1).tolist() == [START, START + 57599 * NANO + NANO // 2]


def test_against_the_csv_module():
    """Random tables of numbers: the same floats to the last digit, the same runs."""
    choose = random.Random(3)
    rows = [(f"t{number // 7}", choose.choice(["", repr(choose.uniform(-1e6, 1e6)), repr(choose.random() * 1e-9), "3"]),
             str(choose.randrange(10**18, 2 * 10**18))) for number in range(500)]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    lines = Lines(text.getvalue().encode())
    assert np.array_equal(lines.numbers(1), [float(row[1] or "nan") for row in rows], equal_nan=True)
    assert lines.numbers(-1, np.int64).tolist() == [int(row[2]) for row in rows]
    assert lines.runs(1) == [(first, min(first + 7, 500)) for first in range(0, 500, 7)]


@pytest.mark.parametrize("cell", ["x", "1.5.2", "true", '"1"', "1 2"])
def test_cells_that_are_no_numbers(cell):
    assert Lines(f"a,1,z\nb,{cell},z\n".encode()).numbers(1) is None
