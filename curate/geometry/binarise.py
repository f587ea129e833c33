"""Tell which pixels of a mask picture mark the defect, whatever program wrote it.

Found in the wild: 0/1 and 0/255; one or three equal channels; alpha that is 255 everywhere and means nothing; alpha
that *is* the mask, over arbitrary colours; soft (anti-aliased) edges; two colours of a palette. Several classes or
instances in one picture (class numbers, two plateaus of grey, several colours) are never cut at half: they are refused
unless the caller knows that all of them mark the defect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_CLASS_NUMBERS_UP_TO = 32
_MIXED_SHARE = 0.35
"""A mask with soft edges has few pixels between dark and bright; a photograph has many."""
_CLEARLY_BACKGROUND = 0.9
_COLOURS_UP_TO = 4096
_LISTED = 8
_FEW_LEVELS = 16
"""A picture of classes has few levels; soft edges and lossy compression make many."""
_LEAST_PX = 4
_STEEP = 0.02
"""Colours this near to the line between two others, as a share of its length, are mixtures of the two."""
MOST_OF_IT = 0.5
"""A mask that marks a larger share of its picture may be inverted."""
_GREY, _COLOUR, _WITH_ALPHA = 2, 3, 4


class SeveralValuesError(ValueError):
    """A mask that holds several classes or instances.

    Attributes
    ----------
    counts : mapping of int or (blue, green, red) to int
        How many pixels have each value besides the background.
    """

    def __init__(self, counts: Mapping[Any, int]) -> None:
        self.counts = dict(counts)
        shown = ", ".join(f"{_shown(value)} ({count} px)" for value, count in list(self.counts.items())[:_LISTED])
        more = f" and {len(self.counts) - _LISTED} more" if len(self.counts) > _LISTED else ""
        super().__init__(f"holds several values, which are classes or instances: {shown}{more}")


def _shown(value: Any) -> str:
    return f"#{value[2]:02x}{value[1]:02x}{value[0]:02x}" if isinstance(value, tuple) else str(value)


def binarise(pixels: NDArray[Any], *, all_mark: bool = False) -> tuple[NDArray[np.bool_], str]:
    """Return a mask and a sentence about what had to be decided; the sentence is empty when nothing had to.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (height, width, 3 or 4)
        Grey, BGR or BGRA of any integer depth, as :func:`curate.imaging.images.decode` gives it.
    all_mark : bool
        Whether several values all mark the same defect.

    Raises
    ------
    SeveralValuesError
        If it holds several classes or instances, and ``all_mark`` is not set.
    ValueError
        If it cannot be told which pixels are meant.

    Examples
    --------
    >>> binarise(np.array([[0, 1]], np.uint8))[0].tolist()
    [[False, True]]
    """
    if pixels.ndim > _GREY and pixels.shape[2] == _WITH_ALPHA:
        alpha = pixels[..., 3]
        if alpha.min() != alpha.max():
            return _grey(alpha, "its alpha channel", all_mark=all_mark)
        pixels = pixels[..., :_COLOUR]
    mask, said = (
        _grey(pixels, "it", all_mark=all_mark) if pixels.ndim == _GREY else _coloured(pixels, all_mark=all_mark)
    )
    if mask.mean() > MOST_OF_IT:
        more = f"marks {mask.mean():.0%} of the picture: it may be inverted"
        said = f"{said}; {more}" if said else more
    return mask, said


def colours_of(pixels: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """Return the distinct colours of a picture, which one each pixel has, and how many pixels have each.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (height, width, 3 or more)
        Of at most 16 bits; channels behind the third do not count, and grey is three equal channels.

    Returns
    -------
    colours : ndarray of int64, shape (n, 3)
    place : ndarray of int, shape (height, width)
    counts : ndarray of int, shape (n,)
    """
    channels = [pixels] * _COLOUR if pixels.ndim == _GREY else [pixels[..., index] for index in range(_COLOUR)]
    code = np.zeros(pixels.shape[:2], np.int64)
    for channel in channels:
        code = (code << 16) | channel
    codes, place, counts = np.unique(code, return_inverse=True, return_counts=True)
    colours = np.stack([(codes >> shift) & 0xFFFF for shift in (32, 16, 0)], axis=1)
    return colours, place.reshape(pixels.shape[:2]), counts


def _coloured(pixels: NDArray[Any], *, all_mark: bool) -> tuple[NDArray[np.bool_], str]:
    if np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2]):
        return _grey(pixels[..., 0], "it", all_mark=all_mark)
    colours, place, counts = colours_of(pixels)
    if len(colours) > _COLOURS_UP_TO:
        raise ValueError(f"has {len(colours)} colours, expected background and one other")
    black = np.flatnonzero(~colours.any(axis=1))
    ground = int(black[0]) if black.size else int(np.argmax(counts))
    if len(colours) <= 2:  # noqa: PLR2004 - background and foreground
        return np.asarray(place != ground), ""
    shares = _mixtures(colours, ground)
    if shares is not None:
        levels = np.rint(shares * np.iinfo(np.uint8).max).astype(np.uint8)
        return _grey(levels[place], "it", all_mark=all_mark)
    others = [index for index in range(len(colours)) if index != ground]
    if not all_mark:
        if len(colours) > _FEW_LEVELS:
            raise ValueError(f"has {len(colours)} colours, expected background and one other")
        raise SeveralValuesError({tuple(colours[index].tolist()): int(counts[index]) for index in others})
    said = f"has {len(others)} colours besides the background; all of them mark the defect"
    return np.asarray(place != ground), said


def _mixtures(colours: NDArray[Any], ground: int) -> NDArray[np.float64] | None:
    """Return how much of one colour is in each, or None when they are no mixtures of the background with it."""
    offsets = colours.astype(np.float64) - colours[ground]
    length = np.linalg.norm(offsets, axis=1)
    way = offsets[int(np.argmax(length))] / length.max()
    along = offsets @ way
    astray = np.linalg.norm(offsets - along[:, None] * way, axis=1)
    # Rounding moves each of three channels by half a step at most.
    near = astray <= max(1.0, _STEEP * length.max())
    return along / length.max() if bool(near.all() and (along >= 0).all()) else None


def _grey(values: NDArray[Any], what: str, *, all_mark: bool) -> tuple[NDArray[np.bool_], str]:
    levels, counts = np.unique(values, return_counts=True)
    low, high = int(levels[0]), int(levels[-1])
    if len(levels) == 1:
        return np.full(values.shape, high > 0), ""
    if len(levels) == 2:  # noqa: PLR2004 - background and foreground
        said = "" if low == 0 else f"has the values {low} and {high}; the larger marks the defect"
        return np.asarray(values == high), said
    if _are_classes(values, levels, counts):
        if not all_mark:
            raise SeveralValuesError(dict(zip(levels[1:].tolist(), counts[1:].tolist(), strict=True)))
        listed = ", ".join(str(level) for level in levels[1:].tolist())
        return np.asarray(values > low), f"has the values {listed}; all of them mark the defect"
    quarter = (high - low) / 4
    mixed = counts[(levels > low + quarter) & (levels < high - quarter)].sum() / counts[levels > low + quarter].sum()
    dark = counts[levels <= low + quarter].sum() / values.size
    if mixed > _MIXED_SHARE and dark < _CLEARLY_BACKGROUND:  # a thin stroke is soft everywhere, on much background
        raise ValueError(f"has {len(levels)} grey levels with no gap between dark and bright")
    cut = low + (high - low + 1) // 2
    return np.asarray(values >= cut), f"has {len(levels)} grey levels; {what} is cut at half, {cut}"


def _are_classes(values: NDArray[Any], levels: NDArray[Any], counts: NDArray[Any]) -> bool:
    """Whether some level between the darkest and the brightest is a plateau of its own, and no soft edge.

    A soft edge is a band of a pixel or two beside something brighter; a class fills squares of 3×3 pixels, or most of
    its pixels have nothing brighter beside them.
    """
    if levels[0] == 0 and levels[-1] <= _CLASS_NUMBERS_UP_TO:
        return True
    few = len(levels) <= _FEW_LEVELS
    if not few:
        quarter = (int(levels[-1]) - int(levels[0])) / 4
        inner = (levels > levels[0] + quarter) & (levels < levels[-1] - quarter)
        return any(_fills(values == level, 5) for level in levels[inner & (counts >= 5 * 5)])
    wide = values.astype(np.float32)
    brightest_beside = cv2.dilate(wide, np.ones((3, 3), np.uint8))
    for level, count in zip(levels[1:-1].tolist(), counts[1:-1].tolist(), strict=True):
        own = values == level
        alone = int(np.count_nonzero(own & (brightest_beside <= level)))
        if count >= _LEAST_PX and (2 * alone > count or _fills(own, 3)):
            return True
    return False


def _fills(mask: NDArray[np.bool_], side: int) -> bool:
    """Whether a mask holds a whole square of pixels."""
    return bool(cv2.erode(mask.view(np.uint8), np.ones((side, side), np.uint8), borderValue=0).any())
