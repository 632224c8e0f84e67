# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FROM TO: the artifact of the file FROM with one more VM in its plan, but its old digest, into the file TO."""
from __future__ import annotations

import base64
import json
import sys
import zlib

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
artifact = document["netslice_artifact"]
plan = json.loads(zlib.decompress(base64.b64decode(artifact["data"])))
plan["hosts"]["kvm1"]["vms"].append({**plan["hosts"]["kvm1"]["vms"][0], "name": "web-10-90-2-9", "vip": "10.90.2.9"})
artifact["data"] = base64.b64encode(zlib.compress(json.dumps(plan, sort_keys=True, separators=(",", ":")).encode())).decode()
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(document, file)
