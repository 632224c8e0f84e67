# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to libvirt: a thin class that turns refusals into words."""
from __future__ import annotations

import contextlib
import sys

from ..errors import PoolError

try:
    import libvirt

    LIBVIRT_ERROR = None
except ImportError as _exc:
    libvirt = None
    LIBVIRT_ERROR = str(_exc)


@contextlib.contextmanager
def refusals(verb, subject, fix):
    """Turn a libvirtError of the block into PoolError "Cannot <verb> <subject>: <cause>. <fix>"."""
    try:
        yield
    except libvirt.libvirtError as exc:
        cause = (exc.get_error_message() or str(exc)).strip().rstrip(".")
        raise PoolError(f"Cannot {verb} {subject}: {cause}. {fix}") from exc


class Connection:
    """An open connection; `handle` is libvirt's virConnect. Use as a context manager. read_only: libvirt admits more users to such a one.

    Raises PoolError when libvirt-python is missing, or the daemon does not answer at `uri`.
    """

    def __init__(self, uri, read_only=False):
        if libvirt is None:
            raise PoolError(
                f"Cannot talk to libvirt: the Python library libvirt-python cannot be imported by {sys.executable} ({LIBVIRT_ERROR}). "
                f"Install python3-libvirt, or set ansible_python_interpreter to a Python that has it."
            )
        # Without a handler libvirt prints each error to stderr too, beside the exception.
        libvirt.registerErrorHandler(_silent, None)
        self.uri = uri
        with refusals("connect to", f"libvirt at {uri}", "Start libvirtd on this host, run as a user it admits, or correct uri."):
            self.handle = libvirt.openReadOnly(uri) if read_only else libvirt.open(uri)

    @property
    def driver(self):
        """Name of the hypervisor driver: QEMU, Xen, TEST, ..."""
        return self.handle.getType()

    @property
    def is_test_driver(self):
        """True where libvirt's test driver plays the host: no guests, bridges or files are real."""
        return self.driver.upper() == "TEST"

    def find_domain(self, name):
        """virDomain of that name, or None."""
        return _find(self.handle.lookupByName, name, libvirt.VIR_ERR_NO_DOMAIN)

    def find_network(self, name):
        """virNetwork of that name, or None."""
        return _find(self.handle.networkLookupByName, name, libvirt.VIR_ERR_NO_NETWORK)

    def close(self):
        """Close it; more than once does no harm."""
        handle, self.handle = self.handle, None
        if handle is not None:
            handle.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()


def _find(lookup, name, absent):
    try:
        return lookup(name)
    except libvirt.libvirtError as exc:
        if exc.get_error_code() == absent:
            return None
        raise PoolError(f"Cannot look up {name}: {exc.get_error_message()}. Check that libvirtd is well.") from exc


def _silent(_context, _error):
    return None
