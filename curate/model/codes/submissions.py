"""Codes 6xx: submissions."""

from __future__ import annotations

from curate.model.codes.code import Code

SUBMISSIONS: tuple[Code, ...] = ()
