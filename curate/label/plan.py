"""From what was read to what the record shall hold: pair, check, settle, replace. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from curate.formats.mask_images import MASK_FOLDERS
from curate.formats.pairing import KnownPicture, PictureIndex, Unpaired, bent_name, several_images
from curate.formats.records import Drawn, Notes, Parsed
from curate.label.checks import checked
from curate.label.merge import MergePolicy, latest, majority
from curate.model.account import EMPTY, Account, LeftOut
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.region import Annotation, Region


@dataclass(frozen=True, slots=True)
class OpinionChoice:
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


LATEST = OpinionChoice()
"""Everyone counts, the last opinion wins."""


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """Annotations by frame, new ones and kept ones, and what was found on the way.

    Attributes
    ----------
    annotations : dict
    imported : tuple of str
        Frames whose annotation is new.
    findings : tuple of Finding
    images : Account
        Of the images that were read: those that a frame was found for, and the others.
    meant : frozenset of str
        The frames that some image means, usable or not.
    """

    annotations: dict[str, Annotation]
    imported: tuple[str, ...]
    findings: tuple[Finding, ...]
    images: Account = EMPTY
    meant: frozenset[str] = frozenset()


PictureKey = tuple[str, str]
"""A frame and a window."""


@dataclass(frozen=True, slots=True)
class Paired:
    """Everyone's opinion about each picture, by frame and window, checked and in frame pixels."""

    opinions: dict[PictureKey, list[Drawn]]
    targets: dict[PictureKey, KnownPicture]
    findings: tuple[Finding, ...]
    images: Account = EMPTY


def pair(parsed: Parsed, index: PictureIndex, defects: Iterable[str], annotator: str = "") -> Paired:
    """Find the picture of everything that was drawn, and check it; ``annotator`` leaves all others out."""
    known = tuple(defects)
    findings = list(parsed.findings)
    left_out: list[LeftOut] = []
    meant: dict[PictureKey, list[Drawn]] = defaultdict(list)
    targets: dict[PictureKey, KnownPicture] = {}
    by_name: dict[PictureKey, dict[tuple[str, ...], list[Drawn]]] = defaultdict(lambda: defaultdict(list))
    for drawn in parsed.drawn:
        target = index.find(drawn.image)
        if annotator and drawn.annotator != annotator:
            left_out.append(LeftOut(drawn.source, "drawn by another annotator"))
        elif isinstance(target, Unpaired):
            findings.append(found(target.code, target.message, drawn.source))
            left_out.append(LeftOut(drawn.source, target.message))
        else:
            meant[target.frame, target.window].append(drawn)
            by_name[target.frame, target.window][target.path].append(drawn)
            targets[target.frame, target.window] = target
    opinions: dict[PictureKey, list[Drawn]] = {}
    for key, listed in meant.items():
        why = _contradiction(listed, by_name[key].values(), known)
        if why:
            findings.append(found(codes.SEVERAL_IMAGES_OF_ONE_PICTURE, why, key[0]))
            left_out += [LeftOut(drawn.source, why) for drawn in listed]
            continue
        opinions[key] = _usable(listed, targets[key], known, findings, left_out)
    used = sum(map(len, opinions.values()))
    return Paired({k: v for k, v in opinions.items() if v}, targets, tuple(findings), Account(used, tuple(left_out)))


def _contradiction(listed: list[Drawn], by_name: Iterable[list[Drawn]], defects: Iterable[str]) -> str:
    """Say why one picture cannot be all the images that are taken for it; ``""`` when it can.

    ``by_name`` parts what was drawn by the picture's own name and the other names under which it came.
    """
    plain = {*MASK_FOLDERS, *(name.lower() for name in defects)}
    for called in by_name:
        names = dict.fromkeys(
            "/".join(filter(None, (drawn.facts.get("subset", ""), drawn.image.name)))
            for drawn in called
            if not drawn.image.frame
        )
        several = several_images(names, plain)
        if several:
            return f"is meant by several images: {', '.join(several)}"
    nameless: dict[str, dict[str, Drawn]] = defaultdict(dict)
    for drawn in listed:
        if not drawn.annotator:
            nameless[drawn.source.partition("#")[0]].setdefault(_task(drawn), drawn)
    for document, images in nameless.items():
        if len({frozenset(map(_drawing, drawn.regions)) for drawn in images.values()}) > 1:
            return f"stands {len(images)} times in {document}, described differently: {', '.join(images)}"
    return ""


def _task(drawn: Drawn) -> str:
    """Return the entry of a document that an opinion is from: a task may hold several annotations."""
    return drawn.source.partition(" annotation ")[0]


def _usable(
    listed: list[Drawn],
    target: KnownPicture,
    known: tuple[str, ...],
    findings: list[Finding],
    left_out: list[LeftOut],
) -> list[Drawn]:
    usable = []
    for drawn in listed:
        notes = Notes(drawn.source)
        bent = bent_name(drawn.image, target)
        if bent:
            notes.note(codes.IMAGE_NAME_BENT, bent)
        made = checked(drawn, target, known, notes)
        findings += notes.findings
        if made is None:
            left_out += notes.left_out
        else:
            usable.append(made)
    return usable


