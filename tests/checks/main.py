# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`tests/run CHECK...`: run checks in a fresh copy of the tree and print one line of totals."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import ansible_test
import bench
import core
import lab
import lint
from outcome import BUILD, TOP, Totals

CHECKS = {
    "lint": lint.check,
    "sanity": ansible_test.sanity,
    "unit": ansible_test.units,
    "integration": ansible_test.integration,
    "lab": lab.check,
    "bench": bench.check,
}


def fresh_tree():
    """The copy that all checks run in; the outputs of earlier runs are not part of it."""
    root = BUILD / "tree"
    ansible_collections = Path(sysconfig.get_path("purelib")) / "ansible_collections"
    subprocess.run(["rm", "-rf", str(root)], check=True)
    subprocess.run([str(TOP / "tests" / "tree"), str(root)], check=True, stdout=subprocess.DEVNULL)
    for dependency in ("community/libvirt",):
        shutil.copytree(ansible_collections / dependency, root / "ansible_collections" / dependency)
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = os.environ["PYTHONPATH"] = str(root)
    collection = root / "ansible_collections" / "foresight" / "netslice"
    # ansible-test asks git which files to test; the repository around build/ would answer "none, they are ignored".
    subprocess.run(["git", "init", "-q", str(collection)], check=True)
    subprocess.run(["git", "-C", str(collection), "add", "--all"], check=True)
    return collection


def unpack_servers() -> None:
    """Put the InfluxDB 2 that stands beside the project, if one does, where tests/lab/influx.py looks for it."""
    unpack = TOP.parent / "shared" / "bin" / "unpack"
    if unpack.exists():
        subprocess.run([str(unpack)], check=True, stdout=subprocess.DEVNULL)


def main(argv: list[str]) -> int:
    totals = Totals()
    unpack_servers()
    collection = fresh_tree()
    if argv[:1] == ["core"]:
        core.check(totals, collection, argv[1])
    else:
        for name in CHECKS if argv[:1] == ["all"] else argv:
            CHECKS[name](totals, collection)
        if argv[:1] == ["all"]:
            core.check(totals, collection, os.environ.get("CORE", "2.16"))
    return totals.report()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
