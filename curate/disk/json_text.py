"""Read JSON that somebody else wrote."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any


def parse_json(content: bytes | str, *, unique_keys: bool = False) -> Any:
    """Parse a document, refusing what Python's reader lets through.

    ``NaN`` and ``Infinity`` are no JSON, and slip through every comparison; a document nested some thousand levels deep
    would end in a traceback.

    Parameters
    ----------
    content : bytes or str
    unique_keys : bool
        Refuse an object that has a key twice: Python keeps the last value, other readers the first, so that the same
        file would say different things to different programs.

    Raises
    ------
    ValueError
        If it is not JSON; the message says where.

    >>> parse_json('{"auroc": 0.99, "auroc": 0.61}')
    {'auroc': 0.61}
    >>> parse_json('{"auroc": 0.99, "auroc": 0.61}', unique_keys=True)
    Traceback (most recent call last):
    ValueError: an object has the key "auroc" twice
    """
    try:
        return json.loads(content, parse_constant=_refuse, object_pairs_hook=_unique if unique_keys else None)
    except RecursionError as error:
        raise ValueError("lists or objects are nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"an object has the key {json.dumps(key)} twice")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
