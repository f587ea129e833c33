"""Codes 4xx: masks and regions."""

from __future__ import annotations

from curate.model.codes.code import Code

MASKS: tuple[Code, ...] = ()
