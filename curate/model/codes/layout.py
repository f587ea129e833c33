"""Codes 1xx: layout and configuration."""

from __future__ import annotations

from curate.model.codes.code import Code

LAYOUT: tuple[Code, ...] = ()
