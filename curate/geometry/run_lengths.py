"""Masks as run lengths down the columns: the forms of COCO and of Severstal's tables.

Conventions
-----------
Masks are boolean, shape (height, width). Pixels are counted down the first column, then the next one. COCO gives
lengths in turn, background first; Severstal gives (start, length) pairs of the foreground, the first pixel being 1.

Sources: ``common/maskApi.c`` of the COCO API for the compressed form; the competition's "Data" page for Severstal's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curate.geometry.shapes import runs_of

Mask = NDArray[np.bool_]

MAX_MASK_PIXELS = 1 << 27
"""Larger masks are refused before anything is unpacked: a file of a few bytes can name any size."""

_BITS = 5
_MORE = 0x20
_SIGN = 0x10
_LOW = 0x1F
_FIRST = 48
"""ASCII ``0``: the compressed form writes six bits a character from here on."""


def counts_of(mask: Mask) -> list[int]:
    """Return COCO's uncompressed counts, background first.

    >>> counts_of(np.array([[0, 1], [1, 1]], bool))
    [1, 3]
    >>> counts_of(np.array([[1]], bool))
    [0, 1]
    """
    return list(runs_of(mask.ravel(order="F")))


def counts_of_patch(patch: Mask, corner_px: tuple[int, int], size_px: tuple[int, int]) -> list[int]:
    """Return COCO's counts of an image of which only a box is given: the same as of the whole mask, in the box's time.

    Parameters
    ----------
    patch : ndarray of bool, shape (h, w)
    corner_px : tuple of int
        Column and row of the image where it begins; it lies in the image.
    size_px : tuple of int
        The image's width and height.

    Examples
    --------
    >>> counts_of_patch(np.array([[1], [1]], bool), (1, 0), (2, 2))
    [2, 2]
    """
    width, height = size_px
    left, top = corner_px
    padded = np.zeros((patch.shape[1], patch.shape[0] + 2), np.int8)
    padded[:, 1:-1] = patch.T
    column, place = np.nonzero(np.diff(padded, axis=1))
    # Changes come in pairs, a run's first pixel and the one behind its last, counted down the image's columns.
    edges = ((column + left) * height + place + top).reshape(-1, 2)
    apart = edges[1:, 0] != edges[:-1, 1]  # a run to the foot of a column goes on at the head of the next
    starts = edges[:, 0][np.concatenate([[True], apart])] if len(edges) else edges[:, 0]
    ends = edges[:, 1][np.concatenate([apart, [True]])] if len(edges) else edges[:, 1]
    marks = np.stack([starts, ends], axis=1).ravel()
    counts: list[int] = np.diff(np.concatenate([[0], marks, [width * height]])).tolist()
    return counts[:-1] if counts[-1] == 0 and len(counts) > 1 else counts


def mask_of_counts(counts: Sequence[int], height_px: int, width_px: int) -> Mask:
    """Expand COCO's uncompressed counts.

    Raises
    ------
    ValueError
        If they are no whole numbers, negative, or do not add up to the image, or the image is too large.

    Examples
    --------
    >>> mask_of_counts([1, 3], 2, 2).astype(int).tolist()
    [[0, 1], [1, 1]]
    """
    _check_size(height_px, width_px)
    lengths = np.asarray(counts)
    if lengths.ndim != 1 or (lengths.size and lengths.dtype.kind not in "iu"):
        raise ValueError("the run lengths are no list of whole numbers")
    if lengths.size and lengths.min() < 0:
        raise ValueError("a run length is negative")
    if int(lengths.sum()) != height_px * width_px:
        raise ValueError(f"run lengths add up to {int(lengths.sum())}, the image has {height_px * width_px} pixels")
    flat = np.repeat(np.arange(lengths.size) % 2 == 1, lengths)
    return np.ascontiguousarray(flat.reshape((height_px, width_px), order="F"))


def compress(counts: Sequence[int]) -> str:
    """Write counts in COCO's compressed form: from the third on, differences to the one two places before.

    >>> compress([1, 3]), compress([42, 4, 6, 4, 44])
    ('13', 'Z1460V1')
    """
    characters = []
    for place, count in enumerate(counts):
        value = count - counts[place - 2] if place > 2 else count  # noqa: PLR2004 - as maskApi.c has it
        more = True
        while more:
            bits = value & _LOW
            value >>= _BITS
            more = value != (-1 if bits & _SIGN else 0)
            characters.append(chr((bits | _MORE if more else bits) + _FIRST))
    return "".join(characters)


def decompress(text: str) -> list[int]:
    """Read counts in COCO's compressed form.

    Raises
    ------
    ValueError
        If a character is none of the form's, or the text ends within a number.

    Examples
    --------
    >>> decompress("Z1460V1")
    [42, 4, 6, 4, 44]
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - _FIRST
        if not 0 <= bits < 2 * _MORE:
            raise ValueError(f"{character!r} does not belong to a compressed run length")
        value |= (bits & _LOW) << shift
        shift += _BITS
        if not bits & _MORE:
            if bits & _SIGN:
                value -= 1 << shift
            counts.append(value + counts[-2] if len(counts) > 2 else value)  # noqa: PLR2004 - as maskApi.c has it
            value = shift = 0
    if shift:
        raise ValueError("the compressed run lengths end within a number")
    return counts


def mask_of_pairs(pairs: Sequence[int], height_px: int, width_px: int) -> Mask:
    """Expand (start, length) pairs, the first pixel being 1.

    Raises
    ------
    ValueError
        If a number has no partner or a run leaves the image.

    Examples
    --------
    >>> mask_of_pairs([2, 2], 2, 2).astype(int).tolist()
    [[0, 1], [1, 0]]
    """
    _check_size(height_px, width_px)
    if len(pairs) % 2:
        raise ValueError(f"{len(pairs)} numbers do not make pairs")
    flat = np.zeros(height_px * width_px, np.bool_)
    for start, length in zip(pairs[::2], pairs[1::2], strict=True):
        if start < 1 or length < 1 or start - 1 + length > flat.size:
            raise ValueError(f"the run {start} {length} leaves an image of {width_px}×{height_px} pixels")
        flat[start - 1 : start - 1 + length] = True
    return np.ascontiguousarray(flat.reshape((height_px, width_px), order="F"))


def _check_size(height_px: int, width_px: int) -> None:
    if height_px < 1 or width_px < 1 or height_px * width_px > MAX_MASK_PIXELS:
        raise ValueError(f"a mask of {width_px}×{height_px} pixels; at most {MAX_MASK_PIXELS} in all are unpacked")
