# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of demand played against servers behind a private HAProxy on loopback, whose servers `slice_balancer` keeps."""
from __future__ import annotations

import asyncio
import os
import random
import socket
import statistics
import subprocess
import time

from ansible_collections.foresight.netslice.plugins.module_utils.balancer import pass_of_backends
from ansible_collections.foresight.netslice.plugins.module_utils.balancer.runtime import Runtime

PATIENCE_SECONDS = 30
CONFIG = """\
global
    stats socket {directory}/admin.sock mode 600 level admin
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout queue 60s
"""
BACKEND = {"slice": "web", "name": "netslice_web", "mode": "http", "balance": "leastconn", "lines": [], "check_milliseconds": 200, "slowstart_seconds": 0,
           "max_connections": 0, "prune": True}


def version() -> str:
    """What HAProxy says it is."""
    return subprocess.run(["haproxy", "-v"], stdout=subprocess.PIPE, text=True, check=True).stdout.split(" - ")[0]


def _free() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Vm:
    """A server on an address of its own that answers one request after the other, each in the same time."""

    def __init__(self, number: int, port: int, seconds: float) -> None:
        self.address, self.port, self.seconds = f"127.9.1.{number}", port, seconds
        self.name = f"web-{self.address.replace('.', '-')}"
        self._turn, self._server = asyncio.Lock(), None

    async def start(self) -> None:
        """Take connections from now on."""
        self._server = await asyncio.start_server(self._serve, self.address, self.port, backlog=1024)

    async def stop(self) -> None:
        """Take no more."""
        if self._server:
            self._server.close()

    async def _serve(self, reader, writer) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                async with self._turn:
                    await asyncio.sleep(self.seconds)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Fleet:
    """The VMs of the slice: asked for, starting, serving, draining; and the balancer that is told of them."""

    def __init__(self, directory: str, port: int, front: int, rate: float, lead: int) -> None:
        self.path, self.port, self.rate, self.lead = f"{directory}/conf/backends.cfg", port, rate, lead
        self.backend = {**BACKEND, "bind": [f"127.0.0.1:{front}"]}
        self.runtime = Runtime(f"{directory}/admin.sock")
        self.up, self.starting, self.leaving, self.made = [], [], [], 0

    async def want(self, count: int, row: int) -> None:
        """One pass: VMs that were drained in the last pass stop, those that are due start, and the count is what is asked for."""
        gone, self.leaving = self.leaving, []
        for due, vm in [one for one in self.starting if one[0] <= row]:
            await vm.start()
            self.up.append(vm)
            self.starting.remove((due, vm))
        while len(self.up) + len(self.starting) < count:
            self.made += 1
            self.starting.append((row + self.lead, Vm(self.made + 1, self.port, 1 / self.rate)))
        while len(self.up) + len(self.starting) > count:
            if self.starting:
                self.starting.pop()
            else:
                self.leaving.append(self.up.pop())
        await asyncio.to_thread(self.tell, gone)
        for vm in gone:
            await vm.stop()

    def tell(self, gone: list) -> None:
        """What slice_balancer does in a pass."""
        wants = [(vm, "ready") for vm in self.up] + [(vm, "drain") for vm in self.leaving] + [(vm, "absent") for vm in gone]
        servers = [{"name": vm.name, "address": vm.address, "port": vm.port, "weight": 100, "want": want} for vm, want in wants]
        todo = pass_of_backends.plan(self.runtime, [{**self.backend, "servers": servers}], self.path, 1.0)
        pass_of_backends.write(self.path, todo)
        if not todo.down:
            pass_of_backends.carry_out(self.runtime, todo)


async def _request(front: int, taken: list, failed: list) -> None:
    begin = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", front)
            writer.write(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
    except (OSError, TimeoutError) as exc:
        failed.append(repr(exc))
        return
    if answer.startswith(b"HTTP/1.1 200 "):
        taken.append(time.perf_counter() - begin)
    else:
        failed.append(answer[:40].decode(errors="replace"))


async def _load(front: int, demand: list, seconds: float, rate: float, seed: int) -> tuple[list, list]:
    """Open-loop requests, demand[row] VMs' worth a second, linear between the middles of rows. Returns latencies in seconds, and failures."""
    rng, taken, failed, running = random.Random(seed), [], [], set()
    begin, now = time.perf_counter(), 0.0
    while now < len(demand) * seconds:
        place = min(max(now / seconds - 0.5, 0.0), len(demand) - 1.001)
        row = int(place)
        level = demand[row] + (demand[row + 1] - demand[row]) * (place - row)
        now += rng.expovariate(max(level, 0.01) * rate)
        await asyncio.sleep(max(0.0, begin + now - time.perf_counter()))
        task = asyncio.create_task(_request(front, taken, failed))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return taken, failed


async def _play(directory, demand, counts, lead, seconds, rate, seed) -> dict:
    port, front = _free(), _free()
    fleet = Fleet(directory, port, front, rate, lead)
    # The VMs of the first rows are up before, and HAProxy starts from the file.
    fleet.lead = 0
    await fleet.want(counts[0], 0)
    await fleet.want(counts[0], 0)
    fleet.lead = lead
    process = await asyncio.create_subprocess_exec("haproxy", "-db", "-f", f"{directory}/haproxy.cfg", "-f", f"{directory}/conf",
                                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not os.path.exists(f"{directory}/admin.sock"):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        load = asyncio.create_task(_load(front, demand, seconds, rate, seed))
        begin = time.perf_counter()
        for row, count in enumerate(counts[lead:]):
            await asyncio.sleep(max(0.0, begin + row * seconds - time.perf_counter()))
            await fleet.want(count, row)
        taken, failed = await load
    finally:
        process.terminate()
        await process.wait()
    cuts = statistics.quantiles(taken, n=1000)
    return {"requests": len(taken) + len(failed), "failed": len(failed), "failures": failed[:5], "vms_started": fleet.made,
            "p50_ms": round(cuts[499] * 1000, 1), "p95_ms": round(cuts[949] * 1000, 1), "p99_ms": round(cuts[989] * 1000, 1)}


def play(directory: str, demand: list, counts: list, lead: int, seconds: float, rate: float, seed: int) -> dict:
    """Play rows of demand (VMs' worth) with the counts asked for at the begin of each, from `lead` rows before the first. Latencies in ms."""
    os.mkdir(f"{directory}/conf")
    with open(f"{directory}/haproxy.cfg", "w", encoding="utf-8") as file:
        file.write(CONFIG.format(directory=directory))
    return asyncio.run(_play(directory, demand, counts, lead, seconds, rate, seed))
