"""Read a layout that patterns describe: pictures, their masks, labels and splits, from paths alone.

Only where the label stands in the masks (good pictures have black ones) are masks opened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from curate.datasets.layouts.building import LayoutPicture, categories_of, is_marked, leftover, unofficial
from curate.datasets.layouts.description import Folder, Images, Layout, LayoutReading, compiled
from curate.model.account import LeftOut
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, is_good_word
from curate.model.finding import Finding

Groups = Mapping[str, str]

UNKNOWN = "\0unknown"
"""The label of a picture of which no mask says anything, until it is left out."""


def read_patterns(layout: Layout, folder: Folder) -> LayoutReading:
    """Read a folder by a layout's patterns; a mask that fits several images makes none of them known."""
    masks = _masks(layout, folder)
    is_mask = {path for by_key in masks.values() for paths in by_key.values() for path in paths}
    placed: dict[str, tuple[LayoutPicture, list[str]]] = {}
    for path in folder.paths:
        where = None if path in is_mask else _place(layout, path)
        if where is not None:
            own = [mask for pattern, by_key in masks.items() for mask in by_key.get(_key(pattern, where[1]), ())]
            placed[path] = _picture(layout, *where, path, own, folder), own
    findings, unknown = _unknown(layout, folder, placed)
    used = {mask for path, (_, own) in placed.items() for mask in own}
    lonely = sorted(is_mask - used) if placed else []
    findings += leftover(codes.LABEL_WITHOUT_IMAGE, "{} masks belong to no image", lonely)
    pictures = [picture for path, (picture, _) in placed.items() if path not in unknown]
    findings += unofficial(pictures, layout.title) if not layout.official_split else []
    left_out = [LeftOut(path, "nobody says whether it is good") for path in sorted(unknown)]
    left_out += [LeftOut(mask, "a mask that belongs to no image") for mask in lonely]
    categories = categories_of(pictures, layout.mask_rule)
    return LayoutReading(categories, tuple(findings), tuple(sorted(used)), tuple(left_out))


def _unknown(
    layout: Layout, folder: Folder, placed: Mapping[str, tuple[LayoutPicture, list[str]]]
) -> tuple[list[Finding], set[str]]:
    """Return the images of which the masks do not say what they show: good ones that are marked, shared masks."""
    users: dict[str, list[str]] = defaultdict(list)
    for path, (picture, _) in placed.items():
        for mask in picture.masks:
            users[mask].append(path)
    shared = {mask: paths for mask, paths in users.items() if len(paths) > 1 and not layout.shared_masks}
    findings = [
        found(
            codes.IMAGE_OF_UNKNOWN_LABEL,
            f"fits {len(paths)} images, so it cannot be assigned",
            mask,
            related=tuple(paths),
        )
        for mask, paths in sorted(shared.items())
    ]
    unknown = {path for paths in shared.values() for path in paths}
    bare = [path for path, (picture, own) in placed.items() if picture.label == UNKNOWN and not own]
    text = "{} images have no mask, where good ones have a black one; if they are good, say --unmarked-good"
    findings += leftover(codes.IMAGE_OF_UNKNOWN_LABEL, text, bare)
    unknown |= set(bare)
    for path, (picture, own) in placed.items():
        marked = [
            mask
            for mask in own
            if mask not in users and picture.label == GOOD and is_marked(folder, mask, layout.mask_rule)
        ]
        if marked and not layout.empty_is_good:
            message = f"is called good, and {marked[0]} marks something in it"
            findings.append(found(codes.IMAGE_OF_UNKNOWN_LABEL, message, path, related=tuple(marked)))
            unknown.add(path)
    return findings, unknown


def _masks(layout: Layout, folder: Folder) -> dict[str, dict[tuple[str, ...], list[str]]]:
    found: dict[str, dict[tuple[str, ...], list[str]]] = {}
    taken: set[str] = set()
    for pattern in layout.masks:
        by_key: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for path in folder.paths:
            match = compiled(pattern).fullmatch(path)
            if match and path not in taken:
                taken.add(path)
                by_key[_key(pattern, _groups(match.groupdict()))].append(path)
        found[pattern] = by_key
    return found


def _key(pattern: str, groups: Groups) -> tuple[str, ...]:
    """Return what a picture and its mask have in common: the pattern's groups, letter case aside."""
    return tuple(groups.get(group, "").lower() for group in sorted(compiled(pattern).groupindex))


def _groups(found: Mapping[str, str | None]) -> Groups:
    return {name: text or "" for name, text in found.items()}


def _place(layout: Layout, path: str) -> tuple[Images, Groups] | None:
    for images in layout.images:
        match = compiled(images.pattern).fullmatch(path)
        if match:
            return images, _groups(match.groupdict())
    return None


def _picture(
    layout: Layout, images: Images, groups: Groups, path: str, masks: list[str], folder: Folder
) -> LayoutPicture:
    label, has_mask = images.label or groups.get("label", ""), bool(masks)
    if label == "?":
        masks = [mask for mask in masks if is_marked(folder, mask, layout.mask_rule)] if layout.empty_is_good else masks
        bare = layout.empty_is_good and not layout.unmarked_good and not has_mask
        label = UNKNOWN if bare else layout.defect if masks else GOOD
    good = is_good_word(label) or label.lower() in layout.good
    specimen = groups.get("specimen", "")
    name = groups["name"]
    split = groups.get("split", "").lower()
    return LayoutPicture(
        category=groups.get("category", "").replace("/", "_") or layout.category or folder.root.resolve().name,
        split=dict(layout.splits).get(split, split or images.split),
        label=GOOD if good else label,
        name=f"{specimen}_{name}" if specimen else name,
        path=path,
        masks=() if good else tuple(masks),
        specimen=specimen,
    )
