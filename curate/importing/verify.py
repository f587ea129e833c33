"""Check that the captures are still what was imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.disk.hashing import sha256_bytes, sha256_pixels
from curate.disk.reading import files_below
from curate.disk.tables import read_table
from curate.errors import CurateError
from curate.execution import Execution
from curate.imaging.images import decode, read_file
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding, count_by_severity, ordered
from curate.model.words import Shown
from curate.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, repr=False)
class VerifyReport(Shown):
    """What was checked and found.

    Attributes
    ----------
    frames : dict of str to int
        Checked frames a category.
    findings : tuple of Finding
        Paths are relative to the workspace.
    """

    frames: dict[str, int]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON document."""
        return {
            "schema": "curate/verify/1",
            "frames": self.frames,
            "counts": count_by_severity(self.findings),
            "findings": [finding.to_json() for finding in self.findings],
        }


def verify_captures(
    workspace: Workspace, categories: Sequence[str], *, quick: bool = False, execution: Execution = Execution()
) -> VerifyReport:
    """Compare every captured frame with its record; nothing is written.

    Parameters
    ----------
    workspace : Workspace
    categories : sequence of str
    quick : bool
        Only whether the file is there with its size; else the sha256 of its bytes, and where that differs and the hash
        of the pixels was recorded (``curate import --decode``), of its pixels.
    execution : Execution

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    findings: list[Finding] = []
    frames: dict[str, int] = {}
    for category in categories:
        captures = [
            capture
            for series in workspace.series_of(category)
            for capture in read_table(workspace.captures_record(category, series), Capture)
        ]
        frames[category] = len(captures)
        findings += _verify(workspace, category, captures, execution, quick=quick)
        findings += _unrecorded(workspace, category, {capture.frame for capture in captures})
    return VerifyReport(frames, ordered(findings))


def _verify(
    workspace: Workspace, category: str, captures: Sequence[Capture], execution: Execution, *, quick: bool
) -> list[Finding]:
    folder = workspace.captures(category)

    def check(capture: Capture) -> Finding | None:
        path = folder / capture.frame
        return _check(path, workspace.relative(path), capture, quick=quick)

    return [finding for finding in execution.map(check, captures, f"verifying {category}") if finding is not None]


def _check(path: Path, shown: str, capture: Capture, *, quick: bool) -> Finding | None:
    try:
        size_bytes = path.stat().st_size
    except OSError as error:
        what = "cannot be found" if isinstance(error, FileNotFoundError) else "cannot be read"
        return found(codes.FRAME_MISSING, f"{what}: {error.strerror}", shown)
    if quick:
        if size_bytes == capture.size_bytes:
            return None
        return found(codes.FRAME_CHANGED, f"has {size_bytes} bytes, recorded with {capture.size_bytes}", shown)
    try:
        content = read_file(path)
    except CurateError as error:
        return found(codes.FRAME_MISSING, error.message, shown)
    digest = sha256_bytes(content)
    if digest == capture.sha256:
        return None
    what = f"has the sha256 {digest[:12]}… ({len(content)} bytes), recorded with {capture.sha256[:12]}…"
    if capture.pixels_sha256 and _pixels(content, path) == capture.pixels_sha256:
        return found(codes.FRAME_REWRITTEN, f"{what}; its pixels are the same", shown)
    return found(codes.FRAME_CHANGED, what, shown)


def _pixels(content: bytes, path: Path) -> str:
    try:
        return sha256_pixels(decode(content, path))
    except CurateError:
        return ""


def _unrecorded(workspace: Workspace, category: str, known: set[str]) -> list[Finding]:
    """Report files below the captures that no record knows, sorted by name."""
    root = workspace.captures(category)
    findings = []
    if not root.is_dir():
        return []  # then every frame of the record is missing
    for folder, names in files_below(root):
        below = folder.relative_to(root).as_posix()
        for name in names:
            frame = name if below == "." else f"{below}/{name}"
            if frame not in known:
                shown = workspace.relative(root / frame).encode("utf-8", "backslashreplace").decode()
                findings.append(found(codes.UNRECORDED_FILE, "is in no record", shown))
    return findings
