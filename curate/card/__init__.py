"""Describe a dataset: what it holds, what it is fit for, and what it says to machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.card.run import make_card, publish_card

__all__ = ["make_card", "publish_card"]

__getattr__ = lazily(__name__, {"make_card": "run", "publish_card": "run"})
