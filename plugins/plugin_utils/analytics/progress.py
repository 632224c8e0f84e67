# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a training is, said at steady times whatever it is busy with."""
from __future__ import annotations

import threading
import time

#: seconds between lines; a training promises one at least every ten
EVERY = 8.0


class Progress:
    """A context that tells a line on the present step every EVERY seconds, from a thread of its own, and the first at once.

    tell(line) must be safe to call from another thread. Without `tell` nothing is said and no thread is started.
    """

    def __init__(self, tell=None, every: float = EVERY):
        self.tell, self.every = tell, every
        self.begun = time.monotonic()
        self._what, self._done = "all series: read the models", threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True) if tell else None

    def __enter__(self):
        if self._thread:
            self._thread.start()
        return self

    def __exit__(self, *_exception):
        self._done.set()
        if self._thread:
            self._thread.join()

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self.begun

    def at(self, series: str, step: str) -> None:
        """The present step of a training, and the series it is for."""
        self._what = f"{series}: {step}"

    def batches(self, series: str, step: str, last: int):
        """-> say(batch, loss) for a fit of at most `last` batches."""
        return lambda batch, loss: self.at(series, f"{step}, batch {batch} of {last}, loss {loss:.4f}")

    def _speak(self):
        while True:
            self.tell(f"{self._what} ({self.seconds:.0f} s)")
            if self._done.wait(self.every):
                return
