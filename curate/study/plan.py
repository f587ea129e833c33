"""Read a study file and expand it: each method with each value of what varies, on each dataset. No run, no torch."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from curate.baselines.methods import METHODS, method_named, settings_for
from curate.baselines.settings import RANDOM
from curate.disk.schema import schema_problems
from curate.errors import ConfigError, CurateError, MissingError
from curate.evaluate.compare import DEFAULT_METRIC, METRICS

_FILES = frozenset({"weights", "textures", "pretrained", "pictures"})


@dataclass(frozen=True, slots=True)
class StudyDataset:
    """A dataset of a study; where ``augment`` is not 0, so many copies of each training image take its place."""

    name: str
    path: Path
    layout: str = ""
    augment: int = 0
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StudyCell:
    """One method with its settings on one dataset, with all seeds: one submission, one result.

    Attributes
    ----------
    dataset : StudyDataset
    method : str
        Of :data:`curate.baselines.methods.METHODS`.
    title : str
        As tables call it; it names what varies.
    given : dict
        Settings by name.
    folder : str
        Where its submission lies below ``submissions``, and its result below ``results``.
    """

    dataset: StudyDataset
    method: str
    title: str
    given: dict[str, Any]
    folder: str


@dataclass(frozen=True, slots=True)
class Study:
    """A study file, expanded."""

    title: str
    source: str
    seeds: int
    metrics: tuple[str, ...]
    paired: bool
    partial: bool
    device: str
    published: tuple[Path, ...]
    cells: tuple[StudyCell, ...]

    @property
    def datasets(self) -> tuple[StudyDataset, ...]:
        """Its datasets, each once, in the file's order."""
        return tuple(dict.fromkeys(cell.dataset for cell in self.cells))


def read_study(path: Path) -> Study:
    """Read and expand a study.

    Raises
    ------
    MissingError
        If there is no such file.
    ConfigError
        If it is no TOML, or says something that cannot be run; all problems at once.
    """
    if not path.is_file():
        raise MissingError("there is no such study", path=path, hint="examples/studies has one for each paper's tables")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is no TOML: {error}", path=path) from error
    problems = [
        f"{'.'.join(map(str, place)) or 'the file'}: {text}" for place, text in schema_problems(document, "study")
    ]
    if problems:
        raise _wrong(path, problems)
    top = document["study"]
    metrics = tuple(top.get("metrics", [DEFAULT_METRIC]))
    published = tuple(path.parent / name for name in top.get("published", []))
    problems += [f"study.metrics: there is no metric {name!r}" for name in metrics if name not in METRICS]
    problems += [f"study.published: there is no file {file}" for file in published if not file.is_file()]
    cells, wrong = _cells(document, path.parent)
    if problems + wrong:
        raise _wrong(path, problems + wrong)
    return Study(
        title=top["title"],
        source=top.get("source", ""),
        seeds=top.get("seeds", 1),
        metrics=metrics,
        paired=top.get("paired", False),
        partial=top.get("partial", False),
        device=top.get("device", "auto"),
        published=published,
        cells=tuple(cells),
    )


def _wrong(path: Path, problems: list[str]) -> ConfigError:
    listing = "\n".join(f"  {problem}" for problem in problems)
    return ConfigError(f"has {len(problems)} problem(s):\n{listing}", path=path, hint="docs/baselines.md has the keys")


def _cells(document: dict[str, Any], beside: Path) -> tuple[list[StudyCell], list[str]]:
    cells: dict[str, StudyCell] = {}
    problems: list[str] = []
    vary: dict[str, list[Any]] = document.get("vary", {})
    known = {name for method in METHODS.values() for name in method.defaults}
    problems += [f"vary.{name}: no method has this setting" for name in vary if _key(name) not in known]
    for dataset in _datasets(document, beside):
        for title, entry in document["methods"].items():
            given = {_key(name): _beside(beside, name, value) for name, value in entry.items() if name != "method"}
            try:
                has = method_named(entry["method"]).defaults
                for values in _combinations({name: vary[name] for name in vary if _key(name) in has}):
                    whole = {**given, **{_key(name): value for name, value in values.items()}}
                    settings_for(entry["method"], _lists_as_tuples(whole))
                    cell = _cell(dataset, entry["method"], title, values, _lists_as_tuples(whole))
                    if cell.folder in cells:
                        problems.append(f"two cells would lie in the folder {cell.folder}: name the methods apart")
                    cells[cell.folder] = cell
            except CurateError as error:
                problems.append(f"methods.{title}: {error.message}")
    return list(cells.values()), list(dict.fromkeys(problems))


def _datasets(document: dict[str, Any], beside: Path) -> list[StudyDataset]:
    chosen = document["study"].get("categories", [])
    return [
        StudyDataset(
            name,
            (beside / entry["path"]).resolve(),
            entry.get("layout", ""),
            entry.get("augment", 0),
            tuple(entry.get("categories", chosen)),
        )
        for name, entry in document["datasets"].items()
    ]


def _combinations(vary: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    for values in product(*vary.values()):
        yield dict(zip(vary, values, strict=True))


def _cell(dataset: StudyDataset, method: str, title: str, values: dict[str, Any], given: dict[str, Any]) -> StudyCell:
    named = ", ".join([title, *(f"{name.replace('_', ' ')} {value}" for name, value in values.items())])
    return StudyCell(dataset, method, named, given, f"{slug(dataset.name)}/{slug(named)}")


def _beside(folder: Path, name: str, value: Any) -> Any:
    """Return a setting; a file or folder that it names is looked for beside the study."""
    if _key(name) not in _FILES or not isinstance(value, str) or value in {"", RANDOM}:
        return value
    return str((folder / value).resolve())


def _key(name: str) -> str:
    return name.replace("-", "_")


def _lists_as_tuples(given: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def slug(text: str) -> str:
    """Return a title as the name of a folder.

    >>> slug("PatchCore, shots 4"), slug("400×400")
    ('patchcore-shots-4', '400x400')
    """
    return re.sub(r"[^a-z0-9.+]+", "-", text.lower().replace("×", "x")).strip("-")
