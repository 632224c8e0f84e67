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

replay = json.loads((FOLDER / "replay.json").read_text(encoding="utf-8"))
jsonschema.validate(replay, json.loads((SCHEMAS / "replay.schema.json").read_text(encoding="utf-8")))
web, young = replay["slices"]
assert (web["slice"], web["passes"], web["begin"]) == ("web", 10 * 288, "2025-12-26T08:00:00Z"), web  # from the third of thirteen days on
assert (young["slice"], young["passes"]) == ("young", 2 * 288) and 0 < young["silence"]["passes"] <= 36 and young["silence"]["releases"] == 0, young
assert replay["left_out"] == {"new": "1.0 d of history, a replay needs 4.0 d"}
ran = web["policies"]["ran"]
assert abs(ran["vm_hours"] - 6 * 48) < 2 and ran["short_rows"] == 0 and web["where_ran"]["vm_hours"] < 0.7 * ran["vm_hours"], ran
assert web["policies"]["policy"]["short_percent"] < 1 and web["cost_of_static"] < 0.8, web["policies"]
assert web["suggestion"]["keeps"] and web["suggestion"]["candidates"][0]["outcome"] == web["policies"]["policy"]
page = (FOLDER / "replay.html").read_text(encoding="utf-8")
root = etree.HTML(page)
assert len(root.findall(".//figure")) == 2 and len(root.findall(".//table")) == 4, page[:2000]
shutil.rmtree(FOLDER)
