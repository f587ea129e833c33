"""What a person says about files beyond what the files say themselves: a pattern on names, a manifest, a label."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from curate.errors import InputError
from curate.importing.order_evidence import FileMetadata
from curate.importing.times import moment, parse_offset
from curate.importing.written_times import WrittenTime, read_time
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding

PATTERN_GROUPS = (
    "time", "year", "month", "day", "hour", "minute", "second", "fraction", "zone",
    "counter", "camera", "label", "specimen", "series",
)  # fmt: skip
"""Named groups that ``--pattern`` knows."""

_TIME_PARTS = PATTERN_GROUPS[1:9]

COLUMNS: dict[str, tuple[str, ...]] = {
    "file": ("file", "path", "image", "filename", "file_name", "frame", "source-ref", "source_ref", "uri", "name"),
    "time": ("time", "timestamp", "shot_at", "datetime", "date_time", "capture_time", "captured_at"),
    "counter": ("counter", "sequence", "number", "shot"),
    "camera": ("camera", "camera_id", "camera_serial"),
    "label": ("label", "class", "defect"),
    "specimen": ("specimen", "part", "part_id", "item", "serial_number"),
    "series": ("series", "lot", "batch", "shift"),
}
"""What a manifest can say, and the column names that are recognised for each, the first that is there."""

GOOD_WORDS = frozenset({"good", "ok", "normal", "pass", "passed", "defect-free", "defect_free", "no_defect", "io"})
"""Words in folder names, patterns and manifests, in any case, that mean ``good``."""

_NAMED = 5


@dataclass(frozen=True, slots=True)
class UserMetadata:
    """Everything that was said, ready to be asked file by file.

    Attributes
    ----------
    pattern : re.Pattern or None
        Searched in a file's name relative to its source, suffix included.
    manifest : dict of str to FileMetadata
        File name to what its row says.
    label : str
        Of every file about which nothing better was said.
    label_from_folder : bool
        The innermost folder's name is the label.
    series : str
        Of every file about which nothing better was said.
    """

    pattern: re.Pattern[str] | None = None
    manifest: Mapping[str, FileMetadata] = field(default_factory=dict)
    label: str = ""
    label_from_folder: bool = False
    series: str = "main"

    def about(self, name: str) -> FileMetadata:
        """Return what was said about a file: the manifest counts most, then the pattern, folder, and the rest."""
        by_pattern = metadata_from_pattern(self.pattern, name) if self.pattern else FileMetadata()
        by_row = self.manifest.get(name, FileMetadata())
        folder = name.rpartition("/")[0].rpartition("/")[2] if self.label_from_folder else ""
        return FileMetadata(
            time=by_row.time or by_pattern.time,
            counter=by_pattern.counter if by_row.counter is None else by_row.counter,
            row=by_row.row,
            camera=by_row.camera or by_pattern.camera,
            label=by_row.label or by_pattern.label or label_word(folder) or self.label,
            specimen=by_row.specimen or by_pattern.specimen,
            series=by_row.series or by_pattern.series or self.series,
            unread=(*by_row.unread, *by_pattern.unread),
        )


def label_word(word: str) -> str:
    """Turn a word into a label: what means good becomes ``good``.

    >>> label_word("OK"), label_word("scratch"), label_word("")
    ('good', 'scratch', '')
    """
    return GOOD if word.lower() in GOOD_WORDS else word.strip()


def compile_pattern(text: str) -> re.Pattern[str]:
    r"""Compile the pattern of ``--pattern``.

    Raises
    ------
    InputError
        If it is no regular expression, has no named group, or one that is not in :data:`PATTERN_GROUPS`.

    Examples
    --------
    >>> metadata_from_pattern(compile_pattern(r"(?P<camera>cam\d)_(?P<counter>\d+)"), "cam2_0017.png").counter
    17
    """
    hint = f"known groups: {', '.join(PATTERN_GROUPS)}; for example '(?P<camera>cam\\d)_(?P<counter>\\d+)'"
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise InputError(f"--pattern {text!r} is no regular expression: {error}", hint=hint) from error
    unknown = sorted(set(pattern.groupindex) - set(PATTERN_GROUPS))
    if unknown or not pattern.groupindex:
        what = f"has the unknown group {', '.join(unknown)}" if unknown else "has no named group"
        raise InputError(f"--pattern {text!r} {what}", hint=hint)
    return pattern


def metadata_from_pattern(pattern: re.Pattern[str], name: str) -> FileMetadata:
    """Return what a pattern reads in a file's name; nothing when it does not match."""
    match = pattern.search(name)
    if match is None:
        return FileMetadata()
    groups = {key: value or "" for key, value in match.groupdict().items()}
    time = _pattern_time(groups)
    counter, unread = _number(groups.get("counter", ""), "the counter")
    return FileMetadata(
        time=time,
        counter=counter,
        camera=groups.get("camera", ""),
        label=label_word(groups.get("label", "")),
        specimen=groups.get("specimen", ""),
        series=groups.get("series", ""),
        unread=unread,
    )


