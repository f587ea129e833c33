"""What is to be looked at, in order, each thing with its reason; filters and progress. Pure.

A *thing* is what a decision is about (:data:`curate.model.decision.Thing`): a frame that screening set aside, a window
that crop was unsure of, a frame without a label, a finding. One frame may be several things.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from curate.model.capture import Capture, Window
from curate.model.codes import BY_CODE
from curate.model.config import CategoryConfig
from curate.model.decision import Decision, Kind, Standing, Thing
from curate.model.region import Annotation
from curate.model.rows import SplitRow
from curate.model.screening import BORDERLINE, Screening
from curate.review.measured import REASON_WORDS, Measured, measured

NOT_LABELLED = "has no label: neither good nor a defect"

Stage: TypeAlias = Literal["crop", "screen", "split", "validate"]
STAGES: tuple[Stage, ...] = ("crop", "screen", "split", "validate")
State: TypeAlias = Literal["all", "open", "decided"]
STATES: tuple[State, ...] = ("all", "open", "decided")

_STAGE_OF_KIND: dict[Kind, Stage] = {"frame": "screen", "window": "crop", "label": "split", "finding": "validate"}
_NUMBER = re.compile(r"\d+(\.\d+)?")
_SEVERITIES = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One thing to be looked at.

    Attributes
    ----------
    category : str
    stage : str
        Who set it aside: ``screen``, ``crop``, ``split`` or ``validate``.
    kind : str
        What a decision about it is: ``frame``, ``window``, ``label`` or ``finding``.
    frame : str
        The frame to be shown; ``""`` for a finding about no frame in particular.
    subject : str
        What a decision names: the frame, or the path of a finding about no frame.
    window, code : str
        The window's name, the finding's code; ``""`` where they do not apply.
    status : str
        ``rejected``, ``borderline``, ``review``, ``left out``, ``error``, ``warning``, ``info``, or ``decided`` for
        what a person decided and no stage sets aside any more.
    reason : str
        In a sentence.
    measures : tuple of Measured
        Values and limits.
    twins : tuple of str
        Frames to be shown beside it.
    order : int
        Place of the frame in the category's shooting order.
    """

    category: str
    stage: Stage
    kind: Kind
    frame: str
    subject: str
    status: str
    reason: str
    window: str = ""
    code: str = ""
    measures: tuple[Measured, ...] = ()
    twins: tuple[str, ...] = ()
    order: int = 0

    @property
    def thing(self) -> Thing:
        """What a decision about it is about."""
        return (self.kind, self.subject, self.window or self.code)

    @property
    def kinds_of_reason(self) -> tuple[str, ...]:
        """Why it is here, without the numbers of the single case, to filter by: a code, measures, or words."""
        if self.code:
            return (self.code,)
        if self.measures:
            return tuple(measure.name for measure in self.measures)
        return (_NUMBER.sub("…", self.reason),)

    @property
    def id(self) -> str:
        """A name for addresses; says nothing about files."""
        return identity(self.category, *self.thing)


def identity(*parts: str) -> str:
    """Return a short name that stands for some texts in addresses.

    >>> identity("part", "frame", "main/a.jpg", "") == identity("part", "frame", "main/a.jpg", "")
    True
    """
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class FrameFinding:
    """A finding of the exported dataset, as it concerns frames.

    Attributes
    ----------
    code, message, severity : str
    subject : str
        Its frame, or its path where it is about no single frame.
    frames : tuple of str
        The frames that take part, its own first.
    """

    code: str
    message: str
    severity: str
    subject: str
    frames: tuple[str, ...]


