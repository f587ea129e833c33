"""Map a function over items on the workers of a Dask cluster; :mod:`curate.execution` calls it.

Workers must run the same code and see the same files under the same paths, which is asked first. Results come in
the order of the items, a few are in flight at a time, and work that was on a worker that dies is done again by another.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from curate.disk.atomic import temporary_name
from curate.disk.hashing import sha256_json
from curate.errors import CurateError, InputError
from curate.model.words import install_command

Item = TypeVar("Item")
Result = TypeVar("Result")

SECONDS_TO_CONNECT = 2.0
_IN_FLIGHT_PER_THREAD = 4
_GRACE_S = 0.5
_PORT = 8786
_RETRIES = 3
"""How often an item is given to another worker after its own has died."""

_SCRATCH = ".curate"
_FIRST_LOOK_S, _LOOKS_WITHOUT_WORKERS = 2.0, 3
"""While a result is waited for: a cluster whose workers are all gone would be waited for until somebody starts some."""

_LISTED, _LOOKS, _BETWEEN_LOOKS_S = 1000, 5, 0.2
"""Names of a folder that are compared; how often a worker looks for a new file, as network disks show it late."""

_START = "start one with `dask scheduler`"
_GONE = "start it again, and run the same command again; what is done is kept"


def map_on_cluster(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    scheduler: str,
    shared: Sequence[Path] = (),
    *,
    timeout_s: float = SECONDS_TO_CONNECT,
) -> Iterator[Result]:
    """Yield ``function(item)`` for each item, in order, computed on a cluster.

    Parameters
    ----------
    function : callable
        Can be pickled, and so can its results. It is sent once, not with every item.
    items : sequence
        Each can be pickled.
    scheduler : str
        Address, such as ``tcp://10.0.0.5:8786``.
    shared : sequence of Path
        Folders that every worker must see as this process does.
    timeout_s : float
        How long to wait for the scheduler to answer, seconds.

    Raises
    ------
    InputError
        If Dask is not installed, no scheduler answers or it goes away, it has no workers, they run other versions, do
        not see the folders, or keep dying.
    """
    with _Cluster(scheduler, timeout_s) as cluster:
        cluster.refuse_others(shared)
        send = cluster.sender(function)
        pending: deque[Any] = deque()
        try:
            for item in items:
                pending.append(send(item))
                if len(pending) >= cluster.threads * _IN_FLIGHT_PER_THREAD:
                    yield cluster.result(pending.popleft())
            while pending:
                yield cluster.result(pending.popleft())
        finally:
            cluster.cancel(pending)


class _Cluster:
    """A connection, every failure of which is one message."""

    def __init__(self, scheduler: str, timeout_s: float) -> None:
        self._scheduler = scheduler
        self._timeout_s = timeout_s
        self._client: Any = None
        self.threads = 0

    def __enter__(self) -> Self:
        distributed = _distributed(self._scheduler)
        _check_address(self._scheduler, self._timeout_s)
        self._loggers = _silenced()
        try:
            self._client = _connected(distributed, self._scheduler, self._timeout_s)
        except BaseException:
            self._loud_again()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(Exception):  # of a connection that is broken already
            self._client.close(timeout=self._timeout_s)
        self._loud_again()

    def _loud_again(self) -> None:
        for logger, level in self._loggers.items():
            logger.setLevel(level)

    def refuse_others(self, shared: Sequence[Path]) -> None:
        """Raise where there are no workers, or one runs other code or sees other files than this process."""
        with self._lost():
            self.threads = sum(self._client.nthreads().values())
        if not self.threads:
            raise InputError("has no workers", path=self._scheduler, hint="start one with `dask worker ADDRESS`")
        with self._lost():
            versions = self._client.run(code_versions)
        _refuse_other_code(versions, self._scheduler)
        with _marks(shared) as marks, self._lost():
            unseen = self._client.run(unseen_folders, marks) if marks else {}
        _refuse_blind(unseen, self._scheduler)

    def sender(self, function: Callable[[Item], Result]) -> Callable[[Item], Any]:
        """Send a function, and return what sends an item to it."""
        with self._lost():
            # A task of its own: when the worker that holds it dies, the cluster knows how to make it again.
            shared = self._client.submit(_itself, function, pure=False)

        def send(item: Item) -> Any:
            with self._lost():
                return self._client.submit(_apply, shared, item, pure=False, retries=_RETRIES)

        return send

    def result(self, future: Any) -> Any:
        """Wait for a result, or raise what the function raised."""
        from distributed import KilledWorker

        failure = self._patiently(future.exception)
        if isinstance(failure, KilledWorker):
            message = f"its workers died again and again ({_first_line(failure)})"
            raise InputError(message, path=self._scheduler, hint="look at the workers' logs")
        if failure is not None and future.status == "error":
            raise failure
        if failure is not None:
            raise self._gone("it took back what it was asked to do")
        return self._patiently(future.result)

    def _patiently(self, get: Callable[[float], Any]) -> Any:
        """Return what is waited for, while there are workers that may bring it.

        Each wait is twice as long as the one before, because one that is broken off begins its transfer again.
        """
        seconds, without = _FIRST_LOOK_S, 0
        while without < _LOOKS_WITHOUT_WORKERS:
            with self._lost():
                try:
                    return get(seconds)
                except TimeoutError:
                    without = 0 if self._client.nthreads() else without + 1
            seconds = 2 * seconds if not without else _FIRST_LOOK_S
        raise self._gone("there is no worker left")

    def cancel(self, futures: Iterable[Any]) -> None:
        """Take back what nobody waits for any more."""
        with suppress(Exception):
            self._client.cancel(list(futures))

    @contextmanager
    def _lost(self) -> Iterator[None]:
        """Turn whatever Dask raises when it loses its scheduler into one message."""
        from distributed import CancelledError

        try:
            yield
        except CurateError:
            raise
        except CancelledError as error:
            raise self._gone("the connection was lost") from error
        except Exception as error:  # it has many names for it
            raise self._gone(_first_line(error)) from error

    def _gone(self, reason: str) -> InputError:
        message = f"the scheduler went away, or all its workers ({reason})"
        return InputError(message, path=self._scheduler, hint=_GONE)


def code_versions() -> dict[str, str]:
    """Return the versions on which a result depends; called here and on every worker."""
    import platform

    import cv2
    import numpy as np

    from curate import __version__

    return {
        "curate": __version__,
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "OpenCV": cv2.__version__,
    }


@dataclass(frozen=True, slots=True)
class FolderMark:
    """By what a worker knows that a folder is the one that is meant.

    Attributes
    ----------
    folder : str
    nonce : str
        A file that was just made in it, where curate may write there; ``""`` elsewhere.
    names : str
        Hash of the names in it and in its folders.
    """

    folder: str
    nonce: str
    names: str


@contextmanager
def _marks(folders: Sequence[Path]) -> Iterator[list[FolderMark]]:
    """Mark folders for as long as the workers look: a workspace by a new file, others by the names in them."""
    made: list[Path] = []
    marks = []
    try:
        for folder in (place.absolute() for place in folders):
            nonce = folder / _SCRATCH / temporary_name()
            if nonce.parent.is_dir():
                with suppress(OSError):  # a workspace that is only read
                    nonce.touch(exist_ok=False)
                    made.append(nonce)
            is_made = nonce in made
            marks.append(FolderMark(str(folder), str(nonce) if is_made else "", "" if is_made else _names_hash(folder)))
        yield marks
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def unseen_folders(marks: Sequence[FolderMark]) -> list[str]:
    """Return the folders that are not seen here as they were marked elsewhere; called on every worker."""
    unseen = []
    for mark in marks:
        for look in range(_LOOKS):
            if look:
                time.sleep(_BETWEEN_LOOKS_S)
            if Path(mark.nonce).exists() if mark.nonce else _names_hash(Path(mark.folder)) == mark.names:
                break
        else:
            unseen.append(mark.folder)
    return unseen


def _names_hash(folder: Path) -> str:
    """Hash the names in a folder and in its folders, of each the first so many; ``""`` where it cannot be listed."""
    try:
        inside = sorted(os.listdir(folder))[:_LISTED]  # noqa: PTH208 - names are wanted, not paths
        below = []
        for name in inside:
            with suppress(OSError):
                below.append([name, sorted(os.listdir(folder / name))[:_LISTED]])  # noqa: PTH208 - as above
    except OSError:
        return ""
    return sha256_json([inside, below])


def _refuse_blind(workers: Mapping[str, list[str]], scheduler: str) -> None:
    """Raise where a worker does not see what this process sees: it would find files missing that are not."""
    lines = [f"{worker}: {folder}" for worker, unseen in sorted(workers.items()) for folder in unseen]
    if lines:
        message = "\n  ".join(["its workers do not see the same files as this machine:", *lines])
        hint = "give all of them the same disk at the same path, and start them as a user who may read it"
        raise InputError(message, path=scheduler, hint=hint)


def _refuse_other_code(workers: Mapping[str, dict[str, str]], scheduler: str) -> None:
    """Raise where a worker would compute with other code than this process: results must not depend on the worker."""
    own = code_versions()
    lines = [
        f"{worker}: {name} {versions.get(name, 'unknown')}, here {version}"
        for worker, versions in sorted(workers.items())
        for name, version in own.items()
        if versions.get(name) != version
    ]
    if lines:
        message = "\n  ".join(["its workers run other versions than this machine:", *lines])
        raise InputError(message, path=scheduler, hint="install the same versions on all of them")


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0]


def _silenced() -> dict[logging.Logger, int]:
    """Keep Dask from logging pages about a scheduler that is gone, which is one message of ours; returns the levels."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "distributed.core")]
    levels = {logger: logger.level for logger in loggers}
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    return levels


