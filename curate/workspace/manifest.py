"""Read a manifest: CSV with a header, JSON lines, or a SageMaker augmented manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from curate.disk.reading import numbered_rows, read_text
from curate.errors import InputError, MissingError

_SAGEMAKER_CLASS = "groundtruth/image-classification"


def read_manifest(path: Path) -> list[dict[str, str]]:
    """Return the rows of a manifest as text, column by column.

    A row of a SageMaker augmented manifest gives ``source-ref`` and, from its image classification, ``label``; the
    dates in it say when somebody labelled, not when the frame was shot, and are left out.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is neither CSV with a header nor one JSON object a line; the message names the line.
    """
    try:
        text = read_text(path)
    except MissingError as error:
        raise MissingError("there is no such manifest file", path=path) from error
    if text.lstrip().startswith("{"):
        return [_json_row(path, number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return _csv_rows(path, text)


def _csv_rows(path: Path, text: str) -> list[dict[str, str]]:
    header = next(iter(text.splitlines()), "")
    lines = numbered_rows(text, path, max(",;\t", key=header.count))
    columns = [column.strip() for column in lines[0][1]] if lines else []
    if not columns or "" in columns or len(set(columns)) != len(columns):
        raise InputError(
            f"its first line is no header of distinct column names: {header[:120]!r}",
            path=path,
            hint="write a first line such as file,time,label",
        )
    rows = []
    for number, line in lines[1:]:
        if len(line) != len(columns):
            message = f"line {number} has {len(line)} values, expected {len(columns)}"
            raise InputError(message, path=path, hint="quote values that hold the separator")
        rows.append(dict(zip(columns, line, strict=True)))
    return rows


def _json_row(path: Path, number: int, line: str) -> dict[str, str]:
    try:
        document: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"line {number} is no JSON: {error}", path=path) from error
    if not isinstance(document, dict):
        raise InputError(f"line {number} is no JSON object", path=path)
    row = {key: _text(value) for key, value in document.items() if not isinstance(value, dict | list)}
    for key, value in document.items():
        if isinstance(value, dict) and value.get("type") == _SAGEMAKER_CLASS and "class-name" in value:
            row.setdefault("label", str(value["class-name"]))
            row.pop(key.removesuffix("-metadata"), None)  # the class's number, not its name
    return row


def _text(value: Any) -> str:
    return "" if value is None else str(value)