@dataclass(frozen=True)
class Records:
    """What the stages wrote about one category.

    Attributes
    ----------
    category : CategoryConfig
    captures : tuple of Capture
        In shooting order.
    screenings : dict of str to tuple of Screening
        By series.
    windows : dict of str to tuple of Window
        By window's name.
    split : tuple of SplitRow
    labels : dict of str to str
        What each frame is called, before anybody decides here.
    drawn : dict of str to Annotation
        What experts drew, by frame.
    """

    category: CategoryConfig
    captures: tuple[Capture, ...]
    screenings: Mapping[str, tuple[Screening, ...]] = field(default_factory=dict)
    windows: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    split: tuple[SplitRow, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    drawn: Mapping[str, Annotation] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The category's name."""
        return self.category.name

    def places(self) -> dict[str, int]:
        """Return each frame's place in shooting order."""
        return {capture.frame: place for place, capture in enumerate(self.captures)}


def stage_items(records: Records, findings: Iterable[FrameFinding] = (), *, window: str = "") -> list[ReviewItem]:
    """Return everything of a category that the stages set aside or were unsure of, in order.

    Parameters
    ----------
    records : Records
    findings : iterable of FrameFinding
        Of the exported dataset.
    window : str
        Only this window of the category; all when empty.
    """
    items = {item.thing: item for item in _from_stages(records, findings, window)}
    places = records.places()
    return _in_order(_placed(item, places) for item in items.values())


def with_decided(
    items: Sequence[ReviewItem], records: Records, standing: Standing, *, window: str = ""
) -> list[ReviewItem]:
    """Add what was decided about frames that no stage sets aside any more, so that it can be seen and taken back.

    What was decided about a frame that is there shows on its page.
    """
    known = {name for item in items for name in (item.frame, item.subject)}
    gone = [
        _remembered(records.name, decision)
        for decision in decided_things(standing).values()
        if decision.frame not in known and not (window and decision.window not in {"", window})
    ]
    if not gone:
        return list(items)
    places = records.places()
    return _in_order([*items, *(_placed(item, places) for item in gone)])


def _in_order(items: Iterable[ReviewItem]) -> list[ReviewItem]:
    return sorted(items, key=lambda item: (STAGES.index(item.stage), _rank(item), item.order, item.subject))


def decided_things(standing: Standing) -> dict[Thing, Decision]:
    """Return the decisions that stand by what they are about."""
    groups = (standing.frames, standing.windows, standing.labels, standing.findings)
    return {decision.thing: decision for group in groups for decision in group.values()}


def _from_stages(records: Records, findings: Iterable[FrameFinding], window: str) -> Iterable[ReviewItem]:
    unsure = {name: rows for name, rows in records.windows.items() if not window or name == window}
    yield from _from_crop(records.name, unsure)
    yield from _from_screening(records)
    yield from _from_split(records)
    together: dict[tuple[str, str], list[FrameFinding]] = {}
    for about in findings:
        together.setdefault((about.code, about.subject), []).append(about)
    yield from (_from_findings(records.name, abouts) for abouts in together.values())


def _from_findings(category: str, abouts: Sequence[FrameFinding]) -> ReviewItem:
    """Return what is decided about as one: findings of one code about one frame."""
    first = abouts[0]
    frames = tuple(dict.fromkeys(frame for about in abouts for frame in about.frames))
    messages = "; ".join(dict.fromkeys(about.message for about in abouts))
    title = BY_CODE[first.code].title
    return ReviewItem(
        category, "validate", "finding", frames[0] if frames else "", first.subject, first.severity,
        f"{title}: {messages}", code=first.code, twins=frames[1:],
    )  # fmt: skip


def _from_crop(category: str, windows: Mapping[str, Sequence[Window]]) -> Iterable[ReviewItem]:
    for name, rows in windows.items():
        for row in rows:
            if row.status != "accepted":
                yield ReviewItem(category, "crop", "window", row.frame, row.frame, row.status, row.reason, window=name)


def _from_screening(records: Records) -> Iterable[ReviewItem]:
    for rows in records.screenings.values():
        beside = measured(rows, records.category.screen, BORDERLINE)
        for row in rows:
            measures = beside.get(row.frame, ())
            reasons = row.reason.split()
            # That no window was found is crop's to tell: a decision about the window settles it.
            if reasons == ["match"] or not (reasons or measures or row.decision == "reject"):
                continue
            status = "rejected" if row.decision == "reject" else "borderline"
            words = "; ".join(REASON_WORDS.get(name, name) for name in reasons or [entry.name for entry in measures])
            words = words if reasons or not measures else f"nearly {words}"
            if row.decided_by == "person":
                said = f"a person set {row.decision}{f': {row.remark}' if row.remark else ''}"
                words = f"{words}; {said}" if words else said
            twins = (row.repeat_of,) if row.repeat_of else ()
            yield ReviewItem(
                records.name, "screen", "frame", row.frame, row.frame, status, words, measures=measures, twins=twins
            )


def _from_split(records: Records) -> Iterable[ReviewItem]:
    for row in records.split:
        if not row.label and not row.side and not records.labels.get(row.frame):
            yield ReviewItem(records.name, "split", "label", row.frame, row.frame, "left out", NOT_LABELLED)


def _remembered(category: str, decision: Decision) -> ReviewItem:
    stage = _STAGE_OF_KIND[decision.kind]
    reason = "a person decided this; no stage sets it aside any more"
    return ReviewItem(
        category, stage, decision.kind, decision.frame, decision.frame, "decided", reason,
        window=decision.window, code=decision.code,
    )  # fmt: skip


def _placed(item: ReviewItem, places: Mapping[str, int]) -> ReviewItem:
    """Give an item its place in time; what is no frame of the category is not shown as one."""
    known = item.frame in places
    twins = tuple(frame for frame in item.twins if frame in places)
    return replace(item, frame=item.frame if known else "", twins=twins, order=places.get(item.frame, len(places)))


def _rank(item: ReviewItem) -> tuple[int, str]:
    """Put findings in order of severity and code; all else only in time."""
    return (_SEVERITIES.get(item.status, 3), item.code) if item.stage == "validate" else (0, "")


def is_decided(item: ReviewItem, standing: Standing) -> bool:
    """Whether nothing is left to decide about an item.

    A frame that is rejected settles all that is about it, and so does a new label a finding about the frame.
    """
    rejected = item.frame in standing.frames and standing.frames[item.frame].verdict == "reject"
    relabelled = item.kind == "finding" and item.frame in standing.labels
    return rejected or relabelled or own_decision(item, standing) is not None


def own_decision(item: ReviewItem, standing: Standing) -> Decision | None:
    """Return the decision about this very thing that stands."""
    if item.kind == "frame":
        return standing.frames.get(item.subject)
    if item.kind == "window":
        return standing.windows.get((item.window, item.subject))
    if item.kind == "label":
        return standing.labels.get(item.subject)
    return standing.findings.get((item.code, item.subject))
