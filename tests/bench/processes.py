"""Measure whole processes, start-up included."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.decode import THREADS


class Used(NamedTuple):
    """What a process took, in seconds; CPU is user and system time, which other programs disturb less."""

    wall_s: float
    cpu_s: float


def decoding(root: Path, folder: str, *splits: str) -> Used:
    """Decode maps and masks, and the images of some splits, in a process that loads nothing else."""
    return used(["-m", "tests.bench.decode", root, folder, *splits])


def evaluating(root: Path, folder: str, cache: Path, *more: str, first: bool = False) -> Used:
    """Run ``curate evaluate``; what it remembers lies in ``cache``, where nothing is on a first run."""
    if first:
        shutil.rmtree(cache, ignore_errors=True)
    command = ["-m", "curate", "evaluate", root / folder, "--dataset", root / "data", "-j", THREADS, "--json", *more]
    return used(command, cache=cache)


def used(arguments: Sequence[object], *, cache: Path | None = None) -> Used:
    """Run Python with some arguments to its end."""
    environment = {**os.environ, **({} if cache is None else {"CURATE_CACHE": str(cache)})}
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *map(str, arguments)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as begun:
        _, status, spent = os.wait4(begun.pid, 0)
        begun.returncode = os.waitstatus_to_exitcode(status)
    assert begun.returncode == 0
    return Used(time.perf_counter() - start, spent.ru_utime + spent.ru_stime)


def least(rounds: int, *works: Callable[[], Used]) -> list[Used]:
    """Run works in turns; return the least wall and CPU time of each: what disturbs only ever adds."""
    every = [[work() for work in works] for _ in range(rounds)]
    return [Used(*(min(column) for column in zip(*runs, strict=True))) for runs in zip(*every, strict=True)]
