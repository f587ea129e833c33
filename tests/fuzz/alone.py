"""Run a command in a process of its own, and say how it ended and what it took."""

from __future__ import annotations

import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.material import run_in

HANG_S, CRASHED = 60, 99


@dataclass(frozen=True)
class Outcome:
    """How a command ended in a process of its own."""

    code: int
    shown: str
    most_mb: float
    cpu_s: float


def run_alone(root: Path, arguments: list[str]) -> Outcome:
    """Run a command in a forked process, where it may hang, crash, or take memory, and nothing else does."""
    said = root.parent / "said.txt"
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        code = CRASHED
        try:
            # What is shared with this process counts as held by the one that is forked from it.
            os.write(writer, Path("/proc/self/statm").read_bytes())
            shown = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(shown, 1)
            os.dup2(shown, 2)
            sys.stdout, sys.stderr = (os.fdopen(n, "w", encoding="utf-8", errors="surrogateescape") for n in (1, 2))
            # A hang burns no time of the processor: the alarm ends it, whatever it waits for.
            signal.alarm(HANG_S)
            resource.setrlimit(resource.RLIMIT_CPU, (HANG_S, HANG_S))
            code = run_in(root, arguments)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as held:
        held_mb = int(held.read().split()[1]) * resource.getpagesize() / 2**20
    _, status, used = os.wait4(child, 0)
    text = said.read_text(encoding="utf-8", errors="surrogateescape")
    return Outcome(
        os.waitstatus_to_exitcode(status),
        text,
        max(0.0, used.ru_maxrss / 1024 - held_mb),
        used.ru_utime + used.ru_stime,
    )
