"""``curate report``: read, gather, render, write."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from curate.disk.atomic import storage_errors, write_bytes
from curate.errors import InputError
from curate.evaluate.dataset_errors import remarks_on_truth
from curate.execution import Execution
from curate.model.account import Account
from curate.model.finding import Finding, count_by_severity, ordered
from curate.model.words import Shown
from curate.report.gather import FIXED, gather_page
from curate.report.page import GalleryEntry, ReportPage, picture_bytes
from curate.report.render import MARK, Volume, render_page
from curate.report.sources import Request, read_material
from curate.submissions.archive import submission_folder

__all__ = ["FILE_BYTES", "Request", "WrittenReport", "write_report"]

FILE_BYTES = 14_000_000
"""Most bytes of a file that the gallery fills: it is still sent by mail, and opens at once."""

_ENTRY = 900
"""Bytes around a picture, without its outlines."""

_OUTLINE = 60
LEAST_ROOM = 1_000_000
"""Bytes of the gallery that the first file holds at least."""

_HEAD = 2000


@dataclass(frozen=True, slots=True, repr=False)
class WrittenReport(Shown):
    """What ``write_report`` did.

    Attributes
    ----------
    files : tuple of Path
        The report, and the files with the rest of its gallery.
    size_bytes : tuple of int
    pictures : int
        Of the gallery.
    findings : tuple of Finding
        What validation found, and why submissions were refused.
    refused : tuple of str
        Submissions that were not scored.
    of_other_datasets : tuple of (str, str)
        Files of results that are of another dataset, and why; they are not shown.
    remarks : tuple of Finding
        Of the findings, the warnings to look at before numbers are believed.
    account : dict of str to Account
        Of the dataset's files and entries: used and left out, together all there is.
    """

    files: tuple[Path, ...]
    size_bytes: tuple[int, ...]
    pictures: int
    findings: tuple[Finding, ...]
    refused: tuple[str, ...]
    of_other_datasets: tuple[tuple[str, str], ...]
    remarks: tuple[Finding, ...] = ()
    account: dict[str, Account] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as a JSON document."""
        return {
            "files": [
                {"file": path.as_posix(), "bytes": size} for path, size in zip(self.files, self.size_bytes, strict=True)
            ],
            "pictures": self.pictures,
            "refused": list(self.refused),
            "of_other_datasets": [{"file": name, "reason": reason} for name, reason in self.of_other_datasets],
            "account": {name: account.to_json() for name, account in self.account.items()},
            "counts": count_by_severity(self.findings),
            "findings": [finding.to_json() for finding in self.findings],
        }


def write_report(
    request: Request,
    output: Path | str,
    *,
    title: str = "",
    side_px: int = 0,
    file_bytes: int = FILE_BYTES,
    least_room: int = LEAST_ROOM,
    execution: Execution = Execution(),
) -> WrittenReport:
    """Write a report.

    Parameters
    ----------
    request : Request
        What it is about.
    output : Path
        The file; further ones, if the gallery needs them, are called ``<stem>-2.html`` and so on.
    title : str
        ``""`` takes the dataset's name.
    side_px : int
        Of the gallery's pictures; 0 takes the largest side at which all of them fit into one file.
    file_bytes, least_room : int
        Most bytes of a file, and what the gallery gets of the first one at least, however long the rest of it is.
    execution : Execution

    Raises
    ------
    CurateError
        If there is nothing to report on, a result is none, or the file cannot be written.
    """
    output = Path(output)
    if output.is_dir():
        raise InputError("is a folder, expected the name of a file", path=output, hint="name it report.html")
    with ExitStack() as opened:  # archives stay unpacked until the pictures of their maps are drawn
        folders = tuple(opened.enter_context(submission_folder(root)) for root in dict.fromkeys(request.submissions))
        material = read_material(replace(request, submissions=folders), execution)
        page = gather_page(material, title=title, side_px=side_px, file_bytes=file_bytes, execution=execution)
    volumes = divide(page, output, file_bytes, least_room)
    paths = [output.parent / name for name, _, _ in volumes[0].files]
    sizes = []
    for path, volume in reversed(list(zip(paths, volumes, strict=True))):  # the first, which links to the others, last
        content = render_page(page, volume).encode("utf-8", "backslashreplace")  # names of files may be no UTF-8
        write_bytes(path, content)
        sizes.append(len(content))
    _remove_rest(output, len(paths))
    refused = material.scoring.refused
    of_other_datasets = material.scoring.of_other_datasets
    return WrittenReport(
        files=tuple(paths),
        size_bytes=tuple(reversed(sizes)),
        pictures=len(page.gallery.entries),
        findings=ordered([*material.findings, *(finding for _, found in refused for finding in found)]),
        refused=tuple(name for name, _ in refused),
        of_other_datasets=of_other_datasets,
        remarks=remarks_on_truth(material.findings),
        account=material.account,
    )


def divide(
    page: ReportPage, output: Path, file_bytes: int = FILE_BYTES, least_room: int = LEAST_ROOM
) -> tuple[Volume, ...]:
    """Divide the gallery into files of at most so many bytes, at least one picture each."""
    without = render_page(page, Volume(1, ((output.name, 1, 0),), ()))
    room = max(file_bytes - len(without), least_room)
    parts: list[list[GalleryEntry]] = [[]]
    for entry in page.gallery.entries:
        weight = _weight_of(entry)
        if weight > room and parts[-1]:
            parts.append([])
            room = file_bytes - FIXED
        parts[-1].append(entry)
        room -= weight
    names = [output.name, *(f"{output.stem}-{number}{output.suffix}" for number in range(2, len(parts) + 1))]
    files, first = [], 1
    for name, part in zip(names, parts, strict=True):
        files.append((name, first, first + len(part) - 1))
        first += len(part)
    return tuple(Volume(number, tuple(files), tuple(part)) for number, part in enumerate(parts, start=1))


def _weight_of(entry: GalleryEntry) -> int:
    outlines = sum(2 * len(outline.path) + _OUTLINE for outline in entry.outlines)
    return picture_bytes(entry) + outlines + _ENTRY


def _remove_rest(output: Path, count: int) -> None:
    """Remove what an earlier report of more pictures left beside this one; nothing that is not ours is touched."""
    number = max(2, count + 1)
    while (path := output.parent / f"{output.stem}-{number}{output.suffix}").is_file():
        with path.open("rb") as stream:
            if MARK.encode() not in stream.read(_HEAD):
                return
        with storage_errors(path):
            path.unlink()
        number += 1
