"""Decide what becomes of what was found: which contents are new, what they are called, and in which order they stand.

Pure: the same recorded frames and the same sightings give the same plan, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from natsort import natsort_keygen

from curate.importing.names import assign_names
from curate.importing.order import Ordering, order_shots
from curate.importing.shots import Shot, shot_of_capture, shot_of_sighting, with_evidence
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.evidence import Sighting
from curate.model.finding import Finding, ordered

_natural = natsort_keygen()


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


def plan_import(
    sightings: Sequence[Sighting],
    recorded: Sequence[Capture],
    present: set[str],
    *,
    series: str,
    label: str = "",
    strangers: Iterable[str] = (),
) -> Plan:
    """Plan an import into one series.

    Parameters
    ----------
    sightings : sequence of Sighting
        Every sound file of the sources.
    recorded : sequence of Capture
        The category's frames so far, of all series.
    present : set of str
        Recorded frames whose file is there; others are put back when their content is seen again.
    series : str
        Where new frames go.
    label : str
        Label of the frames seen; ``""`` leaves it open.
    strangers : iterable of str
        Frames whose name is taken by a file that no record knows.
    """
    by_sha = {capture.sha256: capture for capture in recorded}
    chosen, duplicates, known = _choose(sightings, by_sha)
    names = assign_names(
        {sha256: f"{series}/{sighting.source.name}" for sha256, sighting in chosen.items()},
        [*(capture.frame for capture in recorded), *strangers],
    )
    seen = {sighting.sha256 for sighting in sightings}
    relabelled, findings = _relabel(recorded, seen, label)
    findings += _renamed(chosen, names, series)
    new = {names[sha256]: _capture(names[sha256], sighting, label) for sha256, sighting in chosen.items()}
    shots = {names[sha256]: shot_of_sighting(sighting) for sha256, sighting in chosen.items()}
    touched = ({series} if new else set()) | {capture.series for capture in relabelled.values()}
    rows: dict[str, tuple[Capture, ...]] = {}
    orderings: dict[str, Ordering] = {}
    for name in sorted(touched):
        before = [relabelled.get(capture.frame, capture) for capture in recorded if capture.series == name]
        rows[name], orderings[name] = _series_rows(name, before, new if name == series else {}, shots)
        findings += orderings[name].findings
    lost = [(c.sha256, c.frame) for c in recorded if c.sha256 in seen and c.frame not in present]
    placements = sorted([*((sha256, names[sha256]) for sha256 in chosen), *lost], key=lambda pair: pair[1])
    added = tuple(capture.frame for group in rows.values() for capture in group if capture.frame in new)
    return Plan(rows, tuple(placements), added, known, duplicates, orderings, ordered(findings))


def _choose(
    sightings: Sequence[Sighting], by_sha: dict[str, Capture]
) -> tuple[dict[str, Sighting], tuple[tuple[str, str], ...], int]:
    """Return the new contents, one sighting each; the sightings that repeat one; and how many were known."""
    chosen: dict[str, Sighting] = {}
    duplicates: list[tuple[str, str]] = []
    known = 0
    for sighting in sorted(sightings, key=lambda entry: (_natural(entry.source.name), entry.source.name)):
        if sighting.sha256 in by_sha:
            known += 1
        elif sighting.sha256 in chosen:
            duplicates.append((sighting.source.name, chosen[sighting.sha256].source.name))
        else:
            chosen[sighting.sha256] = sighting
    return chosen, tuple(duplicates), known


def _relabel(recorded: Sequence[Capture], seen: set[str], label: str) -> tuple[dict[str, Capture], list[Finding]]:
    """Give known frames the label where they have none; another label is reported, never overwritten."""
    changed: dict[str, Capture] = {}
    findings: list[Finding] = []
    for capture in recorded:
        if label and capture.sha256 in seen and capture.label != label:
            if capture.label:
                message = f"is labelled {capture.label!r} already; {label!r} was not taken over"
                findings.append(found("CUR722", message, capture.frame))
            else:
                changed[capture.frame] = replace(capture, label=label)
    return changed, findings


def _renamed(chosen: dict[str, Sighting], names: dict[str, str], series: str) -> list[Finding]:
    return [
        found("CUR721", f"another frame is called {series}/{sighting.source.name} already", names[sha256])
        for sha256, sighting in chosen.items()
        if names[sha256] != f"{series}/{sighting.source.name}"
    ]


def _capture(frame: str, sighting: Sighting, label: str) -> Capture:
    return Capture(
        frame=frame,
        shot_at="",
        shot_from="",
        camera="",
        label=label,
        specimen="",
        width_px=sighting.width_px,
        height_px=sighting.height_px,
        mode=sighting.mode,
        size_bytes=sighting.source.size_bytes,
        sha256=sighting.sha256,
        source=sighting.source.name,
    )


def _series_rows(
    series: str, before: list[Capture], new: dict[str, Capture], shots: dict[str, Shot]
) -> tuple[tuple[Capture, ...], Ordering]:
    """Put the frames of a series, old and new, into shooting order."""
    captures = [*before, *new.values()]
    evidence = [shots.get(capture.frame) or shot_of_capture(capture) for capture in captures]
    ordering = order_shots(evidence, series)
    rows = (
        with_evidence(captures[place], evidence[place], ordering.evidence, ordering.evidence)
        for place in ordering.places
    )
    return tuple(rows), ordering
