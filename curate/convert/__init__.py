"""The ``convert`` room: a published dataset from one layout to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.convert.run import convert_dataset, plan_conversion

__all__ = ["convert_dataset", "plan_conversion"]

__getattr__ = lazily(__name__, {"convert_dataset": "run", "plan_conversion": "run"})
