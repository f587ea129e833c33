"""Where curate remembers what can be computed again."""

from __future__ import annotations

import os
from pathlib import Path


def default_cache() -> Path:
    """Return the user's cache folder for curate; ``CURATE_CACHE`` in the environment overrides it."""
    named = os.environ.get("CURATE_CACHE")
    if named:
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("curate")
