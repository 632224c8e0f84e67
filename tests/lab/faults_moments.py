# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a module dies: the writes of a module are counted, and SIGKILL comes after the one that was drawn.

A write is a call that changes libvirt, a program that changes the kernel, or a file that gets its name. Used in the process of the module.
"""
from __future__ import annotations

import os
import signal
import struct
import subprocess

import libvirt
from ansible.module_utils.basic import AnsibleModule

#: methods of libvirt that change something
MUTATORS = {
    libvirt.virConnect: ("defineXML", "networkDefineXML"),
    libvirt.virDomain: ("create", "destroy", "shutdown", "shutdownFlags", "undefineFlags", "setMetadata", "managedSaveRemove", "resume"),
    libvirt.virNetwork: ("create", "destroy", "undefine", "setAutostart", "update"),
}
#: first words of programs that change the kernel
CHANGING = (("nft", "-f"), ("nft", "delete"), ("ip", "link"), ("ip", "-batch"), ("qemu-img", "create"))


class Moment:
    """Counts writes into a shared map and dies after write number `after_write`.

    torn: of a batch of tc or ip that is this write, only that part of the lines is given to the program.
    """

    def __init__(self, given, shared):
        given = given or {}
        self.after_write, self.torn = given.get("after_write"), given.get("torn")
        self.count, self.shared = 0, shared

    def written(self):
        """One more write is done."""
        self.count += 1
        self.shared[:4] = struct.pack("i", self.count)
        if self.count == self.after_write:
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def comes(self):
        """The next write is the last."""
        return self.count + 1 == self.after_write

    def watch(self):
        """Put the counter around everything that writes."""
        for owner, names in MUTATORS.items():
            for name in names:
                self._after(owner, name)
        for name in ("replace", "remove", "unlink"):
            self._after(os, name)
        self._watch_programs()

    def _after(self, owner, name):
        original = getattr(owner, name)

        def counted(*args, **keys):
            result = original(*args, **keys)
            self.written()
            return result

        setattr(owner, name, counted)

    def _watch_programs(self):
        run, run_command = subprocess.run, AnsibleModule.run_command

        def counted_run(argv, *args, **keys):
            done = run(argv, *args, **keys)  # pylint: disable=subprocess-run-check
            if tuple(argv[:2]) in CHANGING and argv[2:3] != ["show"]:
                self.written()
            return done

        def counted_run_command(module, args, *more, **keys):
            batch = isinstance(args, list) and "-batch" in args
            if batch and self.comes and self.torn is not None:
                lines = keys["data"].splitlines(keepends=True)
                keys["data"] = "".join(lines[:int(self.torn * len(lines))]) or "\n"
            done = run_command(module, args, *more, **keys)
            if batch:
                self.written()
            return done

        subprocess.run, AnsibleModule.run_command = counted_run, counted_run_command


def late_record():
    """The bug `late-record`: a domain is defined first and gets its record afterwards, so that defining is no commit point any more."""
    define = libvirt.virConnect.defineXML

    def two_steps(connection, xml):
        begin, end = xml.find("<metadata>"), xml.find("</metadata>")
        domain = define(connection, xml[:begin] + xml[end + len("</metadata>"):])
        inside = xml[begin + len("<metadata>"):end].replace("netslice:", "", 1).replace(" xmlns:netslice=\"urn:foresight:netslice:1\"", "")
        domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, inside, "netslice", "urn:foresight:netslice:1", libvirt.VIR_DOMAIN_AFFECT_CONFIG)
        return domain

    libvirt.virConnect.defineXML = two_steps


#: bugs that are put into the modules to see that they are found
BUGS = {"late-record": late_record}
