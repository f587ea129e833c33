"""Decide what becomes of what was found: which contents are new, what they are called, and in which order they stand.

Pure: the same recorded frames and the same sightings give the same plan, in whatever order they come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from curate.errors import InputError
from curate.importing.counting import natural_key
from curate.importing.moves import moves_of
from curate.importing.names import assign_names
from curate.importing.one_series import AS_USUAL, OneSeries, Rules, evidence_of_rows
from curate.importing.order import Ordering
from curate.importing.order_evidence import (
    FileMetadata,
    FrameEvidence,
    evidence_of_capture,
    evidence_of_sighting,
)
from curate.importing.series import divide
from curate.importing.user_metadata import UserMetadata
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.evidence import Sighting
from curate.model.finding import Finding, ordered
from curate.workspace.standing_order import SeriesOrder


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
    standing : dict of str to SeriesOrder
        What is open about the order of each series that changes, and what was said about its clocks.
    moves : dict of str to str
        Known frames that change their series, to their new names.
    """

    rows: dict[str, tuple[Capture, ...]]
    placements: tuple[tuple[str, str], ...]
    added: tuple[str, ...]
    known: int
    duplicates: tuple[tuple[str, str], ...]
    orderings: dict[str, Ordering]
    findings: tuple[Finding, ...]
    standing: dict[str, SeriesOrder]
    moves: dict[str, str] = field(default_factory=dict)


def plan_import(
    sightings: Sequence[Sighting],
    recorded: Sequence[Capture],
    present: set[str],
    rules: Rules = AS_USUAL,
    *,
    occupied: Iterable[str] = (),
    standing: Mapping[str, SeriesOrder] = MappingProxyType({}),
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
    standing : mapping of str to SeriesOrder
        What earlier imports recorded about the order of each series.
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
    moves = (
        moves_of(sightings, by_sha, rules.said, [*(row.frame for row in recorded), *names.values()])
        if rules.move
        else {}
    )
    now = [completed.get(capture.frame, capture) for capture in recorded]
    members = _by_series(capture for capture in now if capture.frame not in moves)
    moved = [replace(capture, frame=moves[capture.frame]) for capture in now if capture.frame in moves]
    fresh |= _moved_evidence([capture for capture in now if capture.frame in moves], moves, seen, rules, standing)
    touched = {frame.partition("/")[0] for frame in (*new, *completed, *moves, *moves.values())}
    touched |= _asked_anew(_by_series([*now, *new.values()]), fresh, seen, rules)
    orders = {}
    added = _by_series([*moved, *new.values()])
    for name in sorted(touched):
        before = standing.get(name, SeriesOrder())
        evidence = evidence_of_rows(members[name], seen, rules, before) | fresh
        orders[name] = OneSeries(name, members[name], added[name], before, rules).put_in_order(evidence)
    there = {name: entry for name, entry in orders.items() if entry.ordering is not None}
    orderings = {name: entry.ordering for name, entry in there.items() if entry.ordering is not None}
    findings += [finding for ordering in orderings.values() for finding in ordering.findings]
    rows = {name: entry.rows for name, entry in there.items()}
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
        standing={name: entry.stands for name, entry in orders.items()},
        moves=moves,
    )


def _moved_evidence(
    captures: Sequence[Capture],
    moves: Mapping[str, str],
    seen: Mapping[str, Sighting],
    rules: Rules,
    standing: Mapping[str, SeriesOrder],
) -> dict[str, FrameEvidence]:
    """Return the evidence of frames that change their series, by their new names."""
    evidence: dict[str, FrameEvidence] = {}
    for series, group in _by_series(captures).items():
        known = evidence_of_rows(group, seen, rules, standing.get(series, SeriesOrder()))
        evidence |= {moves[frame]: replace(shot, frame=moves[frame]) for frame, shot in known.items()}
    return evidence


def _asked_anew(
    members: Mapping[str, Sequence[Capture]],
    fresh: Mapping[str, FrameEvidence],
    seen: Mapping[str, Sighting],
    rules: Rules,
) -> set[str]:
    """Return the series that are to be ordered although nothing about their frames is new."""
    asked = {frame.partition("/")[0] for frame in seen} if rules.policy != "auto" or rules.reorder else set()
    if rules.reorder and not seen:
        asked |= set(members)
    cameras = {
        name: {fresh[row.frame].camera if row.frame in fresh else row.camera for row in captures}
        for name, captures in members.items()
    }
    unknown = sorted(set(rules.clocks) - set().union(*cameras.values()))
    if unknown and cameras:
        listed = ", ".join(sorted(filter(None, set().union(*cameras.values())))) or "none that is named"
        raise InputError(
            f"--clock: no frame is of the camera {', '.join(unknown)}; there is {listed}",
            hint="write the camera as `curate frames` lists it",
        )
    return asked | {name for name, there in cameras.items() if there & set(rules.clocks)}


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


def other_names(
    sightings: Iterable[Sighting], rows: Iterable[Capture], before: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return the names under which frames came besides their own, by content: those of before, and new ones.

    A name that only has more or fewer folders in front than the frame's own is not another one.
    """
    names = {sha256: set(also) for sha256, also in before.items()}
    own = {row.sha256: row.source for row in rows if row.source}
    for sighting in sightings:
        name, first = f"/{sighting.source.name}", f"/{own.get(sighting.sha256, '')}"
        if sighting.sha256 in own and not name.endswith(first) and not first.endswith(name):
            names.setdefault(sighting.sha256, set()).add(sighting.source.name)
    return {sha256: tuple(sorted(also)) for sha256, also in names.items()}


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
