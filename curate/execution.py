"""Map a function over items: the one parallel seam.

Threads by default, because decoders, OpenCV and NumPy release the GIL; memory is bounded by a few items a worker, never
by the number of items; results come in the order of the items, so output never depends on the number of jobs. Beyond
one machine, the same functions run on the workers of a Dask cluster, which must see the same files at the same paths.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from curate.disk.unread import UnreadFiles, is_unread
from curate.errors import MissingError, ReadError

Item = TypeVar("Item")
Result = TypeVar("Result")

_IN_FLIGHT_PER_WORKER = 4
"""Enough to keep workers busy while results are consumed, few enough to bound memory."""


class Progress(Protocol):
    """Something that shows how far a long work is. Library code never prints: it tells this."""

    def start(self, title: str, total: int) -> None:
        """Begin a work of ``total`` items."""

    def advance(self) -> None:
        """One more item is done."""

    def finish(self) -> None:
        """End the work, also after an error."""


class SilentProgress:
    """Shows nothing."""

    def start(self, title: str, total: int) -> None:
        """Ignore the start."""

    def advance(self) -> None:
        """Ignore an item."""

    def finish(self) -> None:
        """Ignore the end."""


_SILENT = SilentProgress()


@dataclass(frozen=True, slots=True)
class _Looking(Generic[Item, Result]):
    """A function that returns the error where a file could not be read, instead of raising it."""

    function: Callable[[Item], Result]

    def __call__(self, item: Item) -> Result | ReadError | MissingError:
        try:
            return self.function(item)
        except (ReadError, MissingError) as error:
            if is_unread(error):
                return error
            raise  # something else is missing than a file: what all items need


def available_cores() -> int:
    """Count the cores this process may use.

    >>> available_cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Execution:
    """How work is carried out; shared by every stage.

    Attributes
    ----------
    jobs : int
        Worker threads; 0 means one a core.
    progress : Progress
    scheduler : str
        Address of a Dask scheduler (``tcp://host:8786``); ``""`` works on threads of this process.
    shared : tuple of Path
        Folders that the workers of a cluster must see as this process does; checked before anything is done.
    """

    jobs: int = 0
    progress: Progress = _SILENT
    scheduler: str = ""
    shared: tuple[Path, ...] = ()

    def among(self, *folders: Path) -> Execution:
        """Return the same, for work on the files of some folders."""
        return replace(self, shared=folders)

    @property
    def workers(self) -> int:
        """Number of worker threads."""
        return self.jobs if self.jobs > 0 else available_cores()

    def map(self, function: Callable[[Item], Result], items: Sequence[Item], title: str) -> Iterator[Result]:
        """Yield ``function(item)`` for each item, in order.

        The first exception is raised at its item's place; items not yet started are dropped. But where a file could
        not be read (:class:`~curate.errors.ReadError`, :class:`~curate.errors.MissingError`), nothing more is yielded
        and all other items are still worked on, so that whoever notes what is done (a journal) loses nothing; then one
        error names all such files.

        >>> list(Execution(jobs=2).map(lambda n: n * n, [1, 2, 3], "squares"))
        [1, 4, 9]
        """
        self.progress.start(title, len(items))
        unread = UnreadFiles()
        try:
            for result in self._results(_Looking(function), items):
                self.progress.advance()
                if isinstance(result, ReadError | MissingError):
                    unread.add(result)
                elif not unread:
                    yield result
        finally:
            self.progress.finish()
        unread.raise_any()

    def _results(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        if self.scheduler:
            from curate.cluster import map_on_cluster

            return map_on_cluster(function, items, self.scheduler, self.shared)
        _one_thread_inside_opencv()
        return map(function, items) if self.workers == 1 else self._on_threads(function, items)

    def _on_threads(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        pool = ThreadPoolExecutor(max_workers=self.workers, thread_name_prefix="curate")
        pending: deque[Future[Result]] = deque()
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) >= self.workers * _IN_FLIGHT_PER_WORKER:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _one_thread_inside_opencv() -> None:
    """Keep OpenCV from starting threads of its own inside ours: slower in every comparison (docs/measurements.md).

    With one job, too: whoever asks for one gets one.
    """
    import cv2

    cv2.setNumThreads(1)
