"""Codes 3xx: duplicates and leakage across splits."""

from __future__ import annotations

from curate.model.codes.code import Code

LEAKAGE: tuple[Code, ...] = ()
