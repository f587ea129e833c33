"""Brush strokes of Label Studio: run lengths of the RGBA picture, packed bit by bit (docs/label-sources.md).

The stream holds, most significant bit first: 32 bits for the number of values, 5 for the bits of a value less one,
four times 4 for the widths of run lengths less one, then runs. A run starts with a bit that says whether one value is
repeated or each is written out, 2 bits that choose the width, and the length less one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.geometry.shapes import bitmap_of, decode_bitmap, runs_of
from curate.model.region import Bitmap

ALPHA_AT_LEAST = 128
"""Strokes are anti-aliased; this cuts them where the editor's edge is half covered."""

_CHANNELS = 4
_WIDTHS = (3, 4, 8, 16)
_HEADER_BITS = 32 + 5 + 4 * 4


class _Bits:
    def __init__(self, content: NDArray[np.uint8]) -> None:
        self._bits = np.unpackbits(content)
        self._at = 0

    def number(self, width: int) -> int:
        end = self._at + width
        if end > self._bits.size:
            raise ValueError("the brush stroke ends in the middle")
        value = 0
        for bit in self._bits[self._at : end].tolist():
            value = value << 1 | bit
        self._at = end
        return value

    def numbers(self, width: int, count: int) -> NDArray[np.int64]:
        end = self._at + width * count
        if end > self._bits.size:
            raise ValueError("the brush stroke ends in the middle")
        table = self._bits[self._at : end].reshape(count, width).astype(np.int64)
        self._at = end
        return table @ (1 << np.arange(width - 1, -1, -1))


def unpack(content: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Expand a packed stream to its values."""
    bits = _Bits(content)
    count, word = bits.number(32), bits.number(5) + 1
    widths = [bits.number(4) + 1 for _ in range(4)]
    values = np.zeros(count, np.uint8)
    at = 0
    while at < count:
        repeated = bits.number(1)
        end = at + bits.number(widths[bits.number(2)]) + 1
        if end > count:
            raise ValueError("the brush stroke holds more values than it says")
        values[at:end] = bits.number(word) if repeated else bits.numbers(word, end - at)
        at = end
    return values


def decode_brush(value: dict[str, Any], size: tuple[int, int]) -> Bitmap:
    """Turn the value of a brush region into a bitmap.

    Parameters
    ----------
    value : dict
        With ``format`` = ``rle`` and ``rle``, a list of bytes.
    size : tuple of int
        Width and height of the picture.

    Raises
    ------
    ValueError
        If it is not that format, is damaged, or belongs to a picture of another size.
    """
    if value.get("format", "rle") != "rle":
        raise ValueError(f"unknown format {value.get('format')!r}, expected 'rle'")
    width, height = size
    content = np.array(value["rle"], dtype=np.uint8)
    count = int.from_bytes(content[:4].tobytes(), "big")
    if count != width * height * _CHANNELS:
        raise ValueError(f"it holds {count // _CHANNELS} pixels, the picture has {width}×{height}")
    alpha = unpack(content).reshape(height, width, _CHANNELS)[..., 3]
    mask = alpha >= ALPHA_AT_LEAST
    if not mask.any():
        raise ValueError("no pixel of the stroke is more than half covered")
    return bitmap_of(mask)


def encode_brush(bitmap: Bitmap, size: tuple[int, int]) -> list[int]:
    """Pack a bitmap as the run lengths of an RGBA picture: 255 in every channel inside, 0 outside."""
    width, height = size
    whole = np.zeros((height, width), bool)
    box = slice(bitmap.y_px, bitmap.y_px + bitmap.height_px), slice(bitmap.x_px, bitmap.x_px + bitmap.width_px)
    whole[box] = decode_bitmap(bitmap)
    parts = [f"{width * height * _CHANNELS:032b}", f"{7:05b}", *(f"{bits - 1:04b}" for bits in _WIDTHS)]
    for index, run in enumerate(runs_of(whole.ravel())):
        parts.extend(_pack_run(run * _CHANNELS, 255 if index % 2 else 0))
    text = "".join(parts)
    bits = np.array(list(text), dtype="U1").astype(np.uint8)
    return [int(byte) for byte in np.packbits(bits)]


def _pack_run(length: int, value: int) -> list[str]:
    parts = []
    while length > 0:
        step = min(length, 1 << _WIDTHS[-1])
        choice = next(index for index, bits in enumerate(_WIDTHS) if step <= 1 << bits)
        parts.append(f"1{choice:02b}{step - 1:0{_WIDTHS[choice]}b}{value:08b}")
        length -= step
    return parts
