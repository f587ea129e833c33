"""Folders as people have them: plain folders of good and defective pictures, pictures and masks side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from curate.datasets.layout import SPLIT_FOLDERS
from curate.datasets.layouts.description import ANYWHERE, IMAGE, Images, Layout

_GOOD = (
    r"(?:0[-_ ]?)?(?:good|ok(?:ay)?|normal|nominal|free|pass(?:ed)?|(?:defect|anomaly)[-_ ]?free|no[-_ ]?defects?)|0"
)
"""Folders that tell plain folders: words of :func:`curate.model.defect.is_good_word`."""
_MASK_END = r"(?:[-_](?:mask|label|gt))?"
_PART = r"(?:(?P<category>.*?)/)?(?:images?/)?"
_MASK_SUFFIX = r"\.(?:png|bmp|tiff?)"


@dataclass(frozen=True, slots=True)
class PlainFolders:
    """How plain folders are called.

    Attributes
    ----------
    mask_folders : tuple of str
        Names of folders of masks.
    images, masks, splits
        As of :class:`Layout`.
    """

    mask_folders: tuple[str, ...]
    images: tuple[Images, ...]
    masks: tuple[str, ...]
    splits: tuple[tuple[str, str], ...]


def plain_folders(mask_folders: tuple[str, ...], splits: Mapping[str, str]) -> PlainFolders:
    """Return the patterns of plain folders whose masks and splits lie in folders of these names."""
    top = "|".join(map(re.escape, mask_folders))
    split = f"(?P<split>{'|'.join(map(re.escape, splits))})"
    images = (
        Images(rf"{_PART}{split}/(?P<label>(?!(?:{top})/)[^/]+)/{IMAGE}"),
        Images(rf"{_PART}(?P<label>(?!(?:{top})/)[^/]+)/{IMAGE}"),
    )
    masks = (
        rf"{_PART}(?:{top})/{split}/(?P<label>[^/]+)/(?P<name>[^/]+?){_MASK_END}{_MASK_SUFFIX}",
        rf"{_PART}(?:{top})/(?P<label>[^/]+)/(?P<name>[^/]+?){_MASK_END}{_MASK_SUFFIX}",
        rf"{_PART}(?P<label>[^/]+)/(?:{top})/(?P<name>[^/]+?){_MASK_END}{_MASK_SUFFIX}",
        rf"{_PART}(?:{top})/(?P<name>[^/]+?){_MASK_END}{_MASK_SUFFIX}",
        rf"{_PART}(?P<label>[^/]+)/(?P<name>[^/]+?)[-_](?:mask|label|gt){_MASK_SUFFIX}",
    )
    return PlainFolders(mask_folders, images, masks, tuple(splits.items()))


PLAIN = plain_folders(("ground_truth", "mask", "masks", "gt", "label", "labels"), SPLIT_FOLDERS)

_SPLIT = rf"(?P<split>{'|'.join(SPLIT_FOLDERS)})"
_PICTURES = r"(?:images?|imgs?|jpegimages)"
_MASKS = r"(?:masks?|gt|ground[-_]?truth(?:pngimg)?|labels?|segmentationclass|annotations?)"

SEGMENTATION = Layout(
    "segmentation",
    "pictures and masks in folders of their own",
    signs=(rf"{ANYWHERE}{_PICTURES}/{IMAGE}", rf"{ANYWHERE}{_MASKS}/[^/]+{_MASK_SUFFIX}"),
    images=(
        Images(rf"(?:(?P<category>.*?)/)?{_SPLIT}/{_PICTURES}/{IMAGE}", label="?"),
        Images(rf"(?:(?P<category>.*?)/)?{_PICTURES}/{_SPLIT}/{IMAGE}", label="?"),
        Images(rf"(?:(?P<category>.*?)/)?{_PICTURES}/{IMAGE}", label="?"),
    ),
    masks=(
        rf"(?:(?P<category>.*?)/)?{_SPLIT}/{_MASKS}/(?P<name>[^/]+?){_MASK_END}{_MASK_SUFFIX}",
        rf"(?:(?P<category>.*?)/)?{_MASKS}/{_SPLIT}/(?P<name>[^/]+?){_MASK_END}{_MASK_SUFFIX}",
        rf"(?:(?P<category>.*?)/)?{_MASKS}/(?P<name>[^/]+?){_MASK_END}{_MASK_SUFFIX}",
    ),
    mask_rule="marked",
    splits=PLAIN.splits,
    empty_is_good=True,
    official_split=False,
    supervised=True,
    sources=("the common form of segmentation sets",),
)

FOLDERS = Layout(
    "folders",
    "plain folders: good, defects, masks; anomalib Folder",
    signs=(rf"{ANYWHERE}(?:{_GOOD})/{IMAGE}",),
    images=PLAIN.images,
    masks=PLAIN.masks,
    splits=PLAIN.splits,
    mask_rule="marked",
    official_split=False,
    sources=("anomalib's Folder; what people have",),
)
