"""Find and open the files that annotations come in."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from curate.disk.litter import is_litter
from curate.disk.reading import check_plain, every_row, files_below, is_there, read_errors, read_plain
from curate.errors import InputError, MissingError, ReadError
from curate.imaging.images import is_image_name
from curate.model.account import LeftOut
from curate.model.natural import natural_key

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

NOT_ANNOTATIONS = frozenset(
    {
        "defects_config.json",
        "classes.txt",
        "obj.names",
        "dataset.json",
        "meta.json",
        "labelmap.txt",
        "label_map.txt",
        "labels.json",
        "mask_grayscale_map.json",
        "mask_color_map.json",
        "readme.txt",
    }
)
"""Files that lie beside annotations and hold none."""

_LISTS = "ImageSets"
"""Folder of VOC's lists of images."""

LEGENDS = ("labelmap.txt", "label_map.txt", "mask_grayscale_map.json", "mask_color_map.json")
"""Label maps of mask folders, likeliest first."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""What stands at the start of a text says how it is encoded."""

_LARGEST_BYTES = 1 << 29
"""Larger documents are refused: parsing one takes several times its size in memory."""


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A file that may hold annotations; ``name`` is how findings call it."""

    path: Path
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class FileListing:
    """Every file below a folder, by what it may be.

    Attributes
    ----------
    labels : tuple of LabelFile
    pictures : tuple of str
        Relative to the folder.
    others : tuple of LeftOut
        What is neither, with the reason.
    """

    labels: tuple[LabelFile, ...]
    pictures: tuple[str, ...]
    others: tuple[LeftOut, ...]


def list_files(source: Path) -> FileListing:
    """Return a file, or every file below a folder, in natural order.

    Raises
    ------
    MissingError
        If there is no such file or folder.
    ReadError
        If it, or a folder below it, cannot be looked at.
    InputError
        If it is a file of an unknown kind.
    """
    try:
        with read_errors(source):
            mode = source.stat().st_mode
    except MissingError as error:
        raise MissingError("there is no such file or folder", path=source, hint="check the path") from error
    if stat.S_ISDIR(mode):
        return _listing(source)
    if source.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"a file ending in {source.suffix or 'nothing'} is no annotation file; expected {', '.join(SUFFIXES)}",
            path=source,
            hint="give the file that the annotation tool exported, or a folder of masks",
        )
    return FileListing((LabelFile(source, source.name, SUFFIXES[source.suffix.lower()]),), (), ())


def _listing(source: Path) -> FileListing:
    labels, pictures, others = [], [], []
    paths = [
        path.relative_to(source).as_posix()
        for folder, names in files_below(source)
        for path in map(folder.joinpath, names)
    ]
    for path in sorted(paths, key=natural_key):
        file, shown = source / path, f"{source.name}/{path}"
        if is_litter(path):
            others.append(LeftOut(shown, "hidden, or left by a program"))
        elif not _may_be_plain(file):
            others.append(LeftOut(shown, "no plain file"))
        elif file.name.lower() in NOT_ANNOTATIONS or _LISTS in path.split("/"):
            others.append(LeftOut(shown, "says what annotations mean, and holds none"))
        elif file.suffix.lower() in SUFFIXES:
            labels.append(LabelFile(file, shown, SUFFIXES[file.suffix.lower()]))
        elif is_image_name(file):
            pictures.append(path)
        else:
            others.append(LeftOut(shown, "neither an annotation file nor a picture"))
    return FileListing(tuple(labels), tuple(pictures), tuple(others))


def _may_be_plain(path: Path) -> bool:
    """Whether a path is a plain file, or that cannot be said: whoever reads it then says why."""
    try:
        return is_there(path)
    except ReadError:
        return True
    except InputError:
        return False


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
    if check_plain(file.path, "a document").st_size > _LARGEST_BYTES:
        raise InputError(f"is larger than {_LARGEST_BYTES >> 20} MiB, expected a document", path=file.path)
    return parsed_content(read_plain(file.path), file.kind, file.path)


def parsed_content(content: bytes, kind: Kind, path: Path) -> Any:
    """Parse a file's bytes; ``path`` is for messages. See :func:`read_document`."""
    try:
        return _csv(content, path) if kind == "csv" else _PARSERS[kind](content)
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 or UTF-16 text (byte 0x{content[error.start]:02x} at {error.start}; perhaps GBK or cp1252)",
            path=path,
            hint="save it as UTF-8",
        ) from error
    except (ValueError, SyntaxError, RecursionError) as error:
        title = {"json": "JSON", "lines": "JSON lines", "xml": "XML", "text": "text"}[kind]
        hint = "export it again from the annotation tool"
        raise InputError(f"is not valid {title}: {error}", path=path, hint=hint) from error


@dataclass(frozen=True, slots=True)
class ClassList:
    """What a file beside annotations says about class numbers: their names, and the form of key points."""

    names: dict[int, str] = field(default_factory=dict)
    key_points: tuple[int, int] | None = None


def class_list(folder: Path) -> ClassList:
    """Read the nearest ``data.yaml``, ``classes.txt`` or ``obj.names`` upwards; an empty list when there is none.

    Raises
    ------
    InputError
        If it is no text, or no list of names.
    """
    for above in (folder, *folder.absolute().parents[:_LEVELS]):
        for name in _CLASS_FILES:
            if is_there(above / name):
                return class_list_of(read_plain(above / name), above / name)
    return ClassList()


def class_list_of(content: bytes, path: Path) -> ClassList:
    """Read one list of classes; see :func:`class_list`."""
    if path.suffix not in {".yaml", ".yml"}:
        lines = parsed_content(content, "text", path)
        return ClassList(dict(enumerate(line.strip() for line in lines if line.strip())))
    import yaml

    try:
        document = _yaml(parsed_content(content, "text", path))
        listed: Any = document["names"]
        pairs = listed.items() if isinstance(listed, dict) else enumerate(listed)
        names = {int(number): str(title) for number, title in pairs}
        shape = document.get("kpt_shape")
        return ClassList(names, (int(shape[0]), int(shape[1])) if shape else None)
    except (yaml.YAMLError, TypeError, KeyError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise InputError(
            "has no list or table called names", path=path, hint="list the names of the classes"
        ) from error


def _yaml(lines: list[str]) -> Any:
    """Parse YAML without anchors: a few of them can stand for more than any memory holds."""
    import yaml

    text = "\n".join(lines)
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
        raise ValueError("it refers to itself")
    return yaml.safe_load(text)


def _text(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    return content.decode(encoding)


def _xml(content: bytes) -> Any:
    from defusedxml.ElementTree import fromstring

    parse: Callable[[bytes], Any] = fromstring
    return parse(content)


def _csv(content: bytes, path: Path) -> list[list[str]]:
    """Parse a table; Excel separates by semicolons where the comma is the decimal point."""
    text = _text(content)
    header = next(iter(text.splitlines()), "")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    return [cells for _, cells in every_row(text, path, delimiter)]


_PARSERS: dict[Kind, Callable[[bytes], Any]] = {
    "json": lambda content: json.loads(_text(content)),
    "lines": lambda content: [json.loads(line) for line in _text(content).splitlines() if line.strip()],
    "xml": _xml,
    "text": lambda content: _text(content).splitlines(),
}
