"""Masks that are arrays: which pixels are a region's, which are left out; what cannot be told apart is refused."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.errors import InputError
from curate.evaluate.foreign_arrays import as_array

Mask: TypeAlias = NDArray[np.bool_]

_PLANE = 2
_SHOWN = 4


def split_masks(masks: Any, shape: tuple[int, ...], ignore: int | None = None) -> tuple[list[Mask], Mask | None]:
    """Split the masks of one map into regions and what is left out.

    Parameters
    ----------
    masks : array of shape (height, width), sequence of these, or None
        0 outside and one positive whole number inside; True and False.
    shape : tuple of int
        Of the map.
    ignore : int, optional
        Value of pixels that are left out.

    Returns
    -------
    regions : list of ndarray of bool
        Empty masks left out.
    left_out : ndarray of bool or None
        None where nothing is.

    Raises
    ------
    InputError
        If a mask is of another shape than the map, soft, negative, NaN or of several classes, if a pixel is left out by
        one mask and in a region of another, or if all pixels are left out.

    Examples
    --------
    >>> regions, left_out = split_masks([[0, 1, 255]], (1, 3), ignore=255)
    >>> [region.tolist() for region in regions], left_out.tolist()
    ([[[False, True, False]]], [[False, False, True]])
    """
    if masks is None:
        return [], None
    planes = [as_array(plane, "a mask") for plane in _planes(masks)]
    for plane in planes:
        if plane.shape != shape:
            raise InputError(f"a mask of shape {plane.shape} came for a map of shape {shape}")
    left_out = np.zeros(shape, np.bool_)
    if ignore is not None:
        for plane in planes:
            left_out |= plane == ignore
    regions = [_region(plane, ignore) for plane in planes]
    if any((region & left_out).any() for region in regions):
        raise InputError(f"a pixel is {ignore}, to be ignored, in one mask and inside the region of another")
    if left_out.all():
        raise InputError(f"every pixel of a mask is {ignore}, to be ignored: nothing of its map is left to score")
    return [region for region in regions if region.any()], left_out if left_out.any() else None


def _planes(masks: Any) -> list[Any]:
    """Return one mask for each region: of one mask itself."""
    if isinstance(masks, (list, tuple)) and any(hasattr(plane, "shape") for plane in masks):
        return list(masks)
    array = as_array(masks, "a mask")
    if array.ndim <= 1 and array.size:
        raise InputError(f"a mask of shape {array.shape} came, expected (height, width), or a sequence of these")
    return [array] if array.ndim == _PLANE else list(array)


def _region(plane: NDArray[Any], ignore: int | None) -> Mask:
    """Return where a mask is not 0."""
    inside: Mask = plane
    if plane.dtype.kind == "b":
        return inside
    if plane.dtype.kind not in "iuf":
        raise InputError(f"a mask of type {plane.dtype} came, expected numbers or booleans")
    values = np.unique(plane)
    values = values[(values != 0) & (True if ignore is None else values != ignore)]
    shown = ", ".join(f"{value:g}" for value in values[:_SHOWN]) + (", …" if values.size > _SHOWN else "")
    if np.isnan(values).any():
        raise InputError("a mask holds NaN", hint="find where the mask is computed from nothing")
    if (values < 0).any():
        raise InputError(
            f"a mask holds the negative value {values[0]:g}, expected 0 outside and one value inside",
            hint=f"pass ignore={values[0]:g} where these pixels are to be left out",
        )
    if values.size > 1 or (values != np.floor(values)).any():
        raise InputError(
            f"a mask holds the values {shown} beside 0, expected one whole number: it is soft, or of several classes",
            hint="cut a soft mask at a level that you choose; give each class a mask of its own; name a value "
            "that is to be left out by ignore",
        )
    inside = plane != 0
    if ignore is not None:
        inside &= plane != ignore
    return inside
