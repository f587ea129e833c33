"""Read result documents that ``curate evaluate`` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curate.errors import InputError, MissingError
from curate.files.json_text import parse_json
from curate.files.schema import schema_problems

SCHEMA = "curate/result/1"

_HINT = "name a file that `curate evaluate --output` wrote"
_SHOWN = 10


def read_result(path: Path) -> dict[str, Any]:
    """Read a result document.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is not JSON, or not a result of curate; the first problems are listed.
    """
    try:
        document = parse_json(path.read_bytes())
    except FileNotFoundError as error:
        raise MissingError("there is no such file", path=path, hint=_HINT) from error
    except (OSError, ValueError) as error:
        raise InputError(f"is not readable as JSON: {error}", path=path, hint=_HINT) from error
    problems = schema_problems(document, "result")
    if problems:
        listing = "\n".join(f"  {'.'.join(map(str, place)) or 'the file'}: {text}" for place, text in problems[:_SHOWN])
        raise InputError(f"is no result of curate: {len(problems)} problem(s)\n{listing}", path=path, hint=_HINT)
    found: dict[str, Any] = document
    return found
