"""The ``split`` stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.split.run import make_split, make_splits

__all__ = ["make_split", "make_splits"]

__getattr__ = lazily(__name__, {"make_split": "run", "make_splits": "run"})
