"""Codes 2xx: images."""

from __future__ import annotations

from curate.model.codes.code import Code

IMAGES: tuple[Code, ...] = (
    Code(
        "CUR201",
        "error",
        "unreadable image",
        "A training or test run stops at it, or skips it in silence and counts differently from everyone else.",
        "test/good/0003.png is empty, cut short, or no image at all",
        "copy the file again from its source, or remove it",
    ),
)
