"""What a run of the crop stage reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from curate.crop.evidence import ambiguity_of
from curate.crop.items import PlacedWindow, WindowPlan
from curate.crop.judge import Thresholds
from curate.crop.still import STILL, one_constant_place
from curate.crop.verdicts import JudgedWindow, overhanging
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.decision import Standing
from curate.model.finding import Finding
from curate.model.orphaned_decisions import orphaned_decisions
from curate.model.words import Shown

STATUSES = ("accepted", "review", "rejected")


@dataclass(frozen=True, slots=True, repr=False)
class WindowReport(Shown):
    """One window of one category.

    Attributes
    ----------
    window, mode : str
    by_label : dict of str to dict of str to int
        Number of frames by label (``""`` where nobody has said) and status.
    cut : int
        Images written by this run; the other accepted ones were up to date.
    thresholds : dict of str to float or bool
        What matches were judged by, a :class:`curate.crop.judge.Thresholds`; empty where nothing is matched.
    scores : dict of str to float
        Lowest, median and highest score, ambiguity and agreement of the accepted frames.
    by_hand : int
        Number of windows that a person decided about.
    by_camera : dict of str to dict of str to int
        Number of frames by camera (``""`` where no camera is recorded) and status.
    """

    window: str
    mode: str
    by_label: dict[str, dict[str, int]]
    cut: int
    thresholds: dict[str, float | bool]
    scores: dict[str, float]
    by_hand: int = 0
    by_camera: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, status: str) -> int:
        """Return how many frames have a status."""
        return sum(counts.get(status, 0) for counts in self.by_label.values())

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "window": self.window,
            "mode": self.mode,
            **{status: self.count(status) for status in STATUSES},
            "cut": self.cut,
            "by_hand": self.by_hand,
            "by_label": self.by_label,
            "by_camera": self.by_camera,
            "thresholds": self.thresholds,
            "scores": self.scores,
        }


@dataclass(frozen=True, slots=True, repr=False)
class CropReport(Shown):
    """One category.

    Attributes
    ----------
    category : str
    windows : tuple of WindowReport
    frames : int
    matched : int
        Frames that this run looked for the part in; positions of the others stood in the records.
    to_match, to_cut : int
        What a dry run found to do.
    dry_run : bool
    findings : tuple of Finding
    """

    category: str
    windows: tuple[WindowReport, ...]
    frames: int
    matched: int
    to_match: int
    to_cut: int
    dry_run: bool
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "frames": self.frames,
            "matched": self.matched,
            "to_match": self.to_match,
            "to_cut": self.to_cut,
            "dry_run": self.dry_run,
            "windows": [window.to_json() for window in self.windows],
            "findings": [finding.to_json() for finding in self.findings],
        }


def window_report(
    plan: WindowPlan, windows: Sequence[JudgedWindow], labels: Mapping[str, str], cut: int, limits: Thresholds | None
) -> WindowReport:
    """Count the windows of one definition by label (of each frame) and status."""
    by_label = _counted((labels[window.placed.task.capture.frame], window.verdict.status) for window in windows)
    by_camera = _counted((window.placed.task.capture.camera, window.verdict.status) for window in windows)
    thresholds = asdict(limits) if limits else {}
    by_hand = sum(window.placed.task.decision is not None for window in windows)
    mode, scores = plan.config.mode, _scores(windows)
    return WindowReport(plan.name, mode, by_label, cut, thresholds, scores, by_hand, by_camera)


def _counted(entries: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Count by name and status."""
    counter = Counter(entries)
    return {
        name: {status: counter[name, status] for status in STATUSES} for name in sorted({key[0] for key in counter})
    }


