"""Codes 2xx: images."""

from __future__ import annotations

from curate.model.codes.code import Code

IMAGES: tuple[Code, ...] = ()
