# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kind of virtualization a host really offers."""
from __future__ import annotations

import os
import stat
import xml.etree.ElementTree as ET

from .connection import refusals

KVM_DEVICE = "/dev/kvm"


def detect(connection, wanted="auto"):
    """`wanted`, or for `auto` the libvirt domain type of the host: kvm, qemu, xen or test.

    Capabilities alone are not believed: they promise KVM on hosts whose /dev/kvm QEMU's own user cannot open. Where /dev/kvm opens
    and guests still hang, only an explicit value helps.
    """
    if wanted != "auto":
        return wanted
    driver = connection.driver.lower()
    if driver != "qemu":
        return driver
    return "kvm" if kvm_usable() and "kvm" in _domain_types(connection) else "qemu"


def kvm_usable(path=KVM_DEVICE):
    """True where the device opens, and opens for others than root, as whom QEMU does not run."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    mode = os.fstat(descriptor).st_mode
    os.close(descriptor)
    shared = (stat.S_IRGRP | stat.S_IWGRP, stat.S_IROTH | stat.S_IWOTH)
    return any(mode & bits == bits for bits in shared)


def _domain_types(connection):
    """Domain types of the guests in the capabilities of the host."""
    with refusals("read the capabilities of", connection.uri, "Check that libvirtd is well, or set virt_type."):
        capabilities = ET.fromstring(connection.handle.getCapabilities())
    return {domain.get("type") for domain in capabilities.iter("domain")}
