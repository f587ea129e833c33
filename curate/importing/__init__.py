"""The ``importing`` stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.importing.options import ImportOptions
    from curate.importing.run import import_frames

__all__ = ["ImportOptions", "import_frames"]

__getattr__ = lazily(__name__, {"ImportOptions": "options", "import_frames": "run"})
