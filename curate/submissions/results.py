"""Read and write the result documents of ``curate evaluate``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from curate.disk.atomic import write_text
from curate.disk.json_text import parse_json
from curate.disk.reading import read_plain
from curate.errors import CurateError, InputError, MissingError
from curate.model.result import SCHEMA, Result
from curate.model.typed_json import DocumentError, shown
from curate.model.words import counted

_HINT = "name a file that `curate evaluate --output` wrote"
_HINT_DAMAGED = "run `curate evaluate SUBMISSION --output FILE` again; a result is not made to be edited"
_SHOWN = 10

_NUMBER = r"(?:-?[0-9][-+.0-9eE]*|null)"
_NUMBERS = re.compile(rf"\[\n *{_NUMBER}(?:,\n *{_NUMBER})*\n *\]")
_STRING = r'"(?:[^"\\]|\\.)*"'
_IMAGE = re.compile(rf'\{{\n *"image": {_STRING},\n *"label": {_STRING},\n *"score": {_NUMBER}\n *\}}')
_BREAK = re.compile(r"\n *")
"""A string holds no line break, JSON escapes it: these patterns never match within one."""


def result_text(document: dict[str, Any]) -> str:
    """Lay a result out as JSON: lists of numbers, and each image, on one line."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    for pattern in (_NUMBERS, _IMAGE):
        text = pattern.sub(lambda found: _joined(found.group()), text)
    # A lone surrogate, which stands for a byte of a file name that is not UTF-8, as JSON escapes it.
    return text.encode("utf-8", "backslashreplace").decode() + "\n"


def write_result(path: Path, result: Result) -> None:
    """Write a result, whole or not at all."""
    write_text(path, result_text(result.to_json()))


def read_result(path: Path | str) -> Result:
    """Read a result.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is not JSON, has a key twice, or is not a result of curate; the first problems are listed, each with the
        place in the file, what was found there and what was expected.
    """
    path = Path(path)
    try:
        document = parse_json(read_plain(path), unique_keys=True)
    except MissingError as error:
        raise MissingError("there is no such file", path=path, hint=_HINT) from error
    except CurateError:
        raise
    except ValueError as error:
        raise InputError(f"is not readable as JSON: {error}", path=path, hint=_HINT) from error
    kind = document.get("schema") if isinstance(document, dict) else None
    if kind != SCHEMA:
        raise InputError(
            f"is no result of curate: found the schema {shown(kind)}, expected {shown(SCHEMA)}", path=path, hint=_HINT
        )
    try:
        return Result.from_json(document)
    except DocumentError as error:
        listing = "\n".join(f"  {problem}" for problem in error.problems[:_SHOWN])
        count = counted(len(error.problems), "problem", "problems")
        raise InputError(f"is a damaged result of curate: {count}\n{listing}", path=path, hint=_HINT_DAMAGED) from error


def _joined(lines: str) -> str:
    r"""Put an array or object on one line.

    >>> _joined('[\n  1,\n  null\n]')
    '[1, null]'
    """
    parts = _BREAK.split(lines)
    return parts[0] + " ".join(parts[1:-1]) + parts[-1]
