"""Serve the pages until somebody ends it."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

import uvicorn

from curate.errors import CurateError, InputError
from curate.review.app import DecisionTally, make_app
from curate.review.background import Background
from curate.review.connection import TimedConnection
from curate.review.guard import Keys
from curate.review.snapshot import Desk

_GRACE_S = 2


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the pages are; each address opens them a single time, after which the browser holds a cookie.

    Attributes
    ----------
    printed : str
        For the person.
    browser : str
        For the command line of a browser.
    """

    printed: str
    browser: str


class ReviewServer:
    """A bound, not yet running server.

    Parameters
    ----------
    desk : Desk
    background : Background
        What works beside the pages; it ends with them.
    host : str
    port : int
        0 takes a free one.
    start : str
        The page that the printed address leads to; the queue when empty.

    Attributes
    ----------
    ended_by : int
        The signal that ended it; 0 where none did.

    Raises
    ------
    InputError
        If the host is none of this machine's, or the port is taken.
    """

    def __init__(self, desk: Desk, background: Background, host: str, port: int, start: str = "") -> None:
        self._background = background
        self.ended_by = 0
        self._socket = _bound(host, port)
        self.port = int(self._socket.getsockname()[1])
        keys = Keys()
        app, self._pages = make_app(desk, keys, host=host, cookie=f"curate-review-{self.port}", start=start)
        config = uvicorn.Config(
            app,
            http=TimedConnection,
            log_config=None,  # no line of the access log may show the token
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
            ws="none",
        )
        self._server = uvicorn.Server(config)
        shown = _reachable(host)
        self.addresses = Addresses(*(f"http://{shown}:{self.port}/?token={key}" for key in (keys.token, keys.browser)))

    @property
    def tally(self) -> DecisionTally:
        """What was decided so far."""
        return self._pages.tally

    @property
    def seen(self) -> dict[str, dict[str, str]]:
        """What waited when a person last had it before the eyes, by category."""
        return self._pages.seen

    def run(self) -> bool:
        """Serve until interrupted (Ctrl-C, SIGTERM) or stopped.

        Returns
        -------
        bool
            Whether everything beside the pages has ended, too. Where not, Python must not be shut down in the usual
            way: the thread that is left would make that an abort.
        """
        # Read beforehand, while the browser starts.
        self._background.start(self._read_ahead, "curate-review-reader")
        with self._noting_signals():
            self._server.run(sockets=[self._socket])
            ended = self._background.stop(_GRACE_S)
        return ended and not any(_is_server_worker(thread) for thread in threading.enumerate())

    def _read_ahead(self) -> None:
        with suppress(CurateError):  # the page will say what is wrong
            self._pages.desk.snapshot()

    def stop(self) -> None:
        """End it from another thread."""
        self._server.should_exit = True

    @contextmanager
    def _noting_signals(self) -> Iterator[None]:
        """Let the server end by a signal without ending the process: the command has something to say afterwards.

        A signal that comes before the server listens to signals itself ends it, too; those that it caught, it raises
        again in the end.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def note(number: int, frame: FrameType | None) -> None:
            del frame
            self.ended_by = number
            self.stop()

        kinds = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(kind, note) for kind in kinds]
        try:
            yield
        finally:
            for kind, handler in zip(kinds, before, strict=True):
                signal.signal(kind, handler)


def _is_server_worker(thread: threading.Thread) -> bool:
    """Whether a thread still makes a picture for somebody who is gone."""
    return thread.daemon and thread.name.startswith("AnyIO")


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, proto, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, proto)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(place)
            bound.listen()  # whoever comes before the server runs waits
        except OSError:
            bound.close()
            raise
    except OSError as error:
        hint = "choose another --port, or leave it out" if port else "choose a --host of this machine"
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror or error}", hint=hint) from error
    return bound


def _reachable(host: str) -> str:
    """Return a host as it stands in an address; the one that means every interface becomes this machine's name."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - asked for, and warned about
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
