"""Codes 5xx: annotations and records."""

from __future__ import annotations

from curate.model.codes.code import Code

ANNOTATIONS: tuple[Code, ...] = ()
