# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cells of CSV to arrays, without a Python object for each row.

InfluxDB sends all rows of a series in one run, and the cells that vary inside a run are plain numbers and instants.
So instants and numbers are read column by column with numpy, and the rest of a row only once a run.
"""
from __future__ import annotations

import csv
import math
import warnings

try:
    import numpy as np
except ImportError:
    np = None

COMMA, NEWLINE, RETURN, ZERO = 44, 10, 13, 48
#: places of the digits of a date
DATE = (0, 1, 2, 3, 5, 6, 8, 9)


class Lines:
    """The rows of a block of CSV: bytes that end with a line break, without header or blank lines."""

    def __init__(self, block: bytes):
        self.block = block
        self.data = np.frombuffer(block, dtype=np.uint8)
        breaks = np.flatnonzero(self.data == NEWLINE)
        self.starts = np.concatenate(([0], breaks[:-1] + 1))
        self.ends = breaks - (self.data[np.maximum(breaks - 1, 0)] == RETURN)
        commas = np.flatnonzero(self.data == COMMA)
        self._first = np.searchsorted(commas, self.starts)
        self._last = np.searchsorted(commas, self.ends)
        self._commas = np.append(commas, len(self.data))

    def cell(self, column: int):
        """(begin, end) offsets of one column; negative columns count from the right.

        A column counted from the left needs all before it, one from the right all after it, to be without quoted commas.
        """
        if column < 0:
            at = self._last + column
            end = self.ends if column == -1 else self._commas[at + 1]
            return self._commas[at] + 1, end
        begin = self.starts if column == 0 else self._commas[self._first + column - 1] + 1
        return begin, np.minimum(self._commas[self._first + column], self.ends)

    def numbers(self, column: int, dtype=float):
        """One column as an array, empty cells NaN; None when a cell is no number."""
        begin, end = self.cell(column)
        filled = end > begin
        if filled.all():
            return self._parse(begin, end, dtype)
        out = np.full(len(begin), np.nan)
        found = self._parse(begin[filled], end[filled], dtype)
        if found is None:
            return None
        out[filled] = found
        return out

    def _parse(self, begin, end, dtype):
        if not len(begin):
            return np.empty(0, dtype)
        text = self._joined(begin, end)
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # numpy's word for a cell that is no number, before it refused one
            try:
                found = np.fromstring(text, dtype=dtype, sep=",")
            except (ValueError, DeprecationWarning):
                return None
        return found if len(found) == len(begin) else None

    def _joined(self, begin, end) -> bytes:
        """The cells one after another, each followed by a comma."""
        sizes = end - begin + 1  # what ends a cell comes with it
        after = np.cumsum(sizes)
        places = np.repeat((begin - after + sizes).astype(np.int32), sizes)
        places += np.arange(len(places), dtype=np.int32)
        text = self.data[places]
        text[after - 1] = COMMA
        return text.tobytes()

    def instants(self, column: int):
        """One column of RFC 3339 instants in UTC as int64 nanoseconds since 1970."""
        begin, end = self.cell(column)
        days = self._days(begin)

        def number(place):
            # Cast first: numpy before 2.0 would go on in 8 bits.
            return self.data[begin + place].astype(np.int64) * 10 + self.data[begin + place + 1] - 11 * ZERO

        seconds = ((days * 24 + number(11)) * 60 + number(14)) * 60 + number(17)
        return seconds * 1_000_000_000 + self._fractions(begin, end)

    def _days(self, begin):
        """Days since 1970 of the dates that begin there; read once a stretch of rows of one date, of which there are few."""
        digits = self.data[begin[:, None] + np.array(DATE)]
        first = np.flatnonzero(np.append(True, (digits[1:] != digits[:-1]).any(axis=1)))[:len(begin)]
        date = digits[first].astype(np.int64) - ZERO
        found = _days(date[:, :4] @ (1000, 100, 10, 1), date[:, 4:6] @ (10, 1), date[:, 6:] @ (10, 1))
        return np.repeat(found, np.diff(np.append(first, len(begin))))

    def _fractions(self, begin, end):
        """Nanoseconds after the second; instants are `...:00Z` or `...:00.123456789Z`, one to nine digits."""
        out = np.zeros(len(begin), np.int64)
        long = np.flatnonzero(end - begin > 20)
        if len(long):
            places = np.arange(20, 29)
            at = begin[long, None] + places
            digits = self.data[np.minimum(at, len(self.data) - 1)].astype(np.int64) - 48
            digits[at >= end[long, None] - 1] = 0  # past the last digit, where the Z stands
            out[long] = digits @ (10 ** np.arange(8, -1, -1))
        return out

    def runs(self, column: int) -> list[tuple[int, int]]:
        """[first row, row after the last) of each stretch of rows that agree in all cells left of a column.

        Looks only where a stretch may end, so it needs equal rows to stand together, as the server sends them.
        """
        limit = self.cell(column)[0]
        count, first, found = len(self.starts), 0, []

        def same(row):
            return self.block[self.starts[row]:limit[row]] == key

        while first < count:
            key = self.block[self.starts[first]:limit[first]]
            low, high = first, min(first + 1, count)
            while high < count and same(high):  # gallop, then halve
                low, high = high, min(high + 2 * (high - first), count)
            while low + 1 < high:
                middle = (low + high) // 2
                low, high = (middle, high) if same(middle) else (low, middle)
            found.append((first, low + 1))
            first = low + 1
        return found

    def row(self, index: int) -> list[str]:
        """All cells of one row, unquoted."""
        return cells(self.block[self.starts[index]:self.ends[index]].decode("utf-8", "replace"))


def number(text: str) -> float:
    """The number in a cell, NaN where it holds something else."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def cells(line: str) -> list[str]:
    """The cells of one line of CSV."""
    return next(csv.reader([line]), [])


def _days(year, month, day):
    """Days since 1970-01-01 of dates of the Gregorian calendar; the year is made to begin in March."""
    year = year - (month <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def tables(chunks, size: int = 1 << 24):
    """Pieces of a CSV answer -> (header cells, rows as bytes) of each table, in order.

    Tables are set apart by a blank line, and each begins with its header. A long table comes in several pieces of
    about `size` bytes, cut between rows.
    """
    header, rest = None, b""
    for chunk in _sized(chunks, size):
        text = rest + chunk
        cut = text.rfind(b"\n") + 1
        rest = text[cut:]
        for line_block in _split(text[:cut]):
            if line_block is None:
                header = None
                continue
            if header is None:
                line, _newline, line_block = line_block.partition(b"\n")
                header = cells(line.decode("utf-8", "replace").rstrip("\r"))
            if line_block:
                yield header, line_block


def _sized(chunks, size: int):
    """Small chunks joined to about `size` bytes; ends with a line break."""
    held, length = [], 0
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    yield b"".join(held) + b"\n"


def _split(text: bytes):
    """Stretches of lines between blank lines, and None for each blank line."""
    line_break = b"\r\n" if text[:text.find(b"\n") + 1].endswith(b"\r\n") else b"\n"
    begin = 0
    while begin < len(text):
        if text.startswith(line_break, begin) or text.startswith(b"\n", begin):
            begin = text.index(b"\n", begin) + 1
            yield None
            continue
        end = text.find(line_break + line_break, begin)
        end = len(text) if end < 0 else end + len(line_break)
        yield text[begin:end]
        begin = end
