"""Read a layout that patterns describe: pictures, their masks, labels and splits, from paths alone.

Only where the label stands in the masks (good pictures have black ones) are masks opened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

from curate.datasets.layouts.building import Picture, categories_of, leftover, unofficial
from curate.datasets.layouts.description import Folder, Images, Layout, Read, compiled
from curate.datasets.truth import has_marks
from curate.errors import CurateError
from curate.imaging.images import read_file
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding

Groups = Mapping[str, str]


def read_patterns(layout: Layout, folder: Folder) -> Read:
    """Read a folder by a layout's patterns."""
    masks = _masks(layout, folder)
    is_mask = {path for by_key in masks.values() for paths in by_key.values() for path in paths}
    used: set[str] = set()
    pictures = []
    for path in folder.paths:
        where = None if path in is_mask else _place(layout, path)
        if where is None:
            continue
        images, groups = where
        own = [mask for pattern, by_key in masks.items() for mask in by_key.get(_key(pattern, groups), ())]
        used.update(own)
        pictures.append(_picture(layout, images, groups, path, own, folder))
    findings: list[Finding] = leftover(
        codes.LABEL_WITHOUT_IMAGE, "{} masks belong to no image", sorted(is_mask - used) if pictures else []
    )
    findings += unofficial(pictures, layout.title) if not layout.official_split else []
    return Read(categories_of(pictures, layout.mask_rule), tuple(findings))


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
    if any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(path).parts):
        return None
    for images in layout.images:
        match = compiled(images.pattern).fullmatch(path)
        if match:
            return images, _groups(match.groupdict())
    return None


def _picture(layout: Layout, images: Images, groups: Groups, path: str, masks: list[str], folder: Folder) -> Picture:
    label = images.label or groups.get("label", "")
    if label == "?":
        masks = [mask for mask in masks if _marked(layout, folder, mask)] if layout.empty_is_good else masks
        label = layout.defect if masks else GOOD
    good = label.lower() in {GOOD, *layout.good}
    specimen = groups.get("specimen", "")
    name = groups["name"]
    split = groups.get("split", "").lower()
    return Picture(
        category=groups.get("category") or layout.category or folder.root.resolve().name,
        split=dict(layout.splits).get(split, split or images.split),
        label=GOOD if good else label,
        name=f"{specimen}_{name}" if specimen else name,
        path=path,
        masks=() if good else tuple(masks),
        specimen=specimen,
    )


def _marked(layout: Layout, folder: Folder, mask: str) -> bool:
    """Whether a mask marks anything; one that cannot be read counts, so that its trouble is told later."""
    try:
        return has_marks(read_file(folder.root / mask), folder.root / mask, layout.mask_rule)
    except CurateError:
        return True
