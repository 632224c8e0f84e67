# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that tie a module to the plan whose share it applies."""
from __future__ import annotations


class ModuleDocFragment:
    """Fragment `plan_share`, and its sections `plan_share.fingerprint` and `plan_share.state_dir`."""

    DOCUMENTATION = r"""
options:
  as_of:
    description:
      - The instant the pass decides for, in RFC 3339, on which every clock of the state runs.
      - If the option is omitted, it is the present of the host's clock.
    type: str
  expires_at:
    description:
      - The instant after which the share is refused, in RFC 3339.
      - It is compared with the host's clock, or with O(as_of) where O(live=false).
      - Where it is compared with the clock, a share is refused too whose O(as_of) is ahead of the clock by more than the plan is valid for.
      - If the option is omitted, the share does not expire.
    type: str
  live:
    description:
      - Whether O(as_of) is the present.
      - Set it to V(false) in a replay, so that the host's clock does not expire the share; the module still acts for real.
    type: bool
    default: true
  state_dir:
    description:
      - Directory on the host for the lock of a running pass and for files derived from the state.
    type: path
    default: /var/lib/netslice
"""

    FINGERPRINT = r"""
options:
  fingerprint:
    description:
      - Fingerprint of the host state the share was made from, or the one that the module before returned.
      - The share is refused when the host's networks or virtual machines have another one by now.
      - If the option is omitted, the state is not compared.
    type: str
"""

    STATE_DIR = r"""
options:
  state_dir:
    description:
      - Directory on the host for the lock of a running pass and for files derived from the state.
    type: path
    default: /var/lib/netslice
"""
