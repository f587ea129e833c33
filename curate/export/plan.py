"""Decide what a published category holds: which image gets which name, with which masks. Pure.

Images are numbered in shooting order inside their folder: ``train/good/0000.png`` was shot before
``train/good/0001.png``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from curate.model.capture import Capture, Window
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, SEVERAL
from curate.model.finding import Finding, Severity
from curate.model.rows import MaskRow, SplitRow

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class PlannedSample:
    """One image to be published.

    Attributes
    ----------
    image : str
        Its source, relative to the windows folder.
    split, label, name : str
        It becomes ``<split>/<label>/<name>.png``.
    order : int
        Place of its frame in the shooting order.
    window : Window
    capture : Capture
    masks : tuple of MaskRow
        Its regions, in mask order.
    """

    image: str
    split: str
    label: str
    name: str
    order: int
    window: Window
    capture: Capture
    masks: tuple[MaskRow, ...]

    @property
    def target(self) -> str:
        """The published image, relative to the category's folder."""
        return f"{self.split}/{self.label}/{self.name}.png"


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """What to write for one category, and what was left out and why."""

    samples: tuple[PlannedSample, ...]
    findings: tuple[Finding, ...]


def plan_category(
    rows: Sequence[SplitRow],
    windows: Iterable[Window],
    masks: Iterable[MaskRow],
    captures: Mapping[str, Capture],
    *,
    record: str,
    only_window: bool = True,
) -> CategoryPlan:
    """Choose, label and number the images of one category and window.

    Parameters
    ----------
    rows : sequence of SplitRow
        In shooting order.
    windows : iterable of Window
        Of every series; a frame may have several (tiles), which stay on its side.
    masks : iterable of MaskRow
    captures : mapping of frame to Capture
    record : str
        The split's record file, for findings.
    only_window : bool
        Whether the category has no other window. A defect that lies in another window is then a mistake.
    """
    by_frame: dict[str, list[Window]] = defaultdict(list)
    for window in windows:
        by_frame[window.frame].append(window)
    by_image: dict[str, list[MaskRow]] = defaultdict(list)
    for mask in masks:
        by_image[mask.image].append(mask)
    out = _LeftOut(record, only_window=only_window)
    numbers: Counter[tuple[str, str]] = Counter()
    samples = []
    for order, row in enumerate(rows):
        if not row.side or row.frame not in captures:
            out.unknown += [row.frame] if row.side else []
            continue
        for window in out.usable(row, by_frame[row.frame]):
            regions = tuple(sorted(by_image[window.image], key=lambda mask: mask.mask))
            drawn = any(by_image[other.image] for other in by_frame[row.frame])
            # A tile beside the drawn defect of its frame shows none: it is as good as any.
            clean = window.mode == "tile" and drawn and not regions
            label = GOOD if clean else out.label(row, window, regions)
            if label:
                number = numbers[row.side, label]
                numbers[row.side, label] += 1
                name = f"{number:0{_DIGITS}d}"
                capture = captures[row.frame]
                samples.append(PlannedSample(window.image, row.side, label, name, order, window, capture, regions))
    return CategoryPlan(tuple(samples), tuple(out.findings()))


class _LeftOut:
    """Collects what cannot be published while a category is planned."""

    def __init__(self, record: str, *, only_window: bool) -> None:
        self._record = record
        self._only_window = only_window
        self.unknown: list[str] = []
        self._no_window: list[str] = []
        self._not_accepted: Counter[str] = Counter()
        self._set_aside: list[str] = []
        self._no_region: list[str] = []
        self._contradiction: list[str] = []

    def usable(self, row: SplitRow, windows: Sequence[Window]) -> list[Window]:
        """Return the accepted windows of a frame."""
        if not windows:
            self._no_window.append(row.frame)
        for window in windows:
            if window.status != "accepted":
                self._not_accepted[f"{window.status}: {window.reason}"] += 1
                self._set_aside.append(row.frame)
        return sorted((window for window in windows if window.status == "accepted"), key=lambda window: window.image)

    def label(self, row: SplitRow, window: Window, regions: Sequence[MaskRow]) -> str:
        """Return the folder that an image belongs in; ``""`` leaves it out."""
        defects = {region.defect for region in regions}
        if row.label == GOOD:
            if defects:
                self._contradiction.append(window.image)
            return "" if defects else GOOD
        if not defects and row.side == "test":
            self._no_region.append(window.image)
            return ""
        if not defects:
            return row.label  # weakly labelled: training needs no region
        return SEVERAL if len(defects) > 1 else defects.pop()

    def findings(self) -> list[Finding]:
        """Return one finding a kind."""
        reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(self._not_accepted.items()))
        missed = "outside this window, or never drawn" if self._only_window else "in another window, or never drawn"
        listed = [
            (codes.FRAMES_WITHOUT_WINDOW, "{} frames of the split have no window", self._no_window),
            (codes.WINDOWS_LEFT_OUT, f"{{}} windows are not accepted and left out: {reasons}", self._set_aside),
            (
                codes.DEFECT_WITHOUT_REGION,
                f"{{}} images of defective frames are left out: no region in them ({missed})",
                self._no_region,
            ),
            (
                codes.RECORDS_CONTRADICT,
                "{} images are left out: the split calls them good, a region was drawn",
                self._contradiction,
            ),
            (codes.RECORDS_CONTRADICT, "{} frames of the split are in no captures record", self.unknown),
        ]
        return [
            found(
                code,
                text.format(len(names)),
                self._record,
                related=tuple(names),
                severity=self._severity(code),
            )
            for code, text, names in listed
            if names
        ]

    def _severity(self, code: str) -> Severity | None:
        return "info" if code == codes.DEFECT_WITHOUT_REGION and not self._only_window else None