def plan_import(
    reading: Parsed,
    index: PictureIndex,
    defects: Iterable[str],
    before: Mapping[str, Annotation],
    order: Sequence[str],
    choice: OpinionChoice = LATEST,
) -> LabelPlan:
    """Decide what the record of annotations shall hold.

    Parameters
    ----------
    reading : Parsed
    index : PictureIndex
        The pictures that may be meant.
    defects : iterable of str
        Defect names of the category.
    before : mapping
        What the record holds; frames that the reading does not speak of stay as they are.
    order : sequence of str
        All frames in shooting order: the order of the record.
    choice : OpinionChoice
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
    meant = frozenset(frame for frame, _ in paired.targets)
    merged = in_order({**before, **new}, order)
    return LabelPlan(merged, tuple(sorted(new)), tuple(findings), paired.images, meant)


def in_order(annotations: Mapping[str, Annotation], order: Sequence[str]) -> dict[str, Annotation]:
    """Return annotations in shooting order; those of frames that are not there come last."""
    place = {frame: number for number, frame in enumerate(order)}
    frames = sorted(annotations, key=lambda frame: (place.get(frame, len(place)), frame))
    return {frame: annotations[frame] for frame in frames}


def _settled(opinions: list[Drawn], target: KnownPicture, choice: OpinionChoice, findings: list[Finding]) -> Drawn:
    people = sorted({opinion.annotator for opinion in opinions})
    if len(opinions) == 1:
        return opinions[0]
    if people == [""] and len({_task(opinion) for opinion in opinions}) > 1:
        return _union(opinions, findings, target.frame)  # several documents, none of which says who drew it
    chosen = majority(opinions, target.frame_size_px) if choice.merge == "majority" else latest(opinions)
    if len(people) > 1:
        names = ", ".join(person or "unknown" for person in people)
        how = "the majority of every pixel" if choice.merge == "majority" else f"the latest, by {chosen.annotator}"
        findings.append(found(codes.SEVERAL_ANNOTATORS, f"was annotated by {names}; used: {how}", target.frame))
    elif dropped := _dropped(opinions, chosen):
        who = people[0] or "nobody by name"
        message = f"was annotated several times by {who}; used: {chosen.source}; left out: {dropped}"
        findings.append(found(codes.SEVERAL_ANNOTATORS, message, target.frame, severity="error"))
    return chosen


def _dropped(opinions: list[Drawn], chosen: Drawn) -> str:
    """Name the tasks, or the annotations of nobody, whose regions the chosen opinion does not have."""
    kept = set(map(_drawing, chosen.regions))
    others = [one for one in opinions if _task(one) != _task(chosen) or (not one.annotator and one is not chosen)]
    lacking = [one for one in others if set(map(_drawing, one.regions)) - kept]
    return ", ".join(dict.fromkeys(_task(one) if one.annotator else one.source for one in lacking))


def _drawing(region: Region) -> tuple[object, ...]:
    return region.defect, region.shapes, region.saturation


def _union(parts: list[Drawn], findings: list[Finding], frame: str) -> Drawn:
    """Put together what several documents say of one picture; what two of them say alike counts once."""
    regions: list[Region] = []
    repeated = 0
    for part in parts:
        before = set(map(_drawing, regions))
        fresh = [region for region in part.regions if _drawing(region) not in before]
        repeated += len(part.regions) - len(fresh)
        regions += fresh
    source = "; ".join(dict.fromkeys(part.source for part in parts))
    if repeated:
        findings.append(found(codes.UNUSED_VALUE, f"{repeated} regions stand in {source} alike; taken once", frame))
    labels = {part.label for part in parts if part.label}
    label = next(iter(labels)) if len(labels) == 1 else ""
    lost = any(part.lost for part in parts)
    if label == GOOD and (regions or lost):
        label = ""
    return replace(parts[0], regions=_with_unique_ids(regions), label=label, source=source, lost=lost)


def _with_unique_ids(regions: list[Region]) -> tuple[Region, ...]:
    seen: dict[str, int] = {}
    unique = []
    for region in regions:
        seen[region.region_id] = seen.get(region.region_id, 0) + 1
        again = seen[region.region_id]
        unique.append(replace(region, region_id=f"{region.region_id}~{again}") if again > 1 else region)
    return tuple(unique)


def _annotation(frame: str, size: tuple[int, int], parts: list[Drawn], findings: list[Finding]) -> Annotation | None:
    whole = (
        _union(parts, findings, frame)
        if len(parts) > 1
        else replace(parts[0], regions=_with_unique_ids(list(parts[0].regions)))
    )
    if whole.lost and not whole.regions:
        findings.append(found(codes.ANNOTATION_KEPT, "nothing usable is left of its new annotation", frame))
        return None
    return Annotation(frame, size[0], size[1], whole.label, whole.regions, whole.source)