def _distributed(scheduler: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise InputError("needs Dask, which is not installed", path=scheduler, hint=install_command("dask")) from error
    return distributed


def _connected(distributed: Any, scheduler: str, timeout_s: float) -> Any:
    try:
        connect = partial(distributed.Client, scheduler, timeout=timeout_s, set_as_default=False)
        return _in_time(connect, timeout_s + _GRACE_S)
    except Exception as error:  # whatever answers is no scheduler, or none that we understand
        message = f"no Dask scheduler answers there ({_first_line(error)})"
        raise InputError(message, path=scheduler, hint=_START) from error


def _in_time(work: Callable[[], Result], seconds: float) -> Result:
    """Return what a function returns, or raise TimeoutError: for what waits for ever, whatever one asks of it."""
    outcome: Future[Result] = Future()

    def carry_out() -> None:
        try:
            outcome.set_result(work())
        except Exception as error:  # noqa: BLE001 - raised in the thread that waits
            outcome.set_exception(error)

    threading.Thread(target=carry_out, daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError as error:
        raise TimeoutError(f"nothing came within {seconds:g} seconds") from error


def _check_address(scheduler: str, timeout_s: float) -> None:
    """Raise in seconds and in one line for what Dask would try for long and end in a traceback."""
    import distributed.security

    security: Any = distributed.security.Security

    address = urlsplit(scheduler)
    try:
        host, port = address.hostname, address.port or _PORT
    except ValueError:  # the port is no number
        host, port = None, 0
    if not host or address.scheme not in {"tcp", "tls"}:
        raise InputError(
            "is no address of a Dask scheduler", path=scheduler, hint="give one such as tcp://10.0.0.5:8786"
        )
    if address.scheme == "tls" and security().get_connection_args("client").get("ssl_context") is None:
        message, hint = "needs certificates", "name them in Dask's configuration: distributed.comm.tls"
        raise InputError(message, path=scheduler, hint=hint)
    try:  # a name server may take minutes
        _in_time(lambda: socket.create_connection((host, port), timeout=timeout_s).close(), timeout_s + _GRACE_S)
    except OSError as error:
        message = f"no Dask scheduler answers there ({error.strerror or error})"
        raise InputError(message, path=scheduler, hint=_START) from error


def _itself(function: Callable[[Item], Result]) -> Callable[[Item], Result]:
    return function


def _apply(function: Callable[[Item], Result], item: Item) -> Result:
    import cv2

    cv2.setNumThreads(1)  # as on threads: a worker has as many as it was started with
    return function(item)
