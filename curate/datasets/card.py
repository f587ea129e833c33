"""Read and write ``dataset.json``, the card of a published category."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.disk.hashing import sha256_json
from curate.disk.json_text import parse_json
from curate.disk.reading import read_plain
from curate.disk.schema import schema_problems
from curate.errors import InputError, MissingError

if TYPE_CHECKING:
    from curate.model.card import Card

CARD_NAME = "dataset.json"
_SCHEMA = "curate/dataset/1"


def fingerprint_of(files: Mapping[str, str]) -> str:
    """Return one hash for a set of files, from their paths and their own hashes.

    >>> fingerprint_of({"b": "2", "a": "1"}) == fingerprint_of({"a": "1", "b": "2"})
    True
    """
    return f"sha256:{sha256_json(dict(files))}"


def format_card(card: Card) -> str:
    """Render a ``dataset.json``: one sample a line, so that a change is a readable diff."""
    document = {"schema": _SCHEMA, **asdict(card)}
    samples = document.pop("samples")
    head = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    rows = ",\n".join(f"    {json.dumps(_without_unknown(sample), ensure_ascii=False)}" for sample in samples)
    listing = f"[\n{rows}\n  ]" if rows else "[]"
    return f'{head[:-2]},\n  "samples": {listing}\n}}\n'


def read_card(path: Path) -> Card | None:
    """Read a category's ``dataset.json``; None when there is none.

    Raises
    ------
    InputError
        If it is not JSON or breaks the schema; every problem is listed.
    """
    try:
        content = read_plain(path)
    except MissingError:
        return None
    try:
        document = parse_json(content)
    except ValueError as error:
        raise InputError(f"is not valid JSON: {error}", path=path, hint="export the dataset again") from error
    problems = schema_problems(document, "dataset")
    if problems:
        listing = "\n".join(f"  {'.'.join(map(str, place)) or 'the file'}: {text}" for place, text in problems)
        raise InputError(f"has {len(problems)} problem(s):\n{listing}", path=path, hint="export the dataset again")
    return _card(document)


def _card(document: dict[str, Any]) -> Card:
    from curate.model.card import Card, SampleOrigin  # few datasets have such a file

    fields = {name: document[name] for name in Card.__dataclass_fields__ if name != "samples"}
    known = SampleOrigin.__dataclass_fields__
    samples = (
        SampleOrigin(**{key: value for key, value in sample.items() if key in known}) for sample in document["samples"]
    )
    return Card(**fields, samples=tuple(samples))


def _without_unknown(sample: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in sample.items() if value not in ("", -1, {})}
