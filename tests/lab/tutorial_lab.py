# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go through a page of documentation in a lab: its files are written, its commands run in order as they are printed.

The commands run in one shell on a controller: a machine in the world of the lab, whose home folder is empty and whose /etc, /usr/local and /var/lib are
layers over the real ones. Its Galaxy has this collection, built from the tree; what that depends on is in the Python package ansible. Nothing of it
outlives the lab.
"""
from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import galaxy
import printed
from hosts import WORLD_ADDRESS
from processes import Opened, run
from relay import Relay

COLLECTION = Path(__file__).resolve().parents[2]
GALAXY_PORT = 8087
LAYERED = ("etc", "usr/local", "var/lib")
# What is true of the hosts of a lab alone: no network to fetch from, no sudo, guests without a disk.
LAB_VARIABLES = {"ansible_become": False, "hypervisor_packages": ["nftables", "iproute2"], "hypervisor_images": [], "sample_user_data": None,
                 "telemetry_python": sys.executable}


class Controller(Opened):
    """Context manager: a machine in the world of a lab. Attributes: directory (where pages are gone through), outputs (of the blocks of the last one)."""

    def __init__(self, lab, directory: Path):
        super().__init__()
        self.lab, self.top = lab, directory
        self.directory, self.outputs, self.home = directory / "work", directory / "outputs", directory / "home"
        for folder in (self.directory, self.outputs, self.home, directory / "layers", directory / "tarballs"):
            folder.mkdir()

    def _begin(self):
        tarballs = self.top / "tarballs"
        run(["ansible-galaxy", "collection", "build", "--output-path", tarballs], cwd=COLLECTION)
        served = self._stack.enter_context(galaxy.Galaxy(tarballs.glob("*.tar.gz"), f"http://{WORLD_ADDRESS}:{GALAXY_PORT}"))
        self._stack.enter_context(Relay(self.lab.world.pid, (WORLD_ADDRESS, GALAXY_PORT), ("127.0.0.1", served.port)))

    def lab_inventory(self) -> str:
        """The hosts of the sample, as they are in this lab: to be put beside the sample's own hosts.yml."""
        stated = json.loads((self.lab.directory / "inventory.yml").read_text())["all"]["children"]["hypervisors"]["hosts"]
        hosts = {name: {**variables, **LAB_VARIABLES, "sample_image": self.lab.guest_image} for name, variables in stated.items()}
        return json.dumps({"hypervisors": {"hosts": hosts}}, indent=2) + "\n"

    def script(self, page: Path) -> tuple[Path, list[printed.Block]]:
        """The page as one script of bash, which writes its files and runs its commands, and the blocks of it in order."""
        found = [block for block in printed.blocks(page) if block.language == "console" or block.name]
        # What a person would type is for the blocks that read it alone: other programs would take some of it too.
        lines = ["set -eu -o pipefail", "exec 3<&0 </dev/null"]
        for number, block in enumerate(found):
            if block.name:
                source = self.top / f"file-{number}"
                source.write_text(block.text)
                lines.append(f"install -D -m 0644 {shlex.quote(str(source))} {shlex.quote(block.name)}")
            else:
                lines.append(f"exec >{shlex.quote(str(self.outputs / f'{number:02}'))} 2>&1 <{'&3' if block.text.startswith('read ') else '/dev/null'}")
                lines.append(block.text)
        for earlier in self.outputs.iterdir():
            earlier.unlink()
        path = self.top / "page.sh"
        path.write_text("\n".join(lines) + "\n")
        return path, found

    def go_through(self, page: Path, timeout: float, before: str = "", secrets: str = "") -> list[str]:
        """Run a page; commands of `before` come first, `secrets` is what a person would type. Returns what failed, in words; empty when all went well."""
        script, found = self.script(page)
        layers = "".join(f"mkdir -p {self.top}/layers/{at}/over {self.top}/layers/{at}/work\nmount -t overlay overlay -o "
                         f"lowerdir=/{at},upperdir={self.top}/layers/{at}/over,workdir={self.top}/layers/{at}/work /{at}\n" for at in LAYERED)
        inside = f"set -eu\nmount -t tmpfs none {self.top}/layers\n{layers}if [ -d /run/systemd ]; then mount -t tmpfs none /run/systemd; fi\n"
        inside += f"cd {self.directory}\n{before}\nexec bash {script}\n"
        ran = subprocess.run(["nsenter", f"--net=/proc/{self.lab.world.pid}/ns/net", "unshare", "--mount", "bash", "-c", inside], input=secrets,
                             capture_output=True, text=True, env=self._environment(), timeout=timeout, check=False)
        return self._failures(ran, page, found)

    def _failures(self, ran, page, found):
        failures = []
        for number, block in enumerate(found):
            if block.name:
                continue
            output = self.outputs / f"{number:02}"
            text = output.read_text(errors="replace") if output.exists() else None
            if text is None:
                failures.append(f"{page.name}:{block.line}: was not reached")
            elif lacks := printed.lacking(block.output, text):
                failures.append(f"{page.name}:{block.line}: lacks {lacks} in:\n{text[-6000:]}")
        if ran.returncode:
            failures.insert(0, f"{page.name} ended with {ran.returncode}: {ran.stderr[-2000:]}")
        return failures

    def _environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "NETSLICE_", "PYTHON"))}
        return {**kept, "HOME": str(self.home), "ANSIBLE_GALAXY_SERVER": f"http://{WORLD_ADDRESS}:{GALAXY_PORT}", "ANSIBLE_NOCOLOR": "1",
                "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
