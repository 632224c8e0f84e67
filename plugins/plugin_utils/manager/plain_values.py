# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of slice keys that are yes or no, or lists of names."""
from __future__ import annotations

import re

from ..errors import InvalidInput

_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def boolean(value, path: str, options: dict) -> bool:
    """true or false; templates of ansible-core before 2.19 make text of them. Raises InvalidInput."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _WORDS:
        return _WORDS[value.lower()]
    raise InvalidInput(f"{path}: must be true or false, not {str(value)[:60]!r}.")


def names(value, path: str, options: dict) -> list[str]:
    """A list of names, each once, of those of the option `choices` or of its `pattern`. Raises InvalidInput."""
    if not isinstance(value, (list, tuple)):
        raise InvalidInput(f"{path}: must be a list of names, not {str(value)[:60]!r}.")
    for index, entry in enumerate(value):
        if "choices" in options and entry not in options["choices"]:
            raise InvalidInput(f"{path}[{index}]: {str(entry)[:60]!r} is not one of {', '.join(options['choices'])}.")
        if "pattern" in options and not (isinstance(entry, str) and re.fullmatch(options["pattern"], entry)):
            raise InvalidInput(f"{path}[{index}]: {str(entry)[:60]!r} is refused{options.get('by', '')}; {options['means']}.")
        if entry in value[:index]:
            raise InvalidInput(f"{path}[{index}]: {entry} is named twice.")
    return list(value)


KINDS = {"boolean": boolean, "names": names}
