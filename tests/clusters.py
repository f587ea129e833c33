"""A real Dask scheduler with two worker processes on loopback, for the fixture ``cluster``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.execution import SilentProgress


@dataclass
class Cluster:
    """What a test needs to know of it."""

    address: str
    workers: list[subprocess.Popen[bytes]]
    scheduler: subprocess.Popen[bytes]


@contextmanager
def loopback_cluster(folder: Path) -> Iterator[Cluster]:
    """Start a scheduler and two workers of one thread each; end them whatever happens."""
    import distributed

    connect: Any = distributed.Client
    address_file = folder / "scheduler.json"

    def start(kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--scheduler-file", str(address_file)]
        silent = subprocess.DEVNULL
        return subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--no-dashboard", *arguments], stdout=silent, stderr=silent
        )

    processes = [start("scheduler", "--port", "0")]
    workers = [start("worker", "--no-nanny", "--nthreads", "1") for _ in range(2)]
    try:
        with connect(scheduler_file=str(address_file), timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield Cluster(address, workers, processes[0])
    finally:
        for process in [*workers, *processes]:
            process.kill()
            process.wait()


class KillOnce(SilentProgress):
    """Kills workers, or the scheduler, after the first result."""

    def __init__(self, *processes: subprocess.Popen[bytes]) -> None:
        self.processes = processes

    def advance(self) -> None:
        """One result has come: kill, once and for all."""
        for process in self.processes:
            process.kill()
