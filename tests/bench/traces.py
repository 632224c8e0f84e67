# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traces of 5-minute rows from CSV files, for training and benchmarks."""
from __future__ import annotations

import csv
import glob
import gzip
import os
from datetime import datetime, timezone

import numpy as np


def _seconds(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


def _rows(path):
    with (gzip.open(path, "rt", newline="") if path.endswith(".gz") else open(path, newline="", encoding="utf-8")) as file:
        yield from csv.DictReader(file)


def read_long(folder):
    """Files series,timestamp,value in `folder` -> values of each series, epoch seconds of their first rows."""
    values, starts = {}, {}
    for path in sorted(glob.glob(os.path.join(folder, "*.csv*"))):
        for row in _rows(path):
            name = row["series"]
            starts.setdefault(name, row["timestamp"])
            values.setdefault(name, []).append(float(row["value"]))
    names = sorted(values)
    return [np.array(values[name]) for name in names], [_seconds(starts[name]) for name in names]


def read_folder(folder):
    """Files timestamp,value in `folder` -> {name of the file: (values, epoch seconds of the first row)}."""
    out = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.csv"))):
        rows = list(_rows(path))
        out[os.path.basename(path)[:-4]] = (np.array([float(row["value"]) for row in rows]), _seconds(rows[0]["timestamp"]))
    if not out:
        raise SystemExit(f"Cannot forecast the traces of {folder}: it holds no *.csv file. Name a folder of timestamp,value files.")
    return out