def _number(text: str, what: str) -> tuple[int | None, tuple[tuple[str, str], ...]]:
    """Read a counter; return what could not be read, too."""
    if text.isascii() and text.isdigit():
        return int(text), ()
    return None, (("counter", f"{what} {text!r}"),) if text else ()


def _pattern_time(groups: dict[str, str]) -> WrittenTime | None:
    if groups.get("time"):
        return read_time(groups["time"])
    written = " ".join(groups[part] for part in _TIME_PARTS if groups.get(part))
    if not written:
        return None
    year = groups.get("year", "")
    year = f"20{year}" if len(year) == 2 else year  # noqa: PLR2004 - a two-digit year
    rest = [groups.get(part) or default for part, default in (("month", "1"), ("day", "1"), ("hour", "0"))]
    rest += [groups.get(part) or "0" for part in ("minute", "second")]
    zone, fraction = groups.get("zone", ""), groups.get("fraction", "")
    offset_s = parse_offset(zone)
    digits = "".join((year, *rest, fraction))
    if not year or not (digits.isascii() and digits.isdigit()) or (zone and offset_s is None):
        return WrittenTime(written, ())
    reading = moment((year, *rest), fraction, offset_s)
    return WrittenTime(written, () if reading is None else (reading,))


def about_pattern(pattern: re.Pattern[str], names: Iterable[str]) -> list[Finding]:
    """Report the files that a pattern does not match.

    Raises
    ------
    InputError
        If it matches none.
    """
    names = sorted(names)
    missed = [name for name in names if not pattern.search(name)]
    if missed and len(missed) == len(names):
        raise InputError(
            f"--pattern {pattern.pattern!r} matches none of {len(names)} files: {', '.join(missed[:_NAMED])}",
            hint="it is searched in the name relative to SOURCE, folders and suffix included",
        )
    if not missed:
        return []
    more = " …" if len(missed) > _NAMED else ""
    return [
        found(
            codes.NAME_PATTERN_UNMATCHED,
            f"{len(missed)} of {len(names)} files do not match: {', '.join(missed[:_NAMED])}{more}",
        )
    ]


