"""Clients that do not finish their requests are closed; no test waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from curate.review.connection import REQUEST_TIMEOUT_S, TimedConnection

HEAD = b"POST /decisions HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"


class Timer:
    """A call that is due; the test says when."""

    def __init__(self, delay_s: float, call: Callable[[], None]) -> None:
        self.delay_s, self.call, self.cancelled = delay_s, call, False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """An event loop that runs nothing and remembers what is due."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(delay_s, call))
        return self.timers[-1]

    def create_task(self, coroutine: Any) -> asyncio.Future[None]:
        coroutine.close()
        return asyncio.Future()

    def due(self) -> list[Timer]:
        return [timer for timer in self.timers if not timer.cancelled]


class Wire(asyncio.Transport):
    """A connection that only knows whether it is closed."""

    closed = False

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        del name
        return default


async def _app(scope: Any, receive: Any, send: Any) -> None:
    del scope, receive, send


def connection(*parts: bytes) -> tuple[Wire, Loop, TimedConnection]:
    """Return a connection on which some bytes arrived."""
    wire, loop = Wire(), Loop()
    config = Config(_app, log_config=None, lifespan="off", ws="none")
    protocol = TimedConnection(config, ServerState(), {}, _loop=loop)  # type: ignore[arg-type]
    protocol.connection_made(wire)
    for part in parts:
        protocol.data_received(part)
    return wire, loop, protocol


def waiting(*parts: bytes) -> tuple[Wire, list[Timer]]:
    async def inside() -> tuple[Wire, list[Timer]]:
        wire, loop, _ = connection(*parts)
        assert len(loop.timers) == 1, "further bytes do not give more time"
        return wire, loop.due()

    return asyncio.run(inside())


@pytest.mark.parametrize(
    "parts", [(), (b"G",), (b"GET / HTTP/1.1\r\n", b"Host"), (HEAD,), (HEAD, b"\r\n"), (HEAD, b"\r\n", b"abc")]
)
def test_a_request_that_is_not_whole_is_waited_for_and_then_closed(parts: tuple[bytes, ...]) -> None:
    wire, (timer,) = waiting(*parts)
    assert (timer.delay_s, wire.closed) == (REQUEST_TIMEOUT_S, False)
    timer.call()
    assert wire.closed


@pytest.mark.parametrize("parts", [(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",), (HEAD, b"\r\nab", b"cd")])
def test_a_whole_request_has_all_the_time_it_needs_to_be_answered(parts: tuple[bytes, ...]) -> None:
    wire, timers = waiting(*parts)
    assert timers == []
    assert not wire.closed


def test_nothing_is_waited_for_when_the_client_has_gone() -> None:
    async def inside() -> list[Timer]:
        _, loop, protocol = connection(b"GET /")
        protocol.connection_lost(None)
        return loop.due()

    assert asyncio.run(inside()) == []
