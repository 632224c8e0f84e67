# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON file against its schema, and the page as HTML; then the folder goes."""
from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
from lxml import etree

from ansible_collections.foresight.netslice.plugins.plugin_utils import errors

FOLDER = Path("/tmp/netslice-backtest")
SCHEMAS = Path(errors.__file__).resolve().parents[2] / "docs" / "schemas"

document = json.loads((FOLDER / "backtest.json").read_text(encoding="utf-8"))
jsonschema.validate(document, json.loads((SCHEMAS / "backtest.schema.json").read_text(encoding="utf-8")))
web = document["series"][0]
assert [one["slice"] for one in document["series"]] == ["web", "young"], document["series"]
assert len(web["origins"]) == 8 and web["measured"] == 1
assert document["series"][1]["origins"][0] >= "2026-01-03T08:00:00Z" and document["series"][1]["measured"] < 1
assert list(document["left_out"]) == ["new/requests"]

page = (FOLDER / "page.html").read_text(encoding="utf-8")
root = etree.HTML(page)
assert len(root.findall(".//figure")) == 6 and len(root.findall(".//table")) == 3, page[:2000]
assert "http" not in page and "web/requests" in page
shutil.rmtree(FOLDER)
