"""Floats as whole numbers in the order of their values: IEEE 754 bits, with the negative ones turned around."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SINGLE = 4
"""Bytes of a float32."""


def ordered_bits(scores: NDArray[Any]) -> NDArray[Any]:
    """Return integers in the order of the scores; -0.0 and 0.0 get the same one."""
    bits = (scores + scores.dtype.type(0)).view(np.int32 if scores.dtype.itemsize == _SINGLE else np.int64)
    sign = bits >> (8 * scores.dtype.itemsize - 1)
    ordered: NDArray[Any] = bits ^ (sign & np.iinfo(bits.dtype).max)
    return ordered


def scores_of(ordered: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the float32 scores that :func:`ordered_bits` gave these integers.

    >>> scores_of(ordered_bits(np.array([-2.5, -0.0, 7.0], np.float32))).tolist()
    [-2.5, 0.0, 7.0]
    """
    return (ordered ^ ((ordered >> 31) & np.int32(0x7FFFFFFF))).view(np.float32)
