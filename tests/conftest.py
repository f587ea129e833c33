"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, settings

from tests.clusters import Cluster, loopback_cluster

# No test depends on the clock; where a change is judged, the same examples are tried every time.
settings.register_profile("curate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("judged", settings.get_profile("curate"), derandomize=True)
settings.load_profile("judged" if os.environ.get("CI") else "curate")

SHARED = Path(__file__).parents[2] / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz-examples", type=int, default=200, help="malformed documents that each reader is tried on")


@pytest.fixture
def fuzz_examples(request: pytest.FixtureRequest) -> int:
    """How many malformed documents each reader is tried on: 200, or what --fuzz-examples says."""
    return int(request.config.getoption("--fuzz-examples"))


@dataclass(frozen=True)
class CommandResult:
    code: int
    out: str
    err: str


Curate: TypeAlias = Callable[..., CommandResult]


@pytest.fixture
def curate(capfd: pytest.CaptureFixture[str]) -> Curate:
    """Run ``curate ARGUMENTS…`` in this process and return exit code, stdout and stderr."""
    from curate.cli.main import run

    def call(*arguments: object) -> CommandResult:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return CommandResult(int(code), captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; the test is skipped where it is absent, or not wanted (``CURATE_NO_SHARED=1``)."""
    if os.environ.get("CURATE_NO_SHARED") or not SHARED.is_dir():
        pytest.skip("the folder of real data (../shared) is not here")
    return SHARED


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Dask scheduler and two worker processes, for the tests of one file."""
    with loopback_cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may reach another host."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        local = {"127.0.0.1", "::1", "localhost"}
        if self.family in {socket.AF_INET, socket.AF_INET6} and str(address[0]) not in local:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
