"""Turn what a layout's reader found into samples and categories: labels, names and entries for all layouts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Generic, TypeVar

from curate.datasets.layout import SPLIT_FOLDERS, SPLITS
from curate.datasets.layouts.description import Folder
from curate.datasets.truth import has_marks
from curate.disk.members import ARCHIVE_END
from curate.errors import CurateError, InputError
from curate.imaging.images import read_file
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Category, MaskRule, Sample
from curate.model.defect import GOOD, MAX_PIXEL_VALUE, SEVERAL, DefectEntry, Saturation, is_good_word
from curate.model.finding import Finding
from curate.model.natural import natural_key
from curate.model.region import Region, Shape

_SPLIT_WORD = re.compile(r"(?<![a-z])(train|test|(?:val|valid|validation|dev)(?![a-z]))")
"""A split's name at the start of a word; ``valve`` and ``device`` are no validation."""
_NO_PART = re.compile(r"[/\\\x00-\x1f\x7f]")
"""Characters that end a part of a path, or that no name may hold."""

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class LayoutPicture:
    """One picture as a reader found it; the fields are those of :class:`curate.model.dataset.Sample`."""

    category: str
    split: str
    label: str
    name: str
    path: str
    masks: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    specimen: str = ""
    shot_at: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it is free of defects."""
        return self.label == GOOD


@dataclass(frozen=True, slots=True)
class Opinion(Generic[Shown]):
    """What one document says about one image.

    Attributes
    ----------
    document : str
    split : str
    content : object
        What two documents must agree in.
    what : object
        What to make the image of.
    """

    document: str
    split: str
    content: object
    what: Shown


def settled(path: str, opinions: Sequence[Opinion[Shown]], findings: list[Finding]) -> list[Shown]:
    """Return what an image shows, once for each split that lists it; nothing, with a finding, where that is not known.

    Parameters
    ----------
    path : str
        The image.
    opinions : sequence of Opinion
    findings : list of Finding
        Gets one when the image is listed several times.
    """
    if len(opinions) > 1:
        documents = ", ".join(dict.fromkeys(one.document for one in opinions))
        if any(one.content != opinions[0].content for one in opinions):
            message = f"stands {len(opinions)} times in {documents}, described differently"
            findings.append(found(codes.IMAGE_LISTED_TWICE, message, path))
            return []
        if len({one.split for one in opinions}) == 1:
            message = f"stands {len(opinions)} times in {documents}; taken once"
            findings.append(found(codes.IMAGE_LISTED_TWICE, message, path, severity="warning"))
    return list({one.split: one.what for one in reversed(opinions)}.values())[::-1]


def is_marked(folder: Folder, mask: str, rule: MaskRule) -> bool:
    """Whether a mask marks anything; one that cannot be read counts, so that its trouble is reported later."""
    try:
        return has_marks(read_file(folder.root / mask), folder.root / mask, rule)
    except CurateError:
        return True


def split_named(text: str) -> str:
    """Return the split that a table's cell names; ValueError when it names none.

    >>> split_named("Validation"), split_named("trainval")
    ('val', 'train')
    """
    if not names_split(text):
        raise ValueError(f"{text!r} is no split: expected train, val or test")
    return split_of(text)


def split_of(text: str) -> str:
    """Return the split that a folder, a file or a column names; ``test`` when none.

    >>> split_of("Validation"), split_of("trainval"), split_of("val2017"), split_of("test_public"), split_of("valve_3")
    ('val', 'train', 'val', 'test', 'test')
    """
    word = _SPLIT_WORD.search(text.lower())
    return SPLIT_FOLDERS[word[1]] if word else "test"


def names_split(text: str) -> bool:
    """Whether a name has a split's name in it."""
    return _SPLIT_WORD.search(text.lower()) is not None


def is_split_name(text: str) -> bool:
    """Whether a folder is called what a split is called, and nothing else."""
    return text.lower() in SPLIT_FOLDERS


def label_of(regions: Sequence[Region], default: str = GOOD) -> str:
    """Name an image by its regions: the one defect, ``multiple``, or a default when there is none.

    A class called ``0`` is a number here, and its images lie in ``defect_0``: a folder ``0`` would hold good ones.
    """
    names = {region.defect for region in regions}
    if not names:
        return default
    name = SEVERAL if len(names) > 1 else names.pop()
    return f"defect_{name}" if is_good_word(name) else name


def path_part(text: str) -> str:
    """Return a name that stands in a document as one part of a path: no separator, nothing hidden, never empty.

    >>> path_part("a/b"), path_part("../x"), path_part(""), path_part("a.b c")
    ('a_b', '_._x', '_', 'a.b c')
    """
    part = _NO_PART.sub("_", text)
    return f"_{part[1:]}" if part[:1] in {"", "."} else part


