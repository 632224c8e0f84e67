# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source's own main loop with a queue, as ansible-rulebook calls it, on the InfluxDB of the environment."""
from __future__ import annotations

import asyncio
import os
import runpy
import socket
import time

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import plugin_connection

from told import boundary, decision, demand, forecasts, slices

MAIN = runpy.run_path(os.environ["collection"] + "/extensions/eda/plugins/event_source/demand_shift.py")["main"]


async def heard(queue, count):
    """{(kind, state, slice)} of the next events."""
    events = [(await asyncio.wait_for(queue.get(), 120))["demand_shift"] for _number in range(count)]
    assert all(event["why"] for event in events), events
    return {(event["kind"], event["state"], event.get("slice")) for event in events}


async def watched(client, port):
    end, queue = boundary(), asyncio.Queue()
    client.write([*demand(100, end, 3), *demand(130, end, 1), *forecasts(end, 4), decision("web", int(time.time()), ["127.0.0.1"])])
    task = asyncio.create_task(MAIN(queue, {"slices": slices(), "interval_seconds": "1", "probe_port": port}))
    assert await heard(queue, 3) == {("above_band", "raised", "web"), ("silent", "raised", "db"), ("stale_pass", "raised", "db")}
    client.write(demand(110, end, 1))
    assert await heard(queue, 1) == {("above_band", "cleared", "web")}
    client.write([decision("db", int(time.time()))])
    assert await heard(queue, 1) == {("stale_pass", "cleared", "db")}
    client.write([decision("web", int(time.time()) + 1, ["127.0.0.1", "192.0.2.254"])])
    assert await heard(queue, 1) == {("vip_silent", "raised", "web")}
    assert queue.empty() and not task.done(), task
    task.cancel()


if __name__ == "__main__":
    with connect(plugin_connection({}, {}, None)) as one, socket.create_server(("127.0.0.1", 0)) as server:
        asyncio.run(watched(one, server.getsockname()[1]))
