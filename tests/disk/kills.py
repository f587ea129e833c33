"""End a program at its n-th change of the disk, as a kill does: nothing after it happens, not even a clean-up."""

from __future__ import annotations

import builtins
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHANGES = ("rename", "replace", "unlink", "rmdir", "mkdir", "link", "fsync", "ftruncate", "truncate", "remove")
"""Functions of :mod:`os` that change the disk; opening a file for writing is one more change, writing another."""


class Killed(BaseException):
    """No ``except Exception`` may catch it."""


@contextmanager
def killed_at(moment: int, error: OSError | None = None) -> Iterator[list[str]]:
    """Raise at the ``moment``-th change of the disk, counted from 0, and return what was changed before.

    Without an ``error`` it is a kill: every later change is refused, too, so that handlers can do nothing.
    """
    done: list[str] = []
    dead: list[bool] = []

    def step(name: str) -> None:
        if dead and error is None:
            raise Killed
        if len(done) == moment and not dead:
            dead.append(True)
            raise error or Killed
        done.append(name)

    with pytest.MonkeyPatch.context() as patch:
        for name in CHANGES:
            patch.setattr(os, name, _stepping(getattr(os, name), name, step))
        patch.setattr(io, "open", _opening(io.open, step))
        patch.setattr(builtins, "open", _opening(builtins.open, step))
        # Without file descriptors, rmtree calls the functions above one by one.
        patch.setattr(shutil, "_use_fd_functions", False)
        yield done


def _stepping(real: Callable[..., Any], name: str, step: Callable[[str], None]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        step(name)
        return real(*arguments, **options)

    return call


def _opening(real: Callable[..., Any], step: Callable[[str], None]) -> Callable[..., Any]:
    def call(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if set(mode) & set("wxa+"):
            step(f"open {mode}")
            stream = real(file, mode, *arguments, **options)
            try:
                step("write")  # between the name and the content
            except BaseException:
                stream.close()
                raise
            return stream
        return real(file, mode, *arguments, **options)

    return call


def every_kill(run: Callable[[], object]) -> Iterator[int]:
    """Run something again and again, killed one change later each time; end when it comes through.

    Between two runs whoever iterates looks at what is left, and restores the state to start from.
    """
    for moment in range(10_000):
        try:
            with killed_at(moment):
                run()
        except Killed:
            yield moment
            continue
        return


def contents(root: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
