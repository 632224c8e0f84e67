# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks of a VM: a qcow2 overlay over a volume of the pool, and a NoCloud seed where it has user data."""
from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import xml.etree.ElementTree as ET

from ..errors import PoolError
from . import bridged, definition, names
from .connection import libvirt, refusals

SEED_MAKERS = ("genisoimage", "mkisofs", "xorrisofs")


class Disks:
    """Makes and deletes the files of VMs on this host.

    run: callable(argv) -> (rc, stdout, stderr). state_dir holds the seeds of VMs that have no volume, and so no pool.
    """

    def __init__(self, connection, run, state_dir):
        self._connection = connection
        self._run = run
        self._state_dir = state_dir

    def paths(self, vm):
        """{DISK: path, SEED: path} of what the image of the VM asks for. Raises PoolError where its pool is unknown."""
        image = vm.get("image") or {}
        paths = {}
        directory = os.path.join(self._state_dir, "seeds")
        if image.get("volume"):
            directory = self._pool_directory(image, vm["name"])
            paths[definition.DISK] = os.path.join(directory, definition.overlay_name(vm["name"]))
        if image.get("seed"):
            paths[definition.SEED] = image["seed"]
        elif vm.get("user_data"):
            paths[definition.SEED] = os.path.join(directory, definition.seed_name(vm["name"]))
        return paths

    def make(self, vm):
        """Make what is missing. An overlay of the image's volume that is there is kept: it holds what the guest wrote. Raises HostError."""
        if self._connection.is_test_driver:
            return
        try:
            with _private_files():
                self._make(vm)
        except OSError as exc:
            raise PoolError(f"Cannot make the disks of {vm['name']}: {exc}. Check space and rights of its file system.") from exc

    def _make(self, vm):
        image = vm.get("image") or {}
        paths = self.paths(vm)
        overlay = paths.get(definition.DISK)
        if overlay:
            self._make_overlay(image, overlay, vm["name"])
        if vm.get("user_data") and not image.get("seed"):
            self._make_seed(vm, paths[definition.SEED])

    @staticmethod
    def own(machine):
        """Paths of the files that its definition says were made for the domain alone."""
        with refusals("read the definition of", machine.name, "Check that libvirtd is well."):
            return definition.own_disks(machine.handle.XMLDesc(0), machine.name)

    def delete(self, machine):
        """Delete the files made for the domain alone."""
        self.unlink(machine.name, self.own(machine))

    @staticmethod
    def unlink(name, paths):
        """Delete files of a VM, and what is left of their making; a file that is gone already is no error."""
        for own in paths:
            for path in (own, _partial(own)):
                try:
                    os.unlink(path)
                except FileNotFoundError:
                    continue
                except OSError as exc:
                    raise PoolError(f"Cannot delete {path} of {name}: {exc.strerror}. Delete it by hand.") from exc

    def _pool(self, image, name):
        pool = image.get("pool") or "default"
        with refusals("use the volume", f"{image['volume']} of pool {pool} for {name}", "Define and start the pool, or correct image."):
            return self._connection.handle.storagePoolLookupByName(pool)

    def _pool_directory(self, image, name):
        pool = self._pool(image, name)
        path = ET.fromstring(pool.XMLDesc(0)).findtext("target/path")
        if not path:
            raise PoolError(f"Cannot make the disk of {name}: pool {pool.name()} is no directory. Use a pool of type dir.")
        return path

    def _make_overlay(self, image, overlay, name):
        pool = self._pool(image, name)
        with refusals("find the volume", f"{image['volume']} of pool {pool.name()} for {name}", "Put it into the pool, or correct image."):
            base = _volume(pool, image["volume"]).path()
        # What a guest wrote over another base is worth nothing over this one.
        if os.path.exists(overlay) and self._base_of(overlay) == os.path.realpath(base):
            return
        # The name appears only when the file is whole, so that a killed run leaves nothing that looks like a disk.
        partial = _partial(overlay)
        argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", image.get("format") or "qcow2", "-b", base, partial]
        self._check(argv, f"make the disk {overlay}", "Install qemu-utils, and check space and the volume's format.")
        os.replace(partial, overlay)

    def _base_of(self, overlay):
        """Path of the file that an overlay lies over, links followed; None where it lies over none."""
        said = self._check(["qemu-img", "info", "-U", "--output=json", overlay], f"read the disk {overlay}", "Delete it by hand if it is damaged.")
        backing = json.loads(said).get("backing-filename")
        return os.path.realpath(backing) if backing else None

    def _make_seed(self, vm, path):
        maker = next((found for found in map(shutil.which, SEED_MAKERS) if found), None)
        if maker is None:
            raise PoolError(f"Cannot make the seed of {vm['name']}: none of {', '.join(SEED_MAKERS)} is installed. Install genisoimage.")
        directory = os.path.dirname(path)
        if not os.path.isdir(directory):
            os.makedirs(directory)
            # QEMU's user passes through it to the seed.
            os.chmod(directory, 0o711)
        partial = _partial(path)
        with tempfile.TemporaryDirectory() as directory:
            files = []
            for name, text in seed_files(vm).items():
                files.append(os.path.join(directory, name))
                with open(files[-1], "w", encoding="utf-8") as file:
                    file.write(text)
            argv = [maker, "-quiet", "-output", partial, "-volid", "cidata", "-joliet", "-rock"] + files
            self._check(argv, f"make the seed {path}", "Check the space on its file system.")
        os.replace(partial, path)

    def _check(self, argv, what, fix):
        rc, stdout, stderr = self._run(argv)
        if rc != 0:
            raise PoolError(f"Cannot {what}: {argv[0]} says {stderr.strip() or rc!r}. {fix}")
        return stdout


def _volume(pool, name):
    """The volume of that name. A file that came into the folder since libvirt last looked is found by another look."""
    try:
        return pool.storageVolLookupByName(name)
    except libvirt.libvirtError:
        pool.refresh(0)
        return pool.storageVolLookupByName(name)


def _partial(path):
    """Name of a file on its way, the same at each run, so that kills leave at most one."""
    return path + ".partial"


@contextlib.contextmanager
def _private_files():
    """Files that programs make in the block are for their owner alone, from their first byte on.

    User data may hold secrets, and so may what a guest writes; libvirt gives the files to QEMU's user when the guest starts.
    """
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def seed_files(vm):
    """{file name: text} of the NoCloud seed; the VIP comes by DHCP to its MAC, and the way out in IPv6 by router advertisements.

    The IPv6 address is stated, because images differ in the DUID by which they ask a DHCPv6 server. In a LAN whose DHCP server is not ours all is stated.
    """
    return {
        "meta-data": f"instance-id: {names.vm_uuid(vm['slice'], vm['vip'])}\nlocal-hostname: {vm['name']}\n",
        "user-data": vm["user_data"],
        "network-config": (
            "version: 2\nethernets:\n  vip:\n    match:\n"
            f'      macaddress: "{names.vm_mac(vm["vip"])}"\n'
        ) + (bridged.seed_lines(vm["vip"], vm["lan"]) if vm.get("lan") else "    dhcp4: true\n")
        + (f'    accept-ra: true\n    addresses: ["{vm["vip6"]}/128"]\n' if vm.get("vip6") else ""),
    }
