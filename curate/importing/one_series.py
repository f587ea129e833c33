"""Put the frames of one series in order, as it was asked for, and say what stays open about that. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from curate.importing.clocks import ClockFix
from curate.importing.earlier import keep_earlier
from curate.importing.name_times import UNREADABLE
from curate.importing.order import Ordering, order_frames
from curate.importing.order_evidence import (
    ASKED,
    CLOCKS,
    FrameEvidence,
    evidence_of_capture,
    evidence_of_sighting,
    with_evidence,
)
from curate.importing.user_metadata import UserMetadata
from curate.model.capture import PLACED_BY_NOTHING, Capture
from curate.model.evidence import Sighting
from curate.model.finding import Finding, ordered
from curate.workspace.standing_order import SeriesOrder


@dataclass(frozen=True, slots=True)
class Rules:
    """How an import was asked to go about.

    Attributes
    ----------
    said : UserMetadata
        Series, labels, pattern and manifest.
    policy : str
        One of :data:`curate.importing.order.POLICIES`.
    gap_s : float
        A longer pause starts a new series; 0 never does.
    reorder : bool
        Order earlier frames anew, too, by all evidence there is by now.
    clocks : mapping of str to ClockFix
        What is said now about the clocks of cameras.
    move : bool
        Move frames that are known to the series that is said.
    """

    said: UserMetadata = field(default_factory=UserMetadata)
    policy: str = "auto"
    gap_s: float = 0.0
    reorder: bool = False
    clocks: Mapping[str, ClockFix] = field(default_factory=dict)
    move: bool = False


AS_USUAL = Rules()


@dataclass(frozen=True, slots=True)
class OrderedSeries:
    """A series in order.

    Attributes
    ----------
    rows : tuple of Capture
        Its record; empty where it has no frame any more.
    ordering : Ordering or None
    stands : SeriesOrder
        What is open about the order, and what was said about clocks.
    """

    rows: tuple[Capture, ...]
    ordering: Ordering | None
    stands: SeriesOrder


def evidence_of_rows(
    captures: Sequence[Capture], seen: Mapping[str, Sighting], rules: Rules, before: SeriesOrder
) -> dict[str, FrameEvidence]:
    """Return the evidence of recorded frames; what the file and the person say now counts more than the record."""
    evidence = {}
    for capture in captures:
        known = evidence_of_capture(capture)
        if capture.camera in before.clocks:
            fix = ClockFix(*before.clocks[capture.camera])
            known = replace(known, clocks={name: fix.taken_back(moment) for name, moment in known.clocks.items()})
        sighting = seen.get(capture.frame)
        if sighting is not None:
            now = evidence_of_sighting(sighting, capture.frame, rules.said.about(sighting.source.name))
            known = replace(
                now,
                camera=now.camera or known.camera,
                clocks={**known.clocks, **now.clocks},
                counter=known.counter if now.counter is None else now.counter,
                row=known.row if now.row is None else now.row,
            )
        evidence[capture.frame] = known
    return evidence


@dataclass(frozen=True, slots=True)
class OneSeries:
    """The frames of a series, old and new.

    Attributes
    ----------
    name : str
    recorded, added : sequence of Capture
        In their recorded order, and new ones.
    before : SeriesOrder
        What earlier imports recorded about the order.
    rules : Rules
    """

    name: str
    recorded: Sequence[Capture]
    added: Sequence[Capture]
    before: SeriesOrder
    rules: Rules

    def put_in_order(self, evidence: Mapping[str, FrameEvidence]) -> OrderedSeries:
        """Put all frames in order, the recorded ones as they stood unless something else was asked for."""
        if not (self.recorded or self.added):
            return OrderedSeries((), None, SeriesOrder())  # all its frames are in other series now
        by_frame = {capture.frame: capture for capture in (*self.recorded, *self.added)}
        fixes = {camera: ClockFix(*said) for camera, said in self.before.clocks.items()} | dict(self.rules.clocks)
        cameras = {evidence[frame].camera for frame in by_frame}
        fixes = {camera: fix for camera, fix in fixes.items() if camera in cameras}
        ordering = order_frames(
            [evidence[frame] for frame in by_frame], self.name, self._policy(), fixes, clocked=self._clocked()
        )
        apart = [capture.frame for capture in self.recorded if capture.ordered_by == PLACED_BY_NOTHING]
        anew = self.rules.reorder or self.rules.policy != "auto" or bool(set(self.rules.clocks) & cameras)
        recorded = [capture.frame for capture in self.recorded]
        kept = ordering if anew else keep_earlier(ordering, recorded, apart, self.name)
        stays = set(recorded) if kept is not ordering else set()
        loose = set(kept.apart)
        rows = tuple(
            by_frame[frame] if frame in stays else _row(by_frame[frame], kept, apart=frame in loose)
            for frame in kept.frames
        )
        said = {camera: (fix.shift_s, fix.zone_s) for camera, fix in fixes.items()}
        return OrderedSeries(rows, kept, SeriesOrder(said, self._open(kept, anew=anew)))

    def _policy(self) -> str:
        """Return the policy that a person chose for the series before, unless another is chosen now."""
        asked = sorted({capture.ordered_by for capture in self.recorded if capture.ordered_by.endswith(ASKED)})
        if self.rules.policy != "auto" or not asked or self.rules.reorder:
            return self.rules.policy
        return asked[0].removesuffix(ASKED)

    def _clocked(self) -> bool:
        """Whether a clock ordered the frames that were imported before."""
        placed = [capture for capture in self.recorded if capture.ordered_by != PLACED_BY_NOTHING]
        return not self.rules.reorder and bool(placed) and all(capture.shot_from in CLOCKS for capture in placed)

    def _open(self, ordering: Ordering, *, anew: bool) -> tuple[Finding, ...]:
        """Return what is left open: what was found now, and what only the files of an earlier import could tell."""
        now = [finding for finding in ordering.findings if finding.severity != "info"]
        if not anew:
            now += [finding for finding in self.before.findings if UNREADABLE in finding.message]
        return ordered(now)


def _row(capture: Capture, ordering: Ordering, *, apart: bool) -> Capture:
    by = PLACED_BY_NOTHING if apart else ordering.evidence
    return with_evidence(capture, ordering.evidence_of[capture.frame], ordering.clock, by)
