# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the fit to the public traces takes: `make bench-forecast` as a whole, its 24 forecasts a trace included."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import figure, public_traces
from traces import read_folder


def main() -> None:
    folder = public_traces("a fit")
    count = len(read_folder(folder))
    with tempfile.TemporaryDirectory() as out:
        begin = time.perf_counter()
        done = subprocess.run([sys.executable, str(Path(__file__).with_name("forecast.py")), "--traces", folder, "--mode", "site",
                               "--out", os.path.join(out, "forecast.csv")], check=False)
        seconds = time.perf_counter() - begin
    if done.returncode:
        sys.exit(done.returncode)
    figure(f"fit to {count} public traces, and 24 forecasts of each", seconds, "s", 120)


if __name__ == "__main__":
    main()
