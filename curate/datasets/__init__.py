"""Published datasets: read any layout, write any layout, and what lies beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.datasets.dataset import read_dataset

__all__ = ["read_dataset"]

__getattr__ = lazily(__name__, {"read_dataset": "dataset"})
