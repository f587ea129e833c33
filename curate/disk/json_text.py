"""Read JSON that somebody else wrote."""

from __future__ import annotations

import json
from typing import Any


def parse_json(content: bytes | str) -> Any:
    """Parse a document, refusing what Python's reader lets through.

    ``NaN`` and ``Infinity`` are no JSON, and slip through every comparison; a document nested some thousand levels deep
    would end in a traceback.

    Raises
    ------
    ValueError
        If it is not JSON; the message says where.
    """
    try:
        return json.loads(content, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("lists or objects are nested too deeply") from error


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
