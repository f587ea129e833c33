"""Read and write the result documents of ``curate evaluate``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from curate.disk.atomic import write_text
from curate.disk.json_text import parse_json
from curate.disk.schema import schema_problems
from curate.errors import InputError, MissingError

SCHEMA = "curate/result/1"

_HINT = "name a file that `curate evaluate --output` wrote"
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


def write_result(path: Path, document: dict[str, Any]) -> None:
    """Write a result document, whole or not at all."""
    write_text(path, result_text(document))


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


def _joined(lines: str) -> str:
    r"""Put an array or object on one line.

    >>> _joined('[\n  1,\n  null\n]')
    '[1, null]'
    """
    parts = _BREAK.split(lines)
    return parts[0] + " ".join(parts[1:-1]) + parts[-1]
