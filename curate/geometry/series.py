"""Values along a series of frames in shooting order: their running median, and how far they scatter.

One edge rule for every room: what `crop` and `screen` judge by is what `plot`, `report` and `review` show.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from pandas.api.indexers import BaseIndexer

Values: TypeAlias = NDArray[np.float64]

POSITION_NEIGHBOURS = 101
"""Frames in the running median of window positions: it follows a camera mount that drifts or was bumped."""

BRIGHTNESS_NEIGHBOURS = 31
"""Frames in the running median of brightness: lamps age slowly, daylight comes within minutes."""

_LEAST_REACH = 5
SIGMA_OF_MAD = 1.4826
"""Standard deviation of a normal distribution whose median absolute deviation is 1."""


def running_median(values: ArrayLike, width: int = POSITION_NEIGHBOURS) -> Values:
    """Return the median of the ``width`` values around each value, itself included; NaN are left out.

    Towards the ends the neighbourhood shrinks, so that it stays centred and a drift does not bias it; within five
    values of an end it shrinks no further on the inner side and is cut off on the outer one.

    Parameters
    ----------
    values : array-like of float, shape (n,)
    width : int
        An odd number.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where no neighbour is a number.

    Examples
    --------
    >>> running_median([1.0, 9.0, 2.0, 3.0, 4.0], 3).tolist()
    [5.0, 2.0, 3.0, 3.0, 3.5]
    """
    import pandas as pd

    series = pd.Series(np.asarray(values, np.float64))
    return series.rolling(_neighbourhood()(width=width), min_periods=1).median().to_numpy()


@cache
def _neighbourhood() -> type[BaseIndexer]:
    """Return the edge rule as pandas wants it: defined late, because importing pandas takes a third of a second."""
    from pandas.api.indexers import BaseIndexer

    class Neighbourhood(BaseIndexer):
        width: int

        def get_window_bounds(
            self,
            num_values: int = 0,
            min_periods: int | None = None,  # noqa: ARG002 - the interface's
            center: bool | None = None,  # noqa: ARG002, FBT001 - the interface's
            closed: str | None = None,  # noqa: ARG002 - the interface's
            step: int | None = None,  # noqa: ARG002 - the interface's
        ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            place = np.arange(num_values, dtype=np.int64)
            to_end = np.minimum(place, num_values - 1 - place)
            reach = np.minimum(self.width // 2, np.maximum(to_end, _LEAST_REACH))
            return np.maximum(0, place - reach), np.minimum(num_values, place + reach + 1)

    return Neighbourhood


def robust_spread(values: ArrayLike) -> float:
    """Return the standard deviation of normal values that would scatter as these do: 1.4826 × the median absolute
    deviation from their median. NaN are left out.

    >>> robust_spread([1.0, 2.0, 3.0, 4.0, 100.0])
    1.4826
    """  # noqa: D205 - one sentence
    numbers = np.asarray(values, np.float64)
    return float(SIGMA_OF_MAD * np.nanmedian(np.abs(numbers - np.nanmedian(numbers))))
