"""Say which image of a dataset a prediction belongs to, by its path: the longest common ending wins. Pure.

Predictions name images as the detector saw them: an absolute path on another machine, a path below the dataset, a bare
stem, or the name of a heat-map such as ``0_heatmap``. Of equally long endings the one wins that
has more folder names in common, then the test set's: a map without a split is meant for it. Two images that still fit
equally well are no match, and neither is one whose path names another category where the image's own name has its
category: maps of ``/data/screw/test/good/000.png`` are never taken for ``bottle/test/good/000.png``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from curate.imaging.images import IMAGE_SUFFIXES
from curate.imaging.maps import MAP_SUFFIXES
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Category, Dataset, Sample
from curate.model.finding import Finding

_MAP_ENDING = re.compile(r"[-_. ](?:anomaly[-_]?map|heat[-_]?map|amap|map|pred(?:iction)?|score)s?$", re.IGNORECASE)
_OTHER_ENDINGS = frozenset({".jp2", ".gif", ".heic", ".avif", ".jxl", ".ppm", ".pgm", ".exr", ".pt", ".pth"})
_ENDINGS = IMAGE_SUFFIXES | MAP_SUFFIXES | _OTHER_ENDINGS
"""What is taken off a name: whatever else follows a dot, as in ``shot_1.250``, is a part of it."""
_RENAME = "call it <category>/test/<defect or good>/<image>, or test/<defect or good>/<image> without a folder before"
_LISTED = 10


@dataclass(frozen=True, slots=True)
class MatchedImage:
    """An image that may be meant."""

    category: Category
    sample: Sample


@dataclass(frozen=True, slots=True)
class Matches:
    """Which prediction is for which image.

    Attributes
    ----------
    by_name : dict
        Name of a prediction to its image.
    findings : tuple of Finding
        CUR602 for a prediction that fits no image or several, CUR608 for a second one of an image.
    """

    by_name: dict[str, MatchedImage]
    findings: tuple[Finding, ...]


def match(names: Sequence[str], dataset: Dataset, categories: Iterable[str] = ()) -> Matches:
    """Match the names of predictions with a dataset's images.

    Parameters
    ----------
    names : sequence of str
        Paths, however absolute; either slash.
    dataset : Dataset
    categories : iterable of str
        Only these; all when empty.
    """
    wanted = set(categories) or {category.name for category in dataset.categories}
    index = _Index(MatchedImage(c, s) for c in dataset.categories if c.name in wanted for s in c.samples)
    others = {category.name.lower() for category in dataset.categories}
    root = Path(dataset.root).name
    by_name: dict[str, MatchedImage] = {}
    taken: dict[tuple[str, str], str] = {}
    findings = []
    for name in names:
        fitting = index.find(name)
        if len(fitting) != 1:
            also = tuple(f"{target.category.name}/{target.sample.key}" for target in fitting[:_LISTED])
            said = "fits no image" if not fitting else f"fits {len(fitting)} images equally well"
            findings.append(found(codes.MAP_WITHOUT_IMAGE, said, name, related=also))
            continue
        other = _contradiction(name, fitting[0], others, root)
        if other:
            message = f"would fit {fitting[0].category.name}/{fitting[0].sample.key}, but its path names {other}"
            findings.append(found(codes.MAP_WITHOUT_IMAGE, message, name, hint=_RENAME))
            continue
        place = (fitting[0].category.name, fitting[0].sample.key)
        if place in taken:
            findings.append(
                found(
                    codes.SEVERAL_MAPS_FOR_IMAGE,
                    f"is a second map for {'/'.join(place)}",
                    name,
                    related=(taken[place],),
                )
            )
            continue
        taken[place] = name
        by_name[name] = fitting[0]
    return Matches(by_name, tuple(findings))


class _Index:
    """All images by what their last path component may be called."""

    def __init__(self, targets: Iterable[MatchedImage]) -> None:
        self._by_stem: dict[str, list[tuple[tuple[str, ...], MatchedImage]]] = defaultdict(list)
        for target in targets:
            for parts in dict.fromkeys((_parts(target.sample.path), _key_parts(target))):
                self._by_stem[parts[-1].lower()].append((parts, target))

    def find(self, name: str) -> list[MatchedImage]:
        parts = _components(name)
        if not parts:
            return []
        for stem in _stems(parts[-1]):
            named = (*parts[:-1], stem)
            ranked = [(_rank(named, own, target), target) for own, target in self._by_stem.get(stem.lower(), ())]
            if ranked:
                best = max(rank for rank, _ in ranked)
                return _once(target for rank, target in ranked if rank == best)
        return []


def _rank(named: Sequence[str], own: Sequence[str], target: MatchedImage) -> tuple[int, int, bool]:
    shared = {part.lower() for part in named} & {part.lower() for part in own}
    return _common(named, own), len(shared), target.sample.split == "test"


def _once(targets: Iterable[MatchedImage]) -> list[MatchedImage]:
    return list({(target.category.name, target.sample.key): target for target in targets}.values())


def _key_parts(target: MatchedImage) -> tuple[str, ...]:
    return (target.category.name, *target.sample.key.split("/"))


def _contradiction(name: str, target: MatchedImage, others: Collection[str], root: str) -> str:
    """Return the folder of a prediction's path that stands where its image's category should; ``""`` when none does."""
    category = target.category.name.lower()
    folders = _components(name)[:-1]
    lower = [part.lower() for part in folders]
    named = category in lower
    known = "" if named else next((part for part in folders if part.lower() in others), "")
    above = 0  # how many folders the image's own name has below its category, and the prediction's path as well
    for own in (_parts(target.sample.path), _key_parts(target)):
        inside = own[own.index(target.category.name) + 1 : -1] if target.category.name in own else own[:-1]
        if inside and tuple(lower[-len(inside) :]) == tuple(part.lower() for part in inside):
            above = max(above, len(inside))
    foreign = folders[-above - 1] if above and len(folders) > above else ""
    if foreign.lower() in {category, "" if root.lower() in others else root.lower()}:
        foreign = ""
    return known or (foreign if not named or foreign.lower() in others else "")


def _stems(last: str) -> list[str]:
    """Return what a prediction's last component may call an image, the most literal first.

    >>> _stems("000.png.npy"), _stems("shot_1.250"), _stems("7_heatmap.png")
    (['000.png.npy', '000.png', '000'], ['shot_1.250'], ['7_heatmap.png', '7_heatmap', '7'])
    """
    stems = [last]
    while PurePosixPath(stems[-1]).suffix.lower() in _ENDINGS:
        stems.append(PurePosixPath(stems[-1]).stem)
    return list(dict.fromkeys([*stems, *(_MAP_ENDING.sub("", stem) for stem in stems)]))


def _components(path: str) -> tuple[str, ...]:
    pure = PurePosixPath(path.replace("\\", "/"))
    return tuple(part for part in pure.parts if part not in {"/", ".", ".."})


def _parts(path: str) -> tuple[str, ...]:
    r"""Return a path's components, the last without its ending.

    >>> _parts("C:\\data\\screw\\test\\good\\000.png")
    ('C:', 'data', 'screw', 'test', 'good', '000')
    """
    names = _components(path)
    last = PurePosixPath(names[-1]) if names else PurePosixPath()
    return (*names[:-1], last.stem if last.suffix.lower() in _ENDINGS else last.name) if names else ()


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Count how many components agree from the end on, letter case aside."""
    count = 0
    for one, other in zip(reversed(first), reversed(second), strict=False):
        if one.lower() != other.lower():
            break
        count += 1
    return count
