"""From what was read to what the record shall hold: pair, check, settle, replace. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from curate.label.checks import checked
from curate.label.merge import MergePolicy, latest, majority
from curate.label.pairing import Index, Target, Unpaired
from curate.label.reading import Drawn, Notes, Reading
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.region import Annotation, Region


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose opinion counts when a picture was annotated more than once.

    Attributes
    ----------
    annotator : str
        Only this one's, when not empty.
    merge : str
        Of those that are left: the ``latest``, or the ``majority`` of annotators for every pixel.
    """

    annotator: str = ""
    merge: MergePolicy = "latest"


LATEST = Choice()
"""Everyone counts, the last opinion wins."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Annotations by frame, new ones and kept ones, and what was found on the way."""

    annotations: dict[str, Annotation]
    imported: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Paired:
    """Everyone's opinion about each picture, by frame and window, checked and in frame pixels."""

    opinions: dict[tuple[str, str], list[Drawn]]
    targets: dict[tuple[str, str], Target]
    findings: tuple[Finding, ...]


def pair(reading: Reading, index: Index, defects: Iterable[str], annotator: str = "") -> Paired:
    """Find the picture of everything that was drawn, and check it; ``annotator`` leaves all others out."""
    known = tuple(defects)
    findings = list(reading.findings)
    opinions: dict[tuple[str, str], list[Drawn]] = defaultdict(list)
    targets: dict[tuple[str, str], Target] = {}
    for drawn in reading.drawn:
        if annotator and drawn.annotator != annotator:
            continue
        notes = Notes(drawn.source)
        target = index.find(drawn.image)
        if isinstance(target, Unpaired):
            notes.lose(target.code, target.message)
        else:
            usable = checked(drawn, target, known, notes)
            if usable is not None:
                opinions[target.frame, target.window].append(usable)
                targets[target.frame, target.window] = target
        findings += notes.findings
    return Paired(dict(opinions), targets, tuple(findings))


def plan_import(
    reading: Reading,
    index: Index,
    defects: Iterable[str],
    before: Mapping[str, Annotation],
    order: Sequence[str],
    choice: Choice = LATEST,
) -> Plan:
    """Decide what the record of annotations shall hold.

    Parameters
    ----------
    reading : Reading
    index : Index
        The pictures that may be meant.
    defects : iterable of str
        Defect names of the category.
    before : mapping
        What the record holds; frames that the reading does not speak of stay as they are.
    order : sequence of str
        All frames in shooting order: the order of the record.
    choice : Choice
    """
    paired = pair(reading, index, defects, choice.annotator)
    findings = list(paired.findings)
    by_frame: dict[str, list[Drawn]] = defaultdict(list)
    for key, opinions in sorted(paired.opinions.items()):
        by_frame[key[0]].append(_settled(opinions, paired.targets[key], choice, findings))
    sizes = {target.frame: target.frame_size_px for target in paired.targets.values()}
    new = {
        frame: annotation
        for frame, parts in by_frame.items()
        if (annotation := _annotation(frame, sizes[frame], parts, findings)) is not None
    }
    merged = {**before, **new}
    place = {frame: number for number, frame in enumerate(order)}
    ordered = sorted(merged, key=lambda frame: (place.get(frame, len(place)), frame))
    return Plan({frame: merged[frame] for frame in ordered}, tuple(sorted(new)), tuple(findings))


def _settled(opinions: list[Drawn], target: Target, choice: Choice, findings: list[Finding]) -> Drawn:
    people = sorted({opinion.annotator for opinion in opinions})
    if len(opinions) == 1:
        return opinions[0]
    if len(people) == 1 and not people[0]:
        return _union(opinions)  # several documents about one picture, none of which says who drew it
    chosen = majority(opinions, target.frame_size_px) if choice.merge == "majority" else latest(opinions)
    if len(people) > 1:
        names = ", ".join(person or "unknown" for person in people)
        how = "the majority of every pixel" if choice.merge == "majority" else f"the latest, by {chosen.annotator}"
        findings.append(found(codes.SEVERAL_ANNOTATORS, f"was annotated by {names}; used: {how}", target.frame))
    return chosen


def _union(parts: list[Drawn]) -> Drawn:
    regions = _with_unique_ids([region for part in parts for region in part.regions])
    labels = {part.label for part in parts if part.label}
    label = next(iter(labels)) if len(labels) == 1 else ""
    if regions and label == GOOD:
        label = ""
    source = "; ".join(dict.fromkeys(part.source for part in parts))
    return replace(parts[0], regions=regions, label=label, source=source, lost=any(part.lost for part in parts))


def _with_unique_ids(regions: list[Region]) -> tuple[Region, ...]:
    seen: dict[str, int] = {}
    unique = []
    for region in regions:
        seen[region.region_id] = seen.get(region.region_id, 0) + 1
        again = seen[region.region_id]
        unique.append(replace(region, region_id=f"{region.region_id}~{again}") if again > 1 else region)
    return tuple(unique)


def _annotation(frame: str, size: tuple[int, int], parts: list[Drawn], findings: list[Finding]) -> Annotation | None:
    whole = _union(parts) if len(parts) > 1 else replace(parts[0], regions=_with_unique_ids(list(parts[0].regions)))
    if whole.lost and not whole.regions:
        findings.append(found(codes.ANNOTATION_KEPT, "nothing usable is left of its new annotation", frame))
        return None
    return Annotation(frame, size[0], size[1], whole.label, whole.regions, whole.source)
