# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses that rows of tc filters classify; nothing of the collection's code is used."""
from __future__ import annotations

import ipaddress
import re

#: a whole block of 16 addresses: what is wider leads to a table of rows
WIDEST = 28


def addresses(rows):
    """Texts of the IPv4 addresses in the prefixes that u32 matches in the output of tc, such as 'match 0a5a0210/fffffff0 at 12'; as often as they are."""
    found = []
    for word, mask in re.findall(r"match ([0-9a-f]{8})/([0-9a-f]{8}) at", rows):
        network = ipaddress.ip_network((int(word, 16), int(mask, 16).bit_count()))
        found += [str(address) for address in network] if network.prefixlen >= WIDEST else []
    return found
