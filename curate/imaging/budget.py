"""How large a picture may be before it is decoded: a few bytes of a file can stand for more than a machine holds.

The budget is counted in pixels of one byte, for one worker thread: a picture of colours of 16 bits takes six times as
much of it. ``CURATE_MAX_PIXELS`` sets another one.
"""

from __future__ import annotations

import os

from curate.errors import InputError

DEFAULT_MAX_PIXELS = 1 << 28
"""A 20-megapixel colour frame takes a quarter of it."""

_VARIABLE = "CURATE_MAX_PIXELS"


def max_pixels() -> int:
    """Return the budget.

    Raises
    ------
    InputError
        If the environment variable is no positive whole number.
    """
    text = os.environ.get(_VARIABLE, "")
    if not text:
        return DEFAULT_MAX_PIXELS
    if not text.isascii() or not text.isdigit() or not int(text):
        raise InputError(f"{_VARIABLE} is {text!r}, expected a positive whole number such as {DEFAULT_MAX_PIXELS}")
    return int(text)


def too_large(width_px: int, height_px: int, bytes_per_pixel: int = 1) -> str:
    """Say why a picture is larger than the budget; ``""`` where it is not.

    >>> too_large(23170, 23170, 3)
    'has 23170×23170 pixels of 3 bytes, at most 268435456 bytes are decoded; CURATE_MAX_PIXELS sets another limit'
    """
    most = max_pixels()
    if width_px * height_px * bytes_per_pixel <= most:
        return ""
    size = f"{width_px}×{height_px} pixels of {bytes_per_pixel} byte{'s' if bytes_per_pixel != 1 else ''}"
    return f"has {size}, at most {most} bytes are decoded; {_VARIABLE} sets another limit"
