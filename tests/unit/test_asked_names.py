# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file of the collection asks of another one by name is there: two changes that fit each other's lines may still miss each other's names."""
from __future__ import annotations

import ast
import importlib
import importlib.util
import types

import pytest

from ansible_collections.foresight.netslice.tests.unit.test_documentation import TOP

ROOT = "ansible_collections.foresight.netslice"
FILES = sorted((TOP / "plugins").rglob("*.py"))


def package_of(file) -> str:
    return ".".join([ROOT, *file.relative_to(TOP).parent.parts])


def modules_named(tree, package):
    """{name in the file: module of the collection} of what the file imports."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            for alias in node.names if base.startswith(ROOT) else ():
                value = getattr(importlib.import_module(base), alias.name, None) or importlib.import_module(f"{base}.{alias.name}")
                if isinstance(value, types.ModuleType) and value.__name__.startswith(ROOT):
                    found[alias.asname or alias.name] = value
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TOP)))
def test_names_of_other_files_are_there(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    modules = modules_named(tree, package_of(file))
    local = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)} | {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    asked = {(node.value.id, node.attr) for node in ast.walk(tree)
             if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules.keys() - local}
    assert sorted(f"{name}.{attribute}" for name, attribute in asked if not hasattr(modules[name], attribute)) == []
