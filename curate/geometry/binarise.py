"""Tell which pixels of a mask picture mark the defect, whatever program wrote it.

Found in the wild: 0/1 and 0/255; one or three equal channels; alpha that is 255 everywhere and means nothing; alpha
that *is* the mask, over arbitrary colours; soft (anti-aliased) edges; class numbers; two colours of a palette.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CLASS_NUMBERS_UP_TO = 32
_MIXED_SHARE = 0.35
"""A mask with soft edges has few pixels between dark and bright; a photograph has many."""
_CLEARLY_BACKGROUND = 0.9
_COLOURS_UP_TO = 64
_MOST_OF_IT = 0.5
_GREY, _COLOUR, _WITH_ALPHA = 2, 3, 4


def binarise(pixels: NDArray[Any]) -> tuple[NDArray[np.bool_], str]:
    """Return a mask and a sentence about what had to be decided; the sentence is empty when nothing had to.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (height, width, 3 or 4)
        Grey, BGR or BGRA of any integer depth, as :func:`curate.imaging.images.decode` gives it.

    Raises
    ------
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
            return _grey(alpha, "its alpha channel")
        pixels = pixels[..., :_COLOUR]
    mask, said = _grey(pixels, "it") if pixels.ndim == _GREY else _coloured(pixels)
    if mask.mean() > _MOST_OF_IT:
        more = f"marks {mask.mean():.0%} of the picture: it may be inverted"
        said = f"{said}; {more}" if said else more
    return mask, said


def _coloured(pixels: NDArray[Any]) -> tuple[NDArray[np.bool_], str]:
    if np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2]):
        return _grey(pixels[..., 0], "it")
    colours, counts = np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0, return_counts=True)
    if len(colours) > _COLOURS_UP_TO:
        raise ValueError(f"has {len(colours)} colours, expected background and one other")
    black = np.flatnonzero(~colours.any(axis=1))
    background = colours[black[0]] if black.size else colours[int(np.argmax(counts))]
    mask = np.any(pixels != background, axis=2)
    if len(colours) == 1 + int(mask.any()):
        return mask, ""
    return mask, f"has {len(colours) - 1} colours besides the background; all of them mark the defect"


def _grey(values: NDArray[Any], what: str) -> tuple[NDArray[np.bool_], str]:
    levels, counts = np.unique(values, return_counts=True)
    low, high = int(levels[0]), int(levels[-1])
    if len(levels) == 1:
        return np.full(values.shape, high > 0), ""
    if len(levels) == 2:  # noqa: PLR2004 - background and foreground
        said = "" if low == 0 else f"has the values {low} and {high}; the larger marks the defect"
        return np.asarray(values == high), said
    if low == 0 and high <= _CLASS_NUMBERS_UP_TO:
        listed = ", ".join(str(level) for level in levels[1:].tolist())
        return np.asarray(values > 0), f"has the values {listed}; all of them mark the defect"
    quarter = (high - low) / 4
    mixed = counts[(levels > low + quarter) & (levels < high - quarter)].sum() / counts[levels > low + quarter].sum()
    dark = counts[levels <= low + quarter].sum() / values.size
    if mixed > _MIXED_SHARE and dark < _CLEARLY_BACKGROUND:  # a thin stroke is soft everywhere, on much background
        raise ValueError(f"has {len(levels)} grey levels with no gap between dark and bright")
    cut = low + (high - low + 1) // 2
    return np.asarray(values >= cut), f"has {len(levels)} grey levels; {what} is cut at half, {cut}"
