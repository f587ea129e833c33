"""Map a function over items on the workers of a Dask cluster; :mod:`curate.execution` calls it.

Workers must see the same files under the same paths. Results come in the order of the items, a few are in flight at a
time, and work that was on a worker that dies is done again by another one.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from curate.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")

_IN_FLIGHT_PER_THREAD = 4
_SECONDS_TO_CONNECT = 3
_PORT = 8786
_RETRIES = 3
"""How often an item is given to another worker after its own has died."""


def map_on_cluster(function: Callable[[Item], Result], items: Sequence[Item], scheduler: str) -> Iterator[Result]:
    """Yield ``function(item)`` for each item, in order, computed on a cluster.

    Parameters
    ----------
    function : callable
        Can be pickled, and so can its results. It is sent once, not with every item.
    items : sequence
        Each can be pickled.
    scheduler : str
        Address, such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    InputError
        If Dask is not installed, no scheduler answers, it has no workers, they run other versions, or keep dying.
    """
    with _connected(scheduler) as client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise InputError("has no workers", path=scheduler, hint="start one with `dask worker ADDRESS`")
        _refuse_other_code(client.run(code_versions), scheduler)
        # A task of its own: when the worker that holds it dies, the cluster knows how to make it again.
        shared = client.submit(_itself, function, pure=False)
        pending: deque[Any] = deque()
        try:
            for item in items:
                pending.append(client.submit(_apply, shared, item, pure=False, retries=_RETRIES))
                if len(pending) >= threads * _IN_FLIGHT_PER_THREAD:
                    yield _result(pending.popleft(), scheduler)
            while pending:
                yield _result(pending.popleft(), scheduler)
        finally:
            client.cancel(list(pending))


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


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0]


def _connected(scheduler: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "needs Dask, which is not installed", path=scheduler, hint="pip install 'curate-inspection[dask]'"
        ) from error
    _check_address(scheduler)
    connect: Any = distributed.Client
    try:
        return connect(scheduler, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except Exception as error:  # a wrong address, tls:// without certificates, and what else Dask raises
        raise InputError(
            f"no Dask scheduler answers there ({_first_line(error)})",
            path=scheduler,
            hint="start one with `dask scheduler`",
        ) from error


def _check_address(scheduler: str) -> None:
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
    try:
        socket.create_connection((host, port), timeout=_SECONDS_TO_CONNECT).close()
    except OSError as error:
        message = f"no Dask scheduler answers there ({error.strerror or error})"
        raise InputError(message, path=scheduler, hint="start one with `dask scheduler`") from error


def _result(future: Any, scheduler: str) -> Any:
    from distributed import CancelledError, KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        raise InputError(
            f"its workers died again and again ({_first_line(error)})", path=scheduler, hint="look at the workers' logs"
        ) from error
    except CancelledError as error:
        raise InputError(
            f"the scheduler went away, or all its workers ({_first_line(error)})",
            path=scheduler,
            hint="start it again, and run the same command again; what is done is kept",
        ) from error


def _itself(function: Callable[[Item], Result]) -> Callable[[Item], Result]:
    return function


def _apply(function: Callable[[Item], Result], item: Item) -> Result:
    import cv2

    cv2.setNumThreads(1)  # as on threads: a worker has as many as it was started with
    return function(item)
