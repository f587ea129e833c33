"""Work beside the page, which ends when the page does.

A thread that still runs C++ code (OpenCV's, say) while Python shuts down ends the process by an abort. So no thread is
left behind: each asks between two items whether it is still wanted, and whoever ends the page waits for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from curate.execution import Execution


class StoppedError(Exception):
    """The work is no longer wanted."""


class Background:
    """Threads that can be told to stop."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def execution(self) -> Execution:
        """One worker, which stops between two items once it is told to."""
        return Execution(jobs=1, progress=_StopBetweenItems(self._stopped))

    def start(self, work: Callable[[], object], name: str) -> None:
        """Do some work in a thread of its own."""

        def run() -> None:
            with suppress(StoppedError):
                work()

        thread = threading.Thread(target=run, name=name)
        self._threads.append(thread)
        thread.start()

    def stop(self, grace_s: float) -> bool:
        """Tell all work to stop; return whether it did within a time."""
        self._stopped.set()
        end = time.monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)


class _StopBetweenItems:
    """A progress that nobody sees, and that raises when the work is no longer wanted."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped

    def start(self, title: str, total: int) -> None:
        """Ask before the first item."""
        del title, total
        self.advance()

    def advance(self) -> None:
        """Ask after an item."""
        if self._stopped.is_set():
            raise StoppedError

    def finish(self) -> None:
        """Nothing is to be ended."""
