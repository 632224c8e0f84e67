# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Linters on the tree, and what Galaxy asks of the tarball built from it."""
from __future__ import annotations

import shutil
from pathlib import Path

from outcome import BUILD, Totals, run

IMPORTER = """[galaxy-importer]
CHECK_REQUIRED_TAGS = True
CHECK_CHANGELOG = True
RUN_ANSIBLE_TEST = False
RUN_ANSIBLE_LINT = False
"""

DOCS = ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck"]
# The `ansible` package brings a hundred collections; reading the documentation of all of them takes minutes.
ONLY_THIS_TREE = {"ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false"}


def check(totals: Totals, collection: Path) -> None:
    root = collection.parents[2]
    for name, argv in {
        "yamllint": ["yamllint", "--strict", "."],
        "ansible-lint": ["ansible-lint", "--offline", "--profile", "production", "--strict"],
        "changelog": ["antsibull-changelog", "lint"],
        "docs": [*DOCS, "--validate-collection-refs=all", "."],
    }.items():
        totals.add(name, run(name, argv, cwd=collection, env=ONLY_THIS_TREE))
    totals.add("docs site", run("docs-site", ["tests/docsite/build.sh", BUILD / "docs"], cwd=collection, env=ONLY_THIS_TREE))
    tarball(totals, collection, root)


def tarball(totals: Totals, collection: Path, root: Path) -> None:
    """Build, import as Galaxy does, install into an empty folder and lint the installed copy."""
    out = BUILD / "tarball"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    totals.add("build", run("build", ["ansible-galaxy", "collection", "build", "--output-path", out], cwd=collection))
    built = sorted(out.glob("*.tar.gz"))
    if not built:
        return
    totals.add("tarball is at most 20 MB", built[0].stat().st_size <= 20_000_000)
    config = out / "importer.cfg"
    config.write_text(IMPORTER)
    totals.add("galaxy-importer", run("galaxy-importer", ["python", "-m", "galaxy_importer.main", built[0]], cwd=out,
                                      env={"GALAXY_IMPORTER_CONFIG": str(config)}))
    empty = out / "installed"
    here = {**ONLY_THIS_TREE, "ANSIBLE_COLLECTIONS_PATH": str(empty)}
    totals.add("install", run("install", ["ansible-galaxy", "collection", "install", built[0], "--no-deps", "-p", empty], cwd=out, env=here))
    installed = empty / "ansible_collections" / "foresight" / "netslice"
    totals.add("docs of the installed copy", installed.is_dir() and run(
        "docs-installed", [*DOCS, "."], cwd=installed, env={**here, "ANSIBLE_COLLECTIONS_PATH": f"{empty}:{root}"}))
