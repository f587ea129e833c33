"""Make the n-th read below a folder fail, as an unplugged disk, a stale share or a missing right does."""

from __future__ import annotations

import builtins
import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CALLS = ("stat", "listdir", "scandir")
"""Besides the two ``open``; :func:`os.open` locks files and flushes folders here, which belongs to writing."""


class Reads:
    """The reads so far, and whether the failing one was reached."""

    def __init__(self, moment: int) -> None:
        self.moment = moment
        self.seen: list[str] = []

    @property
    def reached(self) -> bool:
        return len(self.seen) > self.moment


@contextmanager
def failing_read(
    below: Path, moment: int, code: int, *, only: Callable[[str], bool] = lambda _: True, last: int | None = None
) -> Iterator[Reads]:
    """Raise ``OSError(code)`` at the ``moment``-th read below a folder, counted from 0, up to the ``last``.

    Reads that ``only`` says False to are neither counted nor failed.
    """
    reads = Reads(moment)
    lock = threading.Lock()
    end = moment if last is None else last

    def look(path: Any) -> None:
        if isinstance(path, int):
            return
        shown = os.fsdecode(path)
        if not shown.startswith(f"{below}{os.sep}") or not only(shown):
            return
        with lock:
            reads.seen.append(shown)
            place = len(reads.seen) - 1
        if moment <= place <= end:
            raise OSError(code, os.strerror(code), shown)

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, _looking(getattr(os, name), look))
        for module in (io, builtins):
            patch.setattr(module, "open", _opening(module.open, look))
        yield reads


def _looking(real: Callable[..., Any], look: Callable[[Any], None]) -> Callable[..., Any]:
    def call(path: Any = ".", *arguments: Any, **options: Any) -> Any:
        look(path)
        return real(path, *arguments, **options)

    return call


def _opening(real: Callable[..., Any], look: Callable[[Any], None]) -> Callable[..., Any]:
    def call(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if not set(mode) & set("wxa+"):
            look(file)
        return real(file, mode, *arguments, **options)

    return call
