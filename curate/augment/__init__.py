"""The ``augment`` stage: seeded copies of a split, for studies of robustness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.augment.run import augment_dataset

__all__ = ["augment_dataset"]

__getattr__ = lazily(__name__, {"augment_dataset": "run"})
