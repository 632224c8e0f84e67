# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the links of the hosts can be shared at all, asked before anything changes."""
from __future__ import annotations

from ..errors import InvalidInput
from .slice_keys import ENFORCED
from .view import View


def check_links(slices: list[dict], view: View, takeover: bool) -> None:
    """Raise InvalidInput where a link that slices are to share is missing on its host, is shaped by somebody else, or cannot tell slices apart.

    takeover: whether what somebody else set there may be replaced. A pass in which nothing is enforced asks nothing of the links.
    """
    if not any(slice_["scaling"]["mode"] in ENFORCED and slice_["state"] == "present" for slice_ in slices):
        return
    there = [slice_ for slice_ in slices if slice_["state"] == "present" or view.slice(slice_["name"]).networks]
    hidden, bridged = (sorted(slice_["name"] for slice_ in there if slice_["network"]["mode"] == mode) for mode in ("nat", "bridged"))
    for host, state in view.states.items():
        links = [link["device"] for link in state.get("links") or []]
        if hidden and links and bridged:
            raise InvalidInput(
                f"netslice_slices: {hidden[0]} is of network.mode nat and {bridged[0]} of bridged, and what the world sends to slices is shaped at their own "
                f"bridges on {host} for the one, and at its link for the other. Use routed for one of them, or keep them on hosts of two inventories."
            )
        if hidden and len(links) > 1:
            raise InvalidInput(
                f"netslice_links: {host} has the links {', '.join(links)}, and what the world sends to {hidden[0]}, whose network.mode is nat, shows its "
                f"slice only behind them. Give {host} one link, or use network.mode routed."
            )
        for attachment in state.get("attachments") or []:
            device, direction = attachment["device"], attachment["direction"]
            if attachment["owner"] == "no_device":
                raise InvalidInput(
                    f"netslice_links: {host} has no device {device}, whose {direction} the slices are to share. Name a device of {host}, see ip link."
                )
            if attachment["owner"] == "foreign" and not takeover:
                raise InvalidInput(
                    f"netslice_links: {direction} of {device} on {host} is shaped by somebody else ({attachment['found']}), and is left as it is. "
                    f"Remove that queueing discipline, take {device} out of netslice_links of {host}, or set netslice_takeover to replace it."
                )