def metadata_from_manifest(
    rows: Sequence[Mapping[str, str]], columns: Mapping[str, str], names: Iterable[str], shown: str
) -> tuple[dict[str, FileMetadata], list[Finding]]:
    """Match the rows of a manifest to files.

    Parameters
    ----------
    rows : sequence of mapping
        Column to text; the first row's keys are the manifest's columns.
    columns : mapping of str to str
        What (a key of :data:`COLUMNS`) to the column that says it; guessed where left out.
    names : iterable of str
        Files, relative to their sources.
    shown : str
        The manifest's name, for messages.

    Returns
    -------
    metadata : dict of str to FileMetadata
        File name to its row. A row belongs to a file when one's path ends in the other's, part by part.
    findings : list of Finding
        Rows that lead outside (``..``), belong to no file or to several, and files without a row.
    """
    chosen = choose_columns(rows, columns, shown)
    by_last: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        by_last[name.rpartition("/")[2]].append(name)
    metadata: dict[str, FileMetadata] = {}
    findings: list[Finding] = []
    unmatched: list[str] = []
    for number, row in enumerate(rows):
        path = row.get(chosen["file"], "").replace("\\", "/")
        parts = path.partition("://")[2].split("/")[1:] if "://" in path else path.split("/")
        if ".." in parts:
            findings.append(
                found(codes.UNUSABLE_MANIFEST_ROW, f"row {number + 1} leads outside its folder: {path!r}", shown)
            )
            continue
        parts = [part for part in parts if part not in {"", "."}]
        fitting = _fitting(parts, by_last.get(parts[-1], []) if parts else [])
        if len(fitting) == 1 and fitting[0] not in metadata:
            metadata[fitting[0]] = _metadata_of_row(row, chosen, number)
        elif len(fitting) > 1 or fitting:
            which = ", ".join(fitting) if len(fitting) > 1 else f"{fitting[0]}, which an earlier row names"
            findings.append(found(codes.UNUSABLE_MANIFEST_ROW, f"row {number + 1} ({path!r}) fits {which}", shown))
        else:
            unmatched.append(path)
    missed = sorted(name for group in by_last.values() for name in group if name not in metadata)
    return metadata, [*findings, *_unmatched(unmatched, missed, len(rows), shown)]


def _fitting(parts: list[str], names: list[str]) -> list[str]:
    """Return the names that a path may mean: the longest common ends, if one is all of its path."""
    exact = [name for name in names if name.split("/") == parts]
    if exact:
        return exact
    fits = []
    for name in names:
        own = name.split("/")
        length = min(len(own), len(parts))
        if own[-length:] == parts[-length:]:
            fits.append((length, name))
    longest = max((length for length, _ in fits), default=0)
    return [name for length, name in fits if length == longest]


def choose_columns(rows: Sequence[Mapping[str, str]], columns: Mapping[str, str], shown: str) -> dict[str, str]:
    """Return which column says what.

    Raises
    ------
    InputError
        If there are no rows, a named column is not there, or none names the files.
    """
    there = list(dict.fromkeys(key for row in rows[:100] for key in row))
    unknown = [f"{what}={column}" for what, column in columns.items() if what not in COLUMNS or column not in there]
    if unknown:
        raise InputError(
            f"--columns {', '.join(unknown)}: the manifest has the columns {', '.join(there)}",
            path=shown,
            hint=f"write WHAT=COLUMN; WHAT is one of {', '.join(COLUMNS)}",
        )
    by_lower = {column.lower(): column for column in reversed(there)}
    guessed = {
        what: next((by_lower[name] for name in known if name in by_lower), "") for what, known in COLUMNS.items()
    }
    chosen = {**guessed, **columns}
    if not chosen["file"]:
        raise InputError(
            f"no column names the files; the manifest has {', '.join(there) or 'no rows'}",
            path=shown,
            hint="say which with --columns file=COLUMN",
        )
    return chosen


def _metadata_of_row(row: Mapping[str, str], chosen: Mapping[str, str], number: int) -> FileMetadata:
    text = {what: row.get(column, "").strip() if column else "" for what, column in chosen.items()}
    counter, unread = _number(text["counter"], "the counter")
    return FileMetadata(
        time=read_time(text["time"]),
        counter=counter,
        row=number + 1,
        camera=text["camera"],
        label=label_word(text["label"]),
        specimen=text["specimen"],
        series=text["series"],
        unread=unread,
    )


def _unmatched(unmatched: list[str], missed: list[str], rows: int, shown: str) -> list[Finding]:
    findings = []
    if unmatched:
        named = ", ".join(unmatched[:_NAMED])
        message = f"{len(unmatched)} of {rows} rows belong to no file of the sources: {named}"
        findings.append(found(codes.MANIFEST_MISMATCH, message, shown))
    if missed:
        named = ", ".join(missed[:_NAMED])
        findings.append(
            found(codes.MANIFEST_MISMATCH, f"{len(missed)} files have no row in the manifest: {named}", shown)
        )
    return findings
