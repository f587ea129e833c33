"""Pictures that a browser can show: 8-bit PNG or JPEG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from curate.imaging.images import Pixels, decode, encode_png, read_file, read_header, upright

_SHOWN_AS_THEY_ARE = frozenset({"PNG", "JPEG"})
_LOW_PERCENT, _HIGH_PERCENT = 0.1, 99.9
_WHITE = 255


def browser_picture(path: Path) -> tuple[bytes, bool, dict[str, float] | None]:
    """Return a picture as a browser can show it, and how its values were mapped.

    Eight-bit PNG and JPEG stay as they are, EXIF orientation included, which browsers apply. TIFF, BMP and deeper
    pictures become an upright 8-bit PNG: values from ``low`` to ``high`` spread evenly over 0..255, the ends being
    the 0.1 and 99.9 percentiles.

    Returns
    -------
    bytes
    bool
        Whether they are the file's own.
    dict or None
        ``low`` and ``high``; None when nothing was mapped.
    """
    content = read_file(path)
    header = read_header(content, path)
    pixels = decode(content, path)
    if header.format in _SHOWN_AS_THEY_ARE and pixels.dtype == np.uint8:
        return content, True, None
    pixels = upright(pixels, header.orientation)
    if pixels.dtype == np.uint8:
        return encode_png(pixels), False, None
    shown, low, high = spread(pixels)
    return encode_png(shown), False, {"low": low, "high": high}


def spread(pixels: Pixels) -> tuple[Pixels, float, float]:
    """Map values linearly to 8 bits between two percentiles.

    >>> spread(np.array([[0, 1000, 2000]], np.uint16))[0].tolist()
    [[0, 127, 255]]
    """
    low, high = (float(value) for value in np.percentile(pixels, [_LOW_PERCENT, _HIGH_PERCENT], method="nearest"))
    scale = _WHITE / (high - low) if high > low else 0.0
    shown = np.clip((pixels.astype(np.float64) - low) * scale, 0, _WHITE).astype(np.uint8)
    return shown, low, high
