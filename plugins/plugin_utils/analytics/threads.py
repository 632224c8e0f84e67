# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a batch on a few threads that end with it, and none of the threads that libraries keep.

A thread that outlives the forecast is what a forked ansible worker waits for without end, so torch and the products of numpy get one
thread each (see network.py, lean.py), and the cores are used by threads of Python, which both libraries let run side by side.
"""
from __future__ import annotations

import ctypes
import os
import sys
from concurrent.futures import ThreadPoolExecutor

#: more than these share the memory bus rather than the work
MOST = 4
#: names by which builds of OpenBLAS export the same function
_SETTERS = ("scipy_openblas_set_num_threads64_", "scipy_openblas_set_num_threads", "openblas_set_num_threads64_", "openblas_set_num_threads")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(work, parts) -> None:
    """work(*part) for every part; what a part gives does not depend on how many threads there are. Raises what work raises."""
    count = min(cores(), MOST, len(parts))
    if count < 2:
        for part in parts:
            work(*part)
        return
    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(work, *part) for part in parts]:
            done.result()


def one_blas_thread() -> bool:
    """Let the OpenBLAS that numpy brings compute a product on the thread that asks for it. -> whether there was one to tell.

    Its own threads wait for each other by spinning: where other processes want the cores too, a product takes ten times as long.
    """
    core = sys.modules.get("numpy._core._multiarray_umath") or sys.modules.get("numpy.core._multiarray_umath")
    try:
        library = ctypes.CDLL(core.__file__)
    except (AttributeError, OSError):
        return False
    for name in _SETTERS:
        if hasattr(library, name):
            getattr(library, name)(1)
            return True
    return False
