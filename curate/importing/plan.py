"""Decide what becomes of what was found: which contents are new, what they are called, and in which order they stand.

Pure: the same recorded frames and the same sightings give the same plan, in whatever order they come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from curate.importing.names import assign_names
from curate.importing.order import Ordering, order_frames
from curate.importing.order_evidence import (
    ASKED,
    FileMetadata,
    FrameEvidence,
    evidence_of_capture,
    evidence_of_sighting,
    with_evidence,
)
from curate.importing.series import divide
from curate.importing.tracks import natural_key
from curate.importing.user_metadata import UserMetadata
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.evidence import Sighting
from curate.model.finding import Finding, ordered


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import will do.

    Attributes
    ----------
    rows : dict of str to tuple of Capture
        Series to its whole record, in shooting order; only series that change.
    placements : tuple of (str, str)
        sha256 and frame of each content to be put under ``captures/``, sorted by frame.
    added : tuple of str
        New frames, in shooting order within their series.
    known : int
        Sightings whose content was recorded already.
    duplicates : tuple of (str, str)
        Name of a sighting, and of the one with the same content that stands for it.
    orderings : dict of str to Ordering
    findings : tuple of Finding
    """

    rows: dict[str, tuple[Capture, ...]]
    placements: tuple[tuple[str, str], ...]
    added: tuple[str, ...]
    known: int
    duplicates: tuple[tuple[str, str], ...]
    orderings: dict[str, Ordering]
    findings: tuple[Finding, ...]


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
    """

    said: UserMetadata = field(default_factory=UserMetadata)
    policy: str = "auto"
    gap_s: float = 0.0


def plan_import(
    sightings: Sequence[Sighting],
    recorded: Sequence[Capture],
    present: set[str],
    rules: Rules = Rules(),
    *,
    occupied: Iterable[str] = (),
) -> Plan:
    """Plan an import.

    Parameters
    ----------
    sightings : sequence of Sighting
        Every sound file of the sources.
    recorded : sequence of Capture
        The category's frames so far, of all series.
    present : set of str
        Recorded frames whose file is there; others are put back when their content is seen again.
    rules : Rules
    occupied : iterable of str
        Frames whose name is taken by a file that no record knows.
    """
    by_sha = {capture.sha256: capture for capture in recorded}
    chosen, duplicates, known = _choose(sightings, by_sha)
    said_of = {sha256: rules.said.about(sighting.source.name) for sha256, sighting in chosen.items()}
    series = _series(chosen, said_of, recorded, rules.gap_s)
    wanted = {sha256: f"{series[sha256]}/{sighting.source.name}" for sha256, sighting in chosen.items()}
    names = assign_names(wanted, [*(capture.frame for capture in recorded), *occupied])
    completed, seen, findings = _complete(sightings, by_sha, rules.said)
    findings += _renamed(wanted, names)
    new = {names[sha256]: _capture(names[sha256], chosen[sha256], said_of[sha256]) for sha256 in chosen}
    fresh = {names[sha256]: evidence_of_sighting(chosen[sha256], names[sha256], said_of[sha256]) for sha256 in chosen}
    touched = {frame.partition("/")[0] for frame in (*new, *completed)}
    if rules.policy != "auto":
        touched |= {frame.partition("/")[0] for frame in seen}
    rows: dict[str, tuple[Capture, ...]] = {}
    orderings: dict[str, Ordering] = {}
    members = _by_series([*(completed.get(capture.frame, capture) for capture in recorded), *new.values()])
    for name in sorted(touched):
        again = {
            capture.frame: _joined(capture, seen[capture.frame], rules.said)
            for capture in members[name]
            if capture.frame in seen
        }
        rows[name], orderings[name] = _series_rows(name, members[name], {**again, **fresh}, rules.policy)
        findings += orderings[name].findings
    lost = [(by_sha[sha].sha256, by_sha[sha].frame) for sha in _shas(sightings) & by_sha.keys()]
    placements = [(sha256, names[sha256]) for sha256 in chosen] + [pair for pair in lost if pair[1] not in present]
    return Plan(
        rows=rows,
        placements=tuple(sorted(placements, key=lambda pair: pair[1])),
        added=tuple(capture.frame for group in rows.values() for capture in group if capture.frame in new),
        known=known,
        duplicates=duplicates,
        orderings=orderings,
        findings=ordered(findings),
    )


def _shas(sightings: Sequence[Sighting]) -> set[str]:
    return {sighting.sha256 for sighting in sightings}


def _by_series(captures: Iterable[Capture]) -> dict[str, list[Capture]]:
    groups: dict[str, list[Capture]] = defaultdict(list)
    for capture in captures:
        groups[capture.series].append(capture)
    return groups


def _choose(
    sightings: Sequence[Sighting], by_sha: Mapping[str, Capture]
) -> tuple[dict[str, Sighting], tuple[tuple[str, str], ...], int]:
    """Return the new contents, one sighting each; the sightings that repeat one; and how many were known."""
    chosen: dict[str, Sighting] = {}
    duplicates: list[tuple[str, str]] = []
    unknown = [sighting for sighting in sightings if sighting.sha256 not in by_sha]
    for sighting in sorted(unknown, key=lambda entry: (natural_key(entry.source.name), entry.source.name)):
        if sighting.sha256 in chosen:
            duplicates.append((sighting.source.name, chosen[sighting.sha256].source.name))
        else:
            chosen[sighting.sha256] = sighting
    return chosen, tuple(duplicates), len(sightings) - len(unknown)


def _series(
    chosen: Mapping[str, Sighting], said_of: Mapping[str, FileMetadata], recorded: Sequence[Capture], gap_s: float
) -> dict[str, str]:
    """Return the series of each new content."""
    base = {sha256: said_of[sha256].series for sha256 in chosen}
    if gap_s <= 0 or not chosen:
        return base
    shots = {sha256: evidence_of_sighting(sighting, "", said_of[sha256]) for sha256, sighting in chosen.items()}
    return divide(shots, base, [evidence_of_capture(capture) for capture in recorded], gap_s)


def _complete(
    sightings: Sequence[Sighting], by_sha: Mapping[str, Capture], said: UserMetadata
) -> tuple[dict[str, Capture], dict[str, Sighting], list[Finding]]:
    """Fill in what is said now about frames that are known; another label or specimen is reported, never overwritten.

    Returns
    -------
    completed : dict of str to Capture
        Frames whose row changes.
    seen : dict of str to Sighting
        Known frames that were seen again under the name they came with.
    findings : list of Finding
    """
    completed: dict[str, Capture] = {}
    seen: dict[str, Sighting] = {}
    findings: list[Finding] = []
    for sighting in sightings:
        capture = by_sha.get(sighting.sha256)
        if capture is None:
            continue
        said_of = said.about(sighting.source.name)
        filled: dict[str, Any] = {}
        said_now = (("label", said_of.label), ("specimen", said_of.specimen), ("pixels_sha256", sighting.pixels_sha256))
        for column, value in said_now:
            before = getattr(completed.get(capture.frame, capture), column)
            if value and not before:
                filled[column] = value
            elif value and before != value:
                message = f"has the {column} {before!r} already; {value!r} was not taken over"
                findings.append(found(codes.LABEL_OR_SPECIMEN_DIFFERS, message, capture.frame))
        if filled:
            completed[capture.frame] = replace(completed.get(capture.frame, capture), **filled)
        if sighting.source.name == capture.source:
            seen[capture.frame] = sighting
    return completed, seen, findings


def _joined(capture: Capture, sighting: Sighting, said: UserMetadata) -> FrameEvidence:
    """Join the evidence of a record with what the file and the person say now; now counts more."""
    recorded = evidence_of_capture(capture)
    sighted = evidence_of_sighting(sighting, capture.frame, said.about(sighting.source.name))
    return replace(
        sighted,
        camera=sighted.camera or recorded.camera,
        clocks={**recorded.clocks, **sighted.clocks},
        counter=recorded.counter if sighted.counter is None else sighted.counter,
        row=recorded.row if sighted.row is None else sighted.row,
    )


def _renamed(wanted: Mapping[str, str], names: Mapping[str, str]) -> list[Finding]:
    return [
        found(codes.RENAMED, f"another frame is called {name} already", names[sha256])
        for sha256, name in wanted.items()
        if names[sha256] != name
    ]


def _capture(frame: str, sighting: Sighting, said_of: FileMetadata) -> Capture:
    return Capture(
        frame=frame,
        shot_at="",
        shot_from="",
        camera="",
        label=said_of.label,
        specimen=said_of.specimen,
        width_px=sighting.width_px,
        height_px=sighting.height_px,
        mode=sighting.mode,
        size_bytes=sighting.source.size_bytes,
        sha256=sighting.sha256,
        source=sighting.source.name,
        pixels_sha256=sighting.pixels_sha256,
    )


def _series_rows(
    series: str, captures: list[Capture], shots: Mapping[str, FrameEvidence], policy: str
) -> tuple[tuple[Capture, ...], Ordering]:
    """Put the frames of a series, old and new, into shooting order."""
    evidence = [shots.get(capture.frame) or evidence_of_capture(capture) for capture in captures]
    ordering = order_frames(evidence, series, _kept_policy(captures, policy))
    by_frame = {capture.frame: capture for capture in captures}
    rows = (
        with_evidence(by_frame[frame], ordering.evidence_of[frame], ordering.clock, ordering.evidence)
        for frame in ordering.frames
    )
    return tuple(rows), ordering


def _kept_policy(captures: Sequence[Capture], policy: str) -> str:
    """Return the policy that a person chose for a series before, unless another is chosen now."""
    asked = sorted({capture.ordered_by for capture in captures if capture.ordered_by.endswith(ASKED)})
    return asked[0].removesuffix(ASKED) if policy == "auto" and asked else policy
