"""Find and open the files that annotations come in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from natsort import natsort_keygen

from curate.errors import CurateError, InputError, MissingError
from curate.imaging.images import Pixels, is_image_name, read_pixels

Kind: TypeAlias = Literal["json", "xml", "csv", "text", "lines"]

SUFFIXES: dict[str, Kind] = {
    ".json": "json",
    ".xml": "xml",
    ".csv": "csv",
    ".txt": "text",
    ".jsonl": "lines",
    ".manifest": "lines",
}
"""What a file name's ending says about its content."""

_CLASS_FILES = ("data.yaml", "dataset.yaml", "classes.txt", "obj.names")
_LEVELS = 3
"""How far above a label file the names of its classes are looked for: ``labels/train/`` and its kind."""

NOT_ANNOTATIONS = frozenset({"defects_config.json", "classes.txt", "dataset.json", "meta.json"})
"""Files that lie beside annotations and hold none."""

_natural = natsort_keygen()


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A file that may hold annotations; ``name`` is how findings call it."""

    path: Path
    name: str
    kind: Kind


def label_files(source: Path) -> list[LabelFile]:
    """Return a file, or every file below a folder whose ending is known, in natural order.

    Raises
    ------
    MissingError
        If there is no such file or folder.
    InputError
        If it is a file of an unknown kind.
    """
    if source.is_dir():
        paths = [path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES and not _hidden(path, source)]
        ordered = sorted((path for path in paths if path.is_file()), key=lambda path: _natural(path.as_posix()))
        return [_label_file(path, f"{source.name}/{path.relative_to(source).as_posix()}") for path in ordered]
    if not source.exists():
        raise MissingError("there is no such file or folder", path=source, hint="check the path")
    if source.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"a file ending in {source.suffix or 'nothing'} is no annotation file; expected {', '.join(SUFFIXES)}",
            path=source,
            hint="give the file that the annotation tool exported, or a folder of masks",
        )
    return [_label_file(source, source.name)]


def _label_file(path: Path, name: str) -> LabelFile:
    return LabelFile(path, name, SUFFIXES[path.suffix.lower()])


def _hidden(path: Path, below: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.relative_to(below).parts)


def image_files(folder: Path) -> list[str]:
    """Return every picture file below a folder, relative and ``/``-separated, in natural order."""
    found = [path for path in folder.rglob("*") if is_image_name(path) and not _hidden(path, folder) and path.is_file()]
    return sorted((path.relative_to(folder).as_posix() for path in found), key=_natural)


def read_document(file: LabelFile) -> Any:
    """Open a file by its kind.

    Returns
    -------
    object
        JSON: what it holds. XML: the root element. CSV: a list of rows, each a list of str, the header first. Text
        and JSON lines: a list of lines or of objects.

    Raises
    ------
    InputError
        If it is not what its name says.
    """
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=file.path) from error
    try:
        return _PARSERS[file.kind](content)
    except (ValueError, SyntaxError, RecursionError) as error:
        title = {"json": "JSON", "lines": "JSON lines", "xml": "XML", "csv": "CSV", "text": "UTF-8 text"}[file.kind]
        hint = "export it again from the annotation tool"
        raise InputError(f"is not valid {title}: {error}", path=file.path, hint=hint) from error


def first_pixels(*paths: Path) -> Pixels | None:
    """Decode the first picture that exists; None when none does, or it is damaged."""
    for path in paths:
        if path.is_file():
            try:
                return read_pixels(path)
            except CurateError:
                return None
    return None


def class_names(folder: Path) -> dict[int, str]:
    """Return the names of class numbers, from the nearest ``data.yaml``, ``classes.txt`` or ``obj.names`` upwards."""
    for above in (folder, *folder.absolute().parents[:_LEVELS]):
        for name in _CLASS_FILES:
            if (above / name).is_file():
                return _names((above / name).read_text(encoding="utf-8"), name)
    return {}


def _names(text: str, name: str) -> dict[int, str]:
    import yaml

    if not name.endswith(".yaml"):
        return dict(enumerate(line.strip() for line in text.splitlines() if line.strip()))
    try:
        listed = (yaml.safe_load(text) or {}).get("names") or {}
    except (yaml.YAMLError, AttributeError):
        return {}
    pairs = listed.items() if isinstance(listed, dict) else enumerate(listed)
    return {int(number): str(title) for number, title in pairs}


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig")


def _xml(content: bytes) -> Any:
    from defusedxml.ElementTree import fromstring

    parse: Callable[[bytes], Any] = fromstring
    return parse(content)


_PARSERS: dict[Kind, Callable[[bytes], Any]] = {
    "json": lambda content: json.loads(_text(content)),
    "lines": lambda content: [json.loads(line) for line in _text(content).splitlines() if line.strip()],
    "xml": _xml,
    "csv": lambda content: list(csv.reader(io.StringIO(_text(content)))),
    "text": lambda content: _text(content).splitlines(),
}