def _scores(windows: Iterable[JudgedWindow]) -> dict[str, float]:
    matches = [window.placed.found for window in windows if window.placed.found and window.accepted]
    columns = {
        "score": sorted(entry.score for entry in matches),
        "ambiguity": sorted(ambiguity_of(entry.score, entry.second) or 0.0 for entry in matches),
        "agreement": sorted(entry.agreement for entry in matches if entry.agreement is not None),
    }
    return {
        f"{name}_{which}": round(values[place], 4)
        for name, values in columns.items()
        if values
        for which, place in (("min", 0), ("median", len(values) // 2), ("max", -1))
    }


def frame_path(category: str, window: PlacedWindow) -> str:
    """Return the frame's path in the workspace."""
    return f"captures/{category}/{window.task.capture.frame}"


def set_aside(category: str, windows: Iterable[JudgedWindow], named: Container[str]) -> list[Finding]:
    """CUR581: name the frames that were not accepted by rule; those in ``named``, by path, have been named already."""
    return [
        found(
            codes.FRAME_EXCLUDED_BY_CROP,
            f"{window.placed.task.window}: {window.verdict.status}: {window.verdict.reason}",
            path,
        )
        for window in windows
        if not window.accepted
        and not window.placed.task.decision
        and (path := frame_path(category, window.placed)) not in named
    ]


def whole_window(category: str, windows: Iterable[Sequence[JudgedWindow]]) -> Iterator[Finding]:
    """CUR584 to CUR586: say what all frames together say about the template of each window.

    Parameters
    ----------
    windows : iterable of sequence of JudgedWindow
        Each definition's, of frames that were looked at; what a person decided counts.
    """
    for own in windows:
        matched = [window for window in own if window.placed.found or window.placed.task.decision]
        if not matched or matched[0].placed.task.config.mode != "match":
            continue
        name = matched[0].placed.task.window
        if not any(window.accepted for window in matched):
            text = f"{name}: the template fits no frame: 0 of {len(matched)} accepted"
            yield found(codes.TEMPLATE_FITS_NO_FRAME, text, category)
            continue
        cameras = sorted({window.placed.task.capture.camera for window in matched})
        for camera in cameras:
            frames = [window for window in matched if window.placed.task.capture.camera == camera]
            yield from _one_camera(category, name, f" of camera {camera}" if camera else "", frames)


def _one_camera(category: str, name: str, of_camera: str, windows: Sequence[JudgedWindow]) -> Iterator[Finding]:
    good = [window.placed.found for window in windows if window.accepted and window.placed.found]
    size = windows[0].placed.task.config.size_px or (1, 1)
    if not any(window.accepted for window in windows):
        text = f"{name}: the template fits no frame{of_camera}: 0 of {len(windows)} accepted"
        yield found(codes.TEMPLATE_FITS_NO_FRAME_OF_CAMERA, text, category)
    elif one_constant_place(good, len(windows), size):
        where = f"({good[0].x_px:.0f}, {good[0].y_px:.0f})"
        text = (
            f"{name}: all {len(good)} accepted windows of {len(windows)}{of_camera} lie at {where}: if the part moves, "
        )
        yield found(codes.MATCH_ON_STILL_POINT, f"{text}the template {STILL}", category)


def beyond_frames(windows: Iterable[Sequence[JudgedWindow]], config_name: str) -> list[Finding]:
    """CUR582: name the windows, each given by all its frames, whose box reaches beyond a frame."""
    texts = map(overhanging, windows)
    return [found(codes.BOX_BEYOND_FRAME, text, config_name) for text in texts if text]


def not_applied(
    category: CategoryConfig,
    judged: Iterable[JudgedWindow],
    seen: Iterable[JudgedWindow],
    decided: Standing,
    frames: Container[str],
    record: str,
) -> list[Finding]:
    """Name the decisions that concern nothing (CUR560) or, of the windows seen, cannot be carried out (CUR583).

    Parameters
    ----------
    judged, seen : iterable of JudgedWindow
        All of this run; those whose position is known.
    frames : container of str
        The category's frames.
    record : str
        The decisions' file, relative to the workspace.
    """
    wanted = {window.placed.task.window for window in judged}
    entries = [
        entry for entry in decided.windows.values() if entry.window in wanted or entry.window not in category.windows
    ]
    cannot = {
        (f"{task.window}: {task.decision.what}: {why}", frame_path(category.name, window.placed))
        for window in seen
        if (task := window.placed.task).decision and (why := window.cannot_follow())
    }
    return [
        *orphaned_decisions(entries, frames, record, category.windows),
        *(found(codes.DECISION_NOT_APPLICABLE, text, path) for text, path in sorted(cannot)),
    ]
