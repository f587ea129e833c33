"""Bring scores together by group in one counting pass: what makes counting millions of floats fast.

The transpose of a sparse matrix of one row is a counting sort. SciPy's compiled routine for it writes into arrays that
are at hand, and is loaded in a millisecond; its public interface takes a third of a second to import, and allocates and
copies arrays for each map, which costs as much as sorting. The routine is not part of that interface, so it is tried on
a small example before it is trusted, and where it is not what it was the public way is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int32]
Lower: TypeAlias = NDArray[np.uint16]
Gather: TypeAlias = Callable[[int, int, Numbers, Numbers, Lower, Numbers, Numbers, Lower], Any]


def bring_together(groups: Numbers, lower: Lower, begins: Numbers, out: Lower, scratch: Numbers) -> None:
    """Copy ``lower`` into ``out``, stably sorted by group.

    Parameters
    ----------
    groups : ndarray of int32, shape (n,)
        Each from 0 to ``begins.size - 2``.
    lower : ndarray of uint16, shape (n,)
        May be a view with a stride.
    begins : ndarray of int32, shape (k + 1,)
        Receives where each group begins in ``out``, and the end.
    out : ndarray of uint16, shape (n,)
    scratch : ndarray of int32, shape (n,)
        Overwritten.

    Examples
    --------
    >>> groups, lower = np.array([1, 0, 1], np.int32), np.array([7, 8, 9], np.uint16)
    >>> begins, out = np.zeros(3, np.int32), np.zeros(3, np.uint16)
    >>> bring_together(groups, lower, begins, out, np.zeros(3, np.int32))
    >>> out.tolist(), begins.tolist()
    ([8, 7, 9], [0, 1, 3])
    """
    row = np.array([0, groups.size], np.int32)
    _gather()(1, begins.size - 1, row, groups, lower, begins, scratch, out)


@cache
def _gather() -> Gather:
    """Return SciPy's routine, or the public way."""
    try:
        gather: Gather = _compiled().csr_tocsc
        return gather if _works(gather) else _publicly
    except (ImportError, AttributeError, TypeError, ValueError):  # moved, or with other arguments
        return _publicly


def _compiled() -> Any:
    """Load the compiled module alone, without the packages around it."""
    scipy = find_spec("scipy")
    for folder in (scipy.submodule_search_locations or ()) if scipy else ():
        for suffix in EXTENSION_SUFFIXES:
            path = Path(folder, "sparse", f"_sparsetools{suffix}")
            spec = spec_from_file_location("_sparsetools", path) if path.is_file() else None
            if spec is not None and spec.loader is not None:
                module = module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    raise ImportError("scipy.sparse has no compiled module of that name")


def _works(gather: Gather) -> bool:
    groups, lower = np.array([2, 0, 2, 1], np.int32), np.arange(8, dtype=np.uint16)[::2]
    begins, scratch, out = np.zeros(4, np.int32), np.zeros(4, np.int32), np.zeros(4, np.uint16)
    gather(1, 3, np.array([0, 4], np.int32), groups, lower, begins, scratch, out)
    return begins.tolist() == [0, 1, 2, 4] and out.tolist() == [2, 6, 0, 4]


def _publicly(
    rows: int, count: int, row: Numbers, groups: Numbers, lower: Lower, begins: Numbers, scratch: Numbers, out: Lower
) -> None:
    from scipy.sparse import csr_array  # takes long to import

    column = csr_array((lower, groups, row), shape=(rows, count)).tocsc()
    begins[:] = column.indptr
    out[:] = column.data
    scratch[:] = 0
