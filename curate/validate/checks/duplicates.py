"""The same file, shot, frame or specimen where it must not be."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Sample
from curate.model.finding import Finding, Severity
from curate.model.words import counted
from curate.validate.likeness import Twins
from curate.validate.table import CategoryTable

_TILE = re.compile(
    r"(?P<frame>.+?)[-_ .](?:(?:tile|patch|crop)[-_ ]?\d+(?:[-_]\d+)?|x\d+[-_]?y\d+|r(?:ow)?\d+[-_]?c(?:ol)?\d+)$",
    re.IGNORECASE,
)
"""Names of tiles: the frame's, then a piece's number or place: ``a_tile3``, ``a_x0_y384``, ``a_r1c2``."""

_SINGLY = 5
"""Up to so many copies between the same folders are reported one by one."""

_PAIRS_SINGLY = 20
"""Up to so many pairs of one shot are reported one by one."""

_SUPERVISED_SHARE = 0.1
"""So many defects among the training images are no mistake."""

_TEST_FIRST = {"test": 0, "val": 1, "train": 2}


def same_file(table: CategoryTable) -> Iterator[Finding]:
    """CUR301, CUR303, CUR304: files with the same bytes."""
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in table.samples:
        if not table.images[sample.path].problem:
            groups[table.images[sample.path].sha256].append(sample)
    copies = [group for group in groups.values() if len({sample.path for sample in group}) > 1]
    by_folders: dict[tuple[str, ...], list[list[Sample]]] = defaultdict(list)
    for group in copies:
        by_folders[tuple(sorted({str(PurePosixPath(sample.path).parent) for sample in group}))].append(group)
    for folders, members in sorted(by_folders.items()):
        if len(folders) > 1 and len(members) > _SINGLY:
            yield from _folder_findings(folders, members)
        else:
            yield from (finding for group in members for finding in _group_findings(group))


def _folder_findings(folders: Sequence[str], members: Sequence[Sequence[Sample]]) -> Iterator[Finding]:
    """Speak once of many files that two or more folders share, as after copying one."""
    firsts = [min(group, key=lambda sample: (_TEST_FIRST[sample.split], sample.path)) for group in members]
    folder = str(PurePosixPath(firsts[0].path).parent)
    related = tuple(sorted(sample.path for sample in firsts))
    words = f"{len(members)} files are copies of files in {', '.join(name for name in folders if name != folder)}"
    splits = {sample.split for group in members for sample in group}
    labels = {sample.label for group in members for sample in group}
    if len(splits) > 1:
        yield found(codes.SAME_FILE_ACROSS_SPLITS, words, folder, related=related)
    elif len(labels) == 1:
        yield found(codes.SAME_FILE_IN_SPLIT, words, folder, related=related)
    if len(labels) > 1:
        yield found(codes.SAME_IMAGE_TWO_LABELS, f"{words}, under {len(labels)} labels", folder, related=related)


def _group_findings(group: Sequence[Sample]) -> Iterator[Finding]:
    first, *others = sorted(group, key=lambda sample: (_TEST_FIRST[sample.split], sample.path))
    related = tuple(sample.path for sample in others)
    if len({sample.split for sample in group}) > 1:
        across = [sample.path for sample in others if sample.split != first.split]
        yield found(codes.SAME_FILE_ACROSS_SPLITS, f"is a copy of {across[0]}", first.path, related=related)
    elif len({sample.label for sample in group}) == 1:
        yield found(codes.SAME_FILE_IN_SPLIT, f"is a copy of {others[0].path}", first.path, related=related)
    if len({sample.label for sample in group}) > 1:
        labels = ", ".join(sorted({sample.label for sample in group}))
        yield found(codes.SAME_IMAGE_TWO_LABELS, f"the same file is called {labels}", first.path, related=related)


def same_shot(table: CategoryTable) -> Iterator[Finding]:
    """CUR302, CUR303, CUR304: pictures that are too alike to be of two moments."""
    samples = table.comparable()
    kinds: dict[str, list[tuple[Sample, Sample, Twins]]] = defaultdict(list)
    for pair in table.twins:
        one, other = sorted((samples[pair.first], samples[pair.second]), key=lambda s: (_TEST_FIRST[s.split], s.path))
        if one.specimen and (one.specimen, one.name, one.split) == (other.specimen, other.name, other.split):
            continue  # a tested board and its template: a pair of one name that is there to be compared
        contrary = one.label != other.label and pair.sure
        across = "across" if pair.sure else "perhaps"
        kind = across if one.split != other.split else "contrary" if contrary else "within"
        kinds[kind].append((one, other, pair))
    if len(kinds["across"]) <= _PAIRS_SINGLY:
        yield from (_pair_finding(codes.SAME_SHOT_ACROSS_SPLITS, *pair, severity="error") for pair in kinds["across"])
    else:
        yield from _pairs_finding(
            table, codes.SAME_SHOT_ACROSS_SPLITS, "across splits show the same shot", kinds["across"], "error"
        )
    yield from (_pair_finding(codes.SAME_IMAGE_TWO_LABELS, *pair, severity="warning") for pair in kinds["contrary"])
    yield from _pairs_finding(
        table, codes.SAME_SHOT_ACROSS_SPLITS, "across splits may show the same shot", kinds["perhaps"], "warning"
    )
    yield from _pairs_finding(
        table, codes.SAME_FILE_IN_SPLIT, "inside a split may show the same shot", kinds["within"], "info"
    )


def _pair_finding(code: str, one: Sample, other: Sample, pair: Twins, *, severity: Severity) -> Finding:
    lies = f", {pair.lies}" if pair.lies else ""
    message = f"shows the same shot as {other.path}{lies}: they differ by {pair.ratio:.0%} of what neighbours differ by"
    return found(code, message, one.path, related=(other.path,), severity=severity)


def _pairs_finding(
    table: CategoryTable, code: str, words: str, pairs: Sequence[tuple[Sample, Sample, Twins]], severity: Severity
) -> Iterator[Finding]:
    if pairs:
        closest = sorted(pairs, key=lambda pair: pair[2].ratio)
        related = tuple(sample.path for one, other, _ in closest for sample in (one, other))
        count = f"{len(pairs)} pair{'s' if len(pairs) > 1 else ''}"
        yield found(code, f"{count} {words}, the closest first", table.at(), related=related, severity=severity)


def same_frame(table: CategoryTable) -> Iterator[Finding]:
    """CUR305: tiles of one frame on two sides."""
    frames = {sample.path: table.origins[sample.path].frame for sample in table.samples if sample.path in table.origins}
    yield from _straddling(table, codes.FRAME_ACROSS_SPLITS, "frame", frames)


def same_tiles(table: CategoryTable) -> Iterator[Finding]:
    """CUR305, as a warning: names that say tile so-and-so of one frame, on two sides of a split."""
    sides: dict[str, set[str]] = defaultdict(set)
    tiles: dict[str, list[str]] = defaultdict(list)
    for sample in table.samples:
        match = _TILE.match(sample.name)
        if match and sample.path not in table.origins:
            sides[match["frame"]].add(sample.split)
            tiles[match["frame"]].append(sample.path)
    torn = sorted(frame for frame, splits in sides.items() if len(splits) > 1)
    if torn:
        message = f"by their names, tiles of {len(torn)} frames are in several splits: {', '.join(torn[:3])}…"
        related = tuple(path for frame in torn for path in tiles[frame])
        yield found(codes.FRAME_ACROSS_SPLITS, message, table.at(), related=related, severity="warning")


def same_specimen(table: CategoryTable) -> Iterator[Finding]:
    """CUR306: photos of one part on two sides."""
    yield from _straddling(
        table,
        codes.SPECIMEN_ACROSS_SPLITS,
        "specimen",
        {sample.path: table.specimen(sample) for sample in table.samples},
    )


def _straddling(table: CategoryTable, code: str, what: str, names: Mapping[str, str]) -> Iterator[Finding]:
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in table.samples:
        if names.get(sample.path):
            groups[names[sample.path]].append(sample)
    for name, group in sorted(groups.items()):
        if len({sample.split for sample in group}) > 1:
            first, *others = sorted(group, key=lambda sample: (_TEST_FIRST[sample.split], sample.path))
            related = tuple(sample.path for sample in others)
            yield found(
                code, f"{len(group)} images of {what} {name} are in several splits", first.path, related=related
            )


def listed_twice(table: CategoryTable) -> Iterator[Finding]:
    """CUR307: one image file that the dataset names more than once."""
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in table.samples:
        groups[sample.path].append(sample)
    for path, group in sorted(groups.items()):
        if len(group) > 1:
            places = ", ".join(sample.key for sample in group)
            yield found(codes.IMAGE_LISTED_TWICE, f"stands there {len(group)} times: {places}", path)


def defect_in_train(table: CategoryTable) -> Iterator[Finding]:
    """CUR320: defects among the training images of a set whose others are good; in a supervised set it is only said.

    A set is supervised where its card says so, its layout is one of such sets, or a tenth of its training images and
    more show defects: nobody takes so many for good by mistake.
    """
    if table.card and table.card.supervision != "none":
        return
    labels: dict[str, list[str]] = defaultdict(list)
    training = [sample for sample in table.samples if sample.split == "train"]
    for sample in training:
        if not sample.is_good:
            labels[sample.label].append(sample.path)
    many = sum(map(len, labels.values()))
    if table.card is None and labels and (table.tree.supervised or many >= _SUPERVISED_SHARE * len(training)):
        message = f"{many} of {len(training)} training images show defects: taken for a supervised set"
        hint = "nothing to do if that is meant; trainers that learn from good images only must leave them out"
        yield found(codes.DEFECT_IN_TRAINING, message, table.at(), severity="info", hint=hint)
        return
    for label, paths in sorted(labels.items()):
        message = f"{counted(len(paths), 'image', 'images')} of {label} among the training images"
        yield found(codes.DEFECT_IN_TRAINING, message, table.at("train", label), related=tuple(paths))


CHECKS = (same_file, listed_twice, same_shot, same_frame, same_tiles, same_specimen, defect_in_train)
