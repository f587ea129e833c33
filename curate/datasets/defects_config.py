"""Read and write ``defects_config.json``: what the values of masks stand for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from curate.disk.json_text import parse_json
from curate.disk.reading import is_there, read_plain
from curate.disk.schema import schema_problems
from curate.errors import ConfigError
from curate.model.defect import DefectEntry, Saturation

CONFIG_NAME = "defects_config.json"


def read_defects_config(path: Path) -> tuple[DefectEntry, ...]:
    """Read a ``defects_config.json``; an empty tuple when there is none.

    Either JSON number type is accepted for a threshold: ``1`` reads as ``1.0`` when it is relative.

    Raises
    ------
    ConfigError
        If it is not JSON, breaks the schema, or gives one pixel value to two entries; every problem is listed.
    """
    if not is_there(path):
        return ()
    try:
        document = parse_json(read_plain(path))
    except ValueError as error:
        raise ConfigError(f"is not valid JSON: {error}", path=path) from error
    problems = [f"{'.'.join(map(str, place)) or 'the file'}: {text}" for place, text in _config_problems(document)]
    if problems:
        listing = "\n".join(f"  {problem}" for problem in problems)
        raise ConfigError(f"has {len(problems)} problem(s):\n{listing}", path=path)
    return tuple(
        DefectEntry(
            defect_name=entry["defect_name"],
            pixel_value=int(entry["pixel_value"]),
            saturation=Saturation(entry["saturation_threshold"], relative=entry["relative_saturation"]),
        )
        for entry in document
    )


def format_defects_config(entries: Iterable[DefectEntry]) -> str:
    """Render a ``defects_config.json`` with the JSON number types that the published scripts insist on."""
    document = [
        {
            "defect_name": entry.defect_name,
            "pixel_value": entry.pixel_value,
            "saturation_threshold": (
                float(entry.saturation.value) if entry.saturation.relative else int(entry.saturation.value)
            ),
            "relative_saturation": entry.saturation.relative,
        }
        for entry in entries
    ]
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"


_MOST_PX = 1 << 53
"""No picture has more, and every smaller whole number is a float, too."""


def _config_problems(document: Any) -> list[tuple[tuple[str | int, ...], str]]:
    problems = [] if _keeps_schema(document) else schema_problems(document, "defects-config")
    if problems:
        return problems
    first: dict[int, int] = {}
    for index, entry in enumerate(document):
        value = int(entry["pixel_value"])
        if value in first:
            problems.append(((index, "pixel_value"), f"{value} is already the value of entry {first[value]}"))
        first.setdefault(value, index)
        if not entry["relative_saturation"] and entry["saturation_threshold"] > _MOST_PX:
            problems.append(((index, "saturation_threshold"), f"is more pixels than any picture has ({_MOST_PX})"))
    return problems


def _keeps_schema(document: Any) -> bool:
    """Whether a configuration surely keeps its schema: importing the checker takes longer than reading a dataset."""
    return isinstance(document, list) and all(isinstance(entry, dict) and _is_plain(entry) for entry in document)


def _is_plain(entry: dict[str, Any]) -> bool:
    name: Any = entry.get("defect_name")
    value: Any = entry.get("pixel_value")
    threshold: Any = entry.get("saturation_threshold")
    relative = entry.get("relative_saturation")
    if type(name) is not str or not name or type(value) is not int or not 1 <= value <= 255:  # noqa: PLR2004 - 8 bits
        return False
    if relative is True:
        return type(threshold) in (int, float) and bool(0 < threshold <= 1)
    return relative is False and type(threshold) is int and 1 <= threshold <= _MOST_PX
