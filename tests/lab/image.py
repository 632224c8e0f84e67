# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A base image as distributions publish them: Debian with GRUB, systemd and cloud-init, on one partition, in qcow2.

``build(directory)`` returns the paths of two versions of it, which differ in the text of /etc/image-version. They are kept in a folder named by
the digest of this file, so that the second call takes no time. Everything in it comes from Debian's archive; nothing is mounted.
Needs root, mmdebstrap, mke2fs, debugfs and qemu-img. Command line: ``python tests/lab/image.py DIRECTORY`` prints the two paths.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

SUITE = "bookworm"
PACKAGES = ("systemd-sysv", "udev", "dbus", "systemd-resolved", "cloud-init", "netplan.io", "iproute2", "linux-image-cloud-amd64", "grub-pc-bin", "zstd",
            "qemu-guest-agent")
VERSIONS = ("1", "2")
NEEDED_PROGRAMS = ("mmdebstrap", "mke2fs", "debugfs", "qemu-img", "genisoimage")
DISK_MIB = 2048
SECTOR = 512
FIRST_SECTOR = 2048
LINUX_PARTITION = 0x83
# Of GRUB's boot sector the last bytes are the partition table and the signature.
BOOT_CODE_BYTES, TABLE_AT = 440, 446
GRUB_CONFIGURATION = """\
linux /vmlinuz root=/dev/vda1 ro console=ttyS0 no_timer_check
initrd /initrd.img
boot
"""
# The image of GRUB is made by the GRUB that is in it. Seeds are the only source of data: nothing waits for a metadata service. There are no locales to set.
HOOKS = (
    'chroot "$1" grub-mkimage -O i386-pc -o /boot/core.img -p "(hd0,msdos1)/boot/grub" biosdisk part_msdos ext2 linux normal',
    f'mkdir -p "$1/boot/grub" && printf "%s" "{GRUB_CONFIGURATION}" >"$1/boot/grub/grub.cfg"',
    'printf "datasource_list: [NoCloud, None]\\nlocale: false\\n" >"$1/etc/cloud/cloud.cfg.d/90_seed.cfg"',
    'echo "/dev/vda1 / ext3 defaults 0 1" >"$1/etc/fstab"',
    'rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/*',
    'rm -f "$1/etc/hostname" "$1/etc/resolv.conf"; : >"$1/etc/machine-id"',
)


class ImageError(Exception):
    """The image cannot be made."""


def build(directory):
    """{version: path of its qcow2 image} under the directory, made where they are not there. Raises ImageError."""
    home = Path(directory) / f"{SUITE}-{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]}"
    paths = {version: home / f"{SUITE}-{version}.qcow2" for version in VERSIONS}
    if not home.exists():
        lacks = [program for program in NEEDED_PROGRAMS if not shutil.which(program)]
        if lacks:
            raise ImageError(f"Cannot make the image: {', '.join(lacks)} not found. make test-image installs what is missing.")
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as work:
            _make(Path(work), [path.name for path in paths.values()])
            (Path(work) / "made").rename(home)
    return paths


def _make(work, names):
    root, disk, made = work / "root", work / "disk.raw", work / "made"
    made.mkdir()
    hooks = [f"--customize-hook={hook}" for hook in HOOKS]
    _run("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", '--aptopt=APT::Install-Recommends "false"', f"--include={','.join(PACKAGES)}",
         *hooks, SUITE, root)
    with open(disk, "wb") as file:
        file.truncate(DISK_MIB * 2**20)
    # ext3, because every GRUB reads it: what mke2fs gives an ext4 by default differs from year to year.
    offset = FIRST_SECTOR * SECTOR
    _run("mke2fs", "-q", "-F", "-t", "ext3", "-E", f"offset={offset}", "-d", root, disk, f"{DISK_MIB * 1024 - offset // 1024}k")
    with open(disk, "r+b") as file:
        file.write(boot_area((root / "usr/lib/grub/i386-pc/boot.img").read_bytes(), (root / "boot/core.img").read_bytes()))
    for version, name in zip(VERSIONS, names):
        text = work / "version"
        text.write_text(f"{version}\n")
        _run("debugfs", "-w", "-f", "-", f"{disk}?offset={offset}", stdin=f"cd /etc\nrm image-version\nwrite {text} image-version\n")
        _run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", disk, made / name)


def boot_area(boot, core):
    """Bytes before the only partition: GRUB's boot sector with the partition table, and its image right after it, where the sector looks for it."""
    if len(core) > (FIRST_SECTOR - 1) * SECTOR:
        raise ImageError(f"Cannot make the image: GRUB has {len(core)} bytes, which do not fit before the partition.")
    sectors = DISK_MIB * 2**20 // SECTOR - FIRST_SECTOR
    no_geometry = b"\xfe\xff\xff"
    table = struct.pack("<B3sB3sII", 0x80, no_geometry, LINUX_PARTITION, no_geometry, FIRST_SECTOR, sectors).ljust(SECTOR - TABLE_AT - 2, b"\0")
    return boot[:BOOT_CODE_BYTES].ljust(TABLE_AT, b"\0") + table + b"\x55\xaa" + core


def _run(*command, stdin=""):
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise ImageError(f"Cannot make the image: {command[0]} ended with {done.returncode}: {said}. Debian's archive must be within reach.")


def main():
    try:
        print(*build(sys.argv[1]).values(), sep="\n")
    except ImageError as error:
        sys.exit(f"image: {error}")


if __name__ == "__main__":
    main()
