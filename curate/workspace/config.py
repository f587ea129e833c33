"""Read ``curate.toml``: check it whole, name every problem with its line, suggest the nearest known key."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.disk.reading import read_text
from curate.errors import ConfigError, InputError, MissingError
from curate.model.config import (
    DEFAULT_SPLIT,
    DEFAULT_WINDOW,
    CategoryConfig,
    ScreenConfig,
    SplitConfig,
    WindowConfig,
    WorkspaceConfig,
)
from curate.model.defect import DefectType, Saturation
from curate.workspace.config_problems import config_problems

_ABSOLUTE_SATURATION = re.compile(r"^\s*(\d+)\s*px\s*$")


def read_config(path: Path) -> WorkspaceConfig:
    """Read and check a ``curate.toml``.

    Raises
    ------
    MissingError
        If there is no such file.
    ConfigError
        If it is not TOML or breaks the schema; the message lists every problem with its line.
    """
    try:
        text = read_text(path)
    except MissingError as error:
        raise MissingError("there is no such file", path=path, hint="run `curate init`") from error
    except InputError as error:
        raise ConfigError(error.message, path=path, hint=error.hint) from error
    return parse_config(text, path)


def parse_config(text: str, path: Path) -> WorkspaceConfig:
    """Parse the text of a ``curate.toml``; ``path`` is for messages only. See :func:`read_config`."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"is not valid TOML: {error}", path=path) from error
    problems = config_problems(document, text)
    if problems:
        listing = "\n".join(f"  {problem}" for problem in problems)
        raise ConfigError(
            f"has {len(problems)} problem(s):\n{listing}", path=path, hint="correct the lines named above"
        )
    return _workspace(document)


@dataclass(frozen=True, slots=True)
class NamesInConfig:
    """The names that one category's table gives away without being checked."""

    windows: tuple[str, ...] = (DEFAULT_WINDOW,)
    splits: tuple[str, ...] = (DEFAULT_SPLIT,)
    defects: tuple[str, ...] = ()


def names_in_config(path: Path) -> dict[str, NamesInConfig]:
    """Read what a shell may offer while somebody types: names by category, quickly, from whatever is well-formed.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    try:
        tables = tomllib.loads(path.read_bytes().decode("utf-8-sig"))["categories"]
        return {
            name: NamesInConfig(
                (DEFAULT_WINDOW, *table.get("windows", ())),
                (DEFAULT_SPLIT, *table.get("splits", ())),
                tuple(table.get("defects", ())),
            )
            for name, table in tables.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _workspace(document: dict[str, Any]) -> WorkspaceConfig:
    dataset = document.get("dataset", {})
    return WorkspaceConfig(
        name=dataset.get("name", ""),
        version=dataset.get("version", ""),
        license=dataset.get("license", ""),
        description=dataset.get("description", ""),
        categories={name: _category(name, table) for name, table in document.get("categories", {}).items()},
    )


def _category(name: str, table: dict[str, Any]) -> CategoryConfig:
    windows = dict(table.get("windows", {}))
    if "window" in table:
        windows = {DEFAULT_WINDOW: table["window"], **windows}
    return CategoryConfig(
        name=name,
        windows={key: _window(value) for key, value in windows.items()},
        split=_split(table.get("split", {})),
        splits={key: _split(value) for key, value in table.get("splits", {}).items()},
        defects={key: _defect(key, value) for key, value in table.get("defects", {}).items()},
        screen=ScreenConfig(**table.get("screen", {})),
    )


def _window(table: dict[str, Any]) -> WindowConfig:
    renamed = {
        "size": "size_px",
        "box": "box_px",
        "template": "templates",
        "offset": "offset_px",
        "rotation": "rotation_deg",
    }
    if isinstance(table.get("template"), str):
        table = {**table, "template": [table["template"]]}
    values: dict[str, Any] = {
        renamed.get(key, key): tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    return WindowConfig(**values)


def _split(table: dict[str, Any]) -> SplitConfig:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return SplitConfig(**values)


def _defect(name: str, table: dict[str, Any]) -> DefectType:
    saturation = parse_saturation(table.get("saturation", 1.0))
    return DefectType(name, table.get("kind", "structural"), saturation, table.get("regions", "each"))


def parse_saturation(value: float | str) -> Saturation:
    """Read a saturation threshold: a fraction in (0, 1], or ``"800 px"``.

    >>> parse_saturation(0.5), parse_saturation("800 px")
    (Saturation(value=0.5, relative=True), Saturation(value=800, relative=False))
    """
    if isinstance(value, str):
        match = _ABSOLUTE_SATURATION.match(value)
        if not match:
            raise ValueError(f"expected a fraction in (0, 1] or pixels such as '800 px', found {value!r}")
        return Saturation(int(match[1]), relative=False)
    return Saturation(float(value))
