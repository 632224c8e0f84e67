# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that say which libvirt, and which host of the roster."""
from __future__ import annotations


class ModuleDocFragment:
    """Fragment `libvirt`."""

    DOCUMENTATION = r"""
options:
  uri:
    description:
      - URI of the libvirt connection to use on the host.
      - If the option is omitted, the environment variable E(NETSLICE_LIBVIRT_URI) of the host decides.
    type: str
    default: qemu:///system
  host:
    description:
      - Name of this host in the roster of hypervisors, as the plan writes it.
      - If the option is omitted, the name the machine gives itself is used.
    type: str
requirements:
  - python >= 3.9
  - libvirt-python >= 7.0 on the host
"""
