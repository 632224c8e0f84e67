# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PLAN VERDICT CREATED: the plan kept by a pass has this verdict, creates so many VMs, and nobody else can read it."""
from __future__ import annotations

import json
import os
import sys

path, verdict, created = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    plan = json.load(file)
assert plan["verdict"] == verdict, plan
assert sum(len(one["create"]) for one in plan["slices"]) == int(created), plan
assert os.stat(path).st_mode & 0o777 == 0o600
