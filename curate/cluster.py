"""Map a function over items on the workers of a Dask cluster; :mod:`curate.execution` calls it.

Workers must see the same files under the same paths. Results come in the order of the items, a few are in flight at a
time, and work that was on a worker that dies is done again by another one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from curate.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")

_IN_FLIGHT_PER_THREAD = 4
_SECONDS_TO_CONNECT = 10
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
        If Dask is not installed, no scheduler answers, it has no workers, or its workers keep dying.
    """
    with _connected(scheduler) as client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise InputError("has no workers", path=scheduler, hint="start one with `dask worker ADDRESS`")
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


def _connected(scheduler: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "needs Dask, which is not installed", path=scheduler, hint="pip install 'curate-inspection[dask]'"
        ) from error
    connect: Any = distributed.Client
    try:
        return connect(scheduler, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers there ({error})", path=scheduler, hint="start one with `dask scheduler`"
        ) from error


def _result(future: Any, scheduler: str) -> Any:
    from distributed import CancelledError, KilledWorker

    try:
        return future.result()
    except (KilledWorker, CancelledError) as error:
        raise InputError(
            f"its workers died again and again ({error})", path=scheduler, hint="look at the workers' logs"
        ) from error


def _itself(function: Callable[[Item], Result]) -> Callable[[Item], Result]:
    return function


def _apply(function: Callable[[Item], Result], item: Item) -> Result:
    import cv2

    cv2.setNumThreads(1)  # as on threads: a worker has as many as it was started with
    return function(item)