def region(number: int, defect: str, shapes: Iterable[Shape], saturation: Saturation | None = None) -> Region:
    """Make a region of a table's row; ``number`` counts within its picture."""
    return Region(str(number), defect, tuple(shapes), saturation)


def categories_of(
    pictures: Iterable[LayoutPicture], mask_rule: MaskRule = "nonzero", entries: Sequence[DefectEntry] = ()
) -> tuple[Category, ...]:
    """Group pictures into categories, name each picture once, and give every defect an entry.

    Parameters
    ----------
    pictures : iterable of LayoutPicture
    mask_rule : str
    entries : sequence of DefectEntry
        What the layout itself says about pixel values; defects that it does not name get values from 255 down.
    """
    by_category: dict[str, list[LayoutPicture]] = defaultdict(list)
    for picture in pictures:
        part = replace(picture, label=path_part(picture.label), name=path_part(picture.name))
        by_category[path_part(picture.category)].append(part)
    made = []
    for name in sorted(by_category, key=natural_key):
        samples = _samples(by_category[name])
        entries_of = with_entries(samples, mask_rule, entries)
        made.append(Category(name, _prefix(samples), samples, entries_of, mask_rule))
    return tuple(made)


def with_entries(
    samples: Sequence[Sample], mask_rule: MaskRule, entries: Sequence[DefectEntry] = ()
) -> tuple[DefectEntry, ...]:
    """Return the entries of a category, one more for each defect and saturation that has none.

    Raises
    ------
    InputError
        If more than 255 are needed.
    """
    wanted: dict[tuple[str, Saturation], None] = {}
    for sample in samples:
        for drawn in sample.regions:
            wanted[drawn.defect, drawn.saturation or Saturation(1.0)] = None
        if sample.masks and not sample.is_good and mask_rule not in {"value", "values"}:
            wanted[sample.label, Saturation(1.0)] = None
    known = {(entry.defect_name, entry.saturation) for entry in entries}
    taken = {entry.pixel_value for entry in entries}
    free = [value for value in range(MAX_PIXEL_VALUE, 0, -1) if value not in taken]
    missing = sorted((key for key in wanted if key not in known), key=lambda key: (key[0], str(key[1])))
    if len(missing) > len(free):
        raise InputError(f"{len(missing) + len(taken)} kinds of defects are needed, a mask tells 255 apart")
    made = [DefectEntry(name, value, saturation) for (name, saturation), value in zip(missing, free, strict=False)]
    return (*entries, *made)


def unofficial(pictures: Sequence[LayoutPicture], title: str) -> list[Finding]:
    """Say that a dataset has no split of its own, where it has none."""
    if not pictures or any(picture.split != "test" for picture in pictures):
        return []
    return [
        found(
            codes.NO_SPLIT, f"{title} has no split into training and test: all {len(pictures)} images are taken as test"
        )
    ]


def leftover(code: str, text: str, paths: Sequence[str]) -> list[Finding]:
    """Make one finding about many paths; none when there is none."""
    return [found(code, text.format(len(paths)), paths[0], related=tuple(paths[1:]))] if paths else []


def _samples(pictures: Sequence[LayoutPicture]) -> tuple[Sample, ...]:
    stems = Counter((picture.split, picture.label, picture.name) for picture in pictures)
    made = [
        Sample(
            picture.split,
            picture.label,
            # Two pictures of one name are told apart by their endings: 000.jpg and 000.png.
            picture.name if stems[picture.split, picture.label, picture.name] == 1 else _with_ending(picture),
            picture.path,
            tuple(sorted(picture.masks, key=natural_key)),
            picture.regions,
            picture.specimen,
            picture.shot_at,
        )
        for picture in pictures
    ]
    made.sort(key=lambda sample: (SPLITS.index(sample.split), natural_key(sample.label), natural_key(sample.name)))
    return tuple(_numbered(made))


def _with_ending(picture: LayoutPicture) -> str:
    return f"{picture.name}_{PurePosixPath(picture.path).suffix[1:].lower()}"


def _numbered(samples: Sequence[Sample]) -> list[Sample]:
    seen: Counter[str] = Counter()
    result = []
    for sample in samples:
        seen[sample.key] += 1
        again = seen[sample.key]
        result.append(sample if again == 1 else replace(sample, name=f"{sample.name}_{again}"))
    return result


def _prefix(samples: Sequence[Sample]) -> str:
    """Return the deepest folder that holds all pictures of a category, without the layout's own folders."""
    common = list(PurePosixPath(samples[0].path).parts[:-1])
    for sample in samples:
        parts = PurePosixPath(sample.path).parts
        keep = next((i for i, part in enumerate(common) if i >= len(parts) or parts[i] != part), len(common))
        common = common[:keep]
    own = {*SPLIT_FOLDERS, GOOD, "images"}
    cut = next((i for i, p in enumerate(common) if p.lower() in own or p.endswith(ARCHIVE_END)), len(common))
    return "/".join(common[:cut])
