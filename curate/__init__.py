"""Build and score benchmarks for visual defect detection from the frames of a factory's line cameras.

Every command of the ``curate`` program is also a plain function in the room of the same name:
``curate.importing``, ``curate.crop``, ``curate.label``, ``curate.mask``, ``curate.split``, ``curate.export``,
``curate.validate`` and ``curate.evaluate``: ``from curate.crop import crop_windows``. Importing
:mod:`curate` itself, or a room, loads none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__version__ = "1.0.0rc1"


def lazily(room: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a room's ``__getattr__``: names are loaded when they are used, so that the command line starts at once.

    Parameters
    ----------
    room : str
        The room's ``__name__``.
    homes : mapping of str to str
        The module of each name, relative to the room.
    """

    def load(name: str) -> Any:
        if name in homes:
            return getattr(import_module(f"{room}.{homes[name]}"), name)
        raise AttributeError(f"module {room!r} has no attribute {name!r}")

    return load
