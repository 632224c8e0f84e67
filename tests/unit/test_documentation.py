# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of every plugin and role is a full sentence and stands in an example."""
from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
KINDS = ("modules", "lookup", "filter", "inventory", "callback")
PLUGINS = sorted(p for folder in (*(TOP / "plugins" / kind for kind in KINDS), TOP / "extensions" / "eda" / "plugins" / "event_source")
                 for p in folder.glob("*.py") if not p.name.startswith("_"))
ROLES = sorted(p for p in (TOP / "roles").iterdir() if p.is_dir())
SENTENCE = re.compile(r"^[A-Z`'\"].*[.:)]$", re.DOTALL)


def constants(path: Path) -> dict:
    """The string constants assigned at the top of a Python file, or of the class of a documentation fragment."""
    body = ast.parse(path.read_text()).body
    for node in list(body):
        if isinstance(node, ast.ClassDef) and node.name == "ModuleDocFragment":
            body = body + node.body
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def options_of(plugin: Path) -> dict:
    """Options of a plugin with those of its fragments, {name: specification}."""
    doc = yaml.safe_load(constants(plugin)["DOCUMENTATION"])
    options = dict(doc.get("options") or {})
    for fragment in doc.get("extends_documentation_fragment") or []:
        if fragment.startswith("foresight.netslice."):
            name, _dot, part = fragment[len("foresight.netslice."):].partition(".")
            text = constants(TOP / "plugins" / "doc_fragments" / f"{name}.py")[(part or "DOCUMENTATION").upper()]
            options.update(yaml.safe_load(text).get("options") or {})
    return options


def sentences(options: dict, path: str = ""):
    """Every description of options and suboptions, with the path of its option."""
    for name, spec in options.items():
        text = spec.get("description") or ""
        for one in [text] if isinstance(text, str) else text:
            yield path + name, one
        yield from sentences(spec.get("suboptions") or spec.get("options") or {}, f"{path}{name}.")


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_descriptions_are_sentences(plugin):
    assert [(name, text) for name, text in sentences(options_of(plugin)) if not SENTENCE.match(str(text).strip())] == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_options_stand_in_an_example(plugin):
    examples = constants(plugin)["EXAMPLES"]
    yaml.safe_load(examples)
    own = [name for name in options_of(plugin) if not re.search(rf"\b{re.escape(name)}\b", examples) and name != "_input"]
    shared = "\n".join(constants(p).get("EXAMPLES", "") for p in PLUGINS)
    assert [name for name in own if not (name.startswith("influxdb_") and re.search(rf"\b{name}\b", shared))] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda p: p.name)
def test_role_options_are_sentences_in_an_example(role):
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    readme = (role / "README.md").read_text()
    for entry in specs.values():
        options = entry.get("options") or {}
        assert [name for name, text in sentences(options) if not SENTENCE.match(str(text).strip())] == []
        assert [name for name in options if name not in readme] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda p: p.name)
def test_role_specification_equals_defaults(role):
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    described = {name for entry in specs.values() for name in entry.get("options") or {}}
    file = role / "defaults" / "main.yml"
    defaults = set(yaml.safe_load(file.read_text()) or {}) if file.exists() else set()
    required = {n for e in specs.values() for n, s in (e.get("options") or {}).items() if s.get("required")}
    assert described - required == defaults - required
