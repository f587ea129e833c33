"""Codes 7xx: order and time."""

from __future__ import annotations

from curate.model.codes.code import Code

ORDER: tuple[Code, ...] = ()
