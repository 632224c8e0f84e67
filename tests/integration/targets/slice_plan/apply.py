# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play the hosts: read {plan, states} from standard input, write the states after every share was applied."""
from __future__ import annotations

import json
import sys

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.artifact import share_of
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

given = json.load(sys.stdin)
json.dump({host: fleets.apply(share_of(given["plan"], host), state) for host, state in given["states"].items()}, sys.stdout)
