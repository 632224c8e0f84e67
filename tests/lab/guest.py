# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guests without a root filesystem: Debian's cloud kernel and an initramfs of busybox and iperf3.

``build()`` returns the paths of kernel and initrd. They are kept in ~/.cache/netslice/guest, in a folder named by the digest of
everything they were made from, so that the second call takes no time.
Command line: ``python tests/lab/guest.py`` prints the two paths.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "netslice" / "guest"
KERNEL_META_PACKAGE = "linux-image-cloud-amd64"
# In the order of insertion: without modprobe's index each module comes after those it needs.
MODULES = ("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "failover", "net_failover",
           "virtio_net", "virtio_balloon", "button", "evdev")
POWER_BUTTON = "etc/acpi/PWRF/00000080"
KERNEL_COMMAND_LINE = "console=ttyS0 quiet no_timer_check panic=-1"


class GuestError(Exception):
    """A part of the guest cannot be had."""


def _run(*command, cwd=None):
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode:
        raise GuestError(f"Cannot run {' '.join(map(str, command))}: {result.stderr.strip() or result.stdout.strip()}.")
    return result.stdout


def _kernel_package():
    """The versioned package behind the meta package, e.g. linux-image-6.1.0-56-cloud-amd64."""
    for attempt in ("as it is", "after apt-get update"):
        found = re.search(r"Depends: (linux-image-\d\S+)", _run("apt-cache", "depends", KERNEL_META_PACKAGE, "--no-recommends"))
        if found:
            return found.group(1)
        if attempt == "as it is":
            _run("apt-get", "update", "-qq")
    raise GuestError(f"Cannot find the kernel of the guests: apt knows no package {KERNEL_META_PACKAGE}. The lab needs Debian's archive.")


def _kernel_tree():
    """Folder of the unpacked kernel package (not installed); a kernel already in the cache is good enough."""
    kept = sorted(CACHE.glob("kernel-*/boot/vmlinuz-*"))
    if kept:
        return kept[-1].parent.parent
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        package = _kernel_package()
        try:
            _run("apt-get", "download", package, cwd=work)
        except GuestError:
            _run("apt-get", "update", "-qq")
            package = _kernel_package()
            _run("apt-get", "download", package, cwd=work)
        archive = next(Path(work).glob("*.deb"))
        unpacked = Path(work) / "unpacked"
        _run("dpkg-deb", "-x", archive, unpacked)
        target = CACHE / f"kernel-{package.removeprefix('linux-image-')}"
        shutil.rmtree(target, ignore_errors=True)
        unpacked.rename(target)
    return target


def _module(kernel, name):
    """Contents of a kernel module, unpacked when the distribution compresses it."""
    for path in kernel.glob(f"lib/modules/*/kernel/**/{name}.ko*"):
        data = path.read_bytes()
        return lzma.decompress(data) if path.suffix == ".xz" else data
    raise GuestError(f"Cannot find the kernel module {name} in {kernel}. Remove that folder and try again.")


def _with_libraries(program):
    """Paths of a dynamically linked program: itself, its libraries and the loader."""
    lines = _run("ldd", program)
    return [Path(program), *(Path(p) for p in re.findall(r"(/\S+) \(0x", lines))]


def _parts(kernel):
    """What the initramfs consists of: path inside it -> (contents, mode)."""
    programs = {name: shutil.which(name) for name in ("busybox", "iperf3")}
    for name, path in programs.items():
        if not path:
            raise GuestError(f"Cannot build the guest: {name} is missing. Install what tests/packages names.")
    parts = {
        "init": ((HERE / "guest-init.sh").read_bytes(), 0o755),
        "etc/dhcp.sh": ((HERE / "guest-dhcp.sh").read_bytes(), 0o755),
        "www/cgi-bin/link": ((HERE / "guest-link.sh").read_bytes(), 0o755),
        "modules/order": ("".join(f"{name}\n" for name in MODULES).encode(), 0o644),
        POWER_BUTTON: (b"#!/bin/busybox sh\npoweroff -f\n", 0o755),
        "bin/busybox": (Path(programs["busybox"]).read_bytes(), 0o755),
    }
    for name in MODULES:
        parts[f"modules/{name}.ko"] = (_module(kernel, name), 0o644)
    for path in _with_libraries(programs["iperf3"]):
        parts[str(path).lstrip("/")] = (path.read_bytes(), 0o755)
    return parts


def _digest(kernel, parts):
    """Names the guest by all it is made from."""
    digest = hashlib.sha256(kernel.name.encode() + Path(__file__).read_bytes())
    for name in sorted(parts):
        contents, mode = parts[name]
        digest.update(f"{name} {mode:o} {hashlib.sha256(contents).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _pack(root, target):
    """A newc archive of the folder, packed lightly: a small guest holds archive and contents at once while it boots."""
    names = subprocess.run(["find", "."], cwd=root, capture_output=True, check=True).stdout
    archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=names, capture_output=True, check=True).stdout
    target.write_bytes(gzip.compress(archive, compresslevel=1))


@contextlib.contextmanager
def _alone():
    """One process at a time fills the cache: two labs that start at once want the same guest."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build():
    """Paths (kernel, initrd) of the guest, built if they are not in the cache. Raises GuestError."""
    with _alone():
        return _built()


def _built():
    kernel = _kernel_tree()
    parts = _parts(kernel)
    home = CACHE / f"guest-{_digest(kernel, parts)}"
    if not home.exists():
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            root = Path(work) / "root"
            for name in ("proc", "sys", "dev", "tmp", "www"):
                (root / name).mkdir(parents=True)
            for name, (contents, mode) in parts.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(contents)
                path.chmod(mode)
            (root / "bin" / "sh").symlink_to("busybox")
            made = Path(work) / "guest"
            made.mkdir()
            _pack(root, made / "initrd.gz")
            shutil.copyfile(next(kernel.glob("boot/vmlinuz-*")), made / "vmlinuz")
            made.rename(home)
    return home / "vmlinuz", home / "initrd.gz"


def main():
    try:
        print(*build(), sep="\n")
    except GuestError as error:
        sys.exit(f"guest: {error}")


if __name__ == "__main__":
    main()
