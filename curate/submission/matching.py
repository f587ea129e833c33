"""Say which image of a dataset a prediction belongs to, by its path: the longest common ending wins. Pure.

Predictions name images as the detector saw them: an absolute path on another machine, a path below the dataset, a bare
stem, or the name of a heat-map such as ``0_heatmap``. Of equally long endings the one wins that
has more folder names in common, then the test set's: a map without a split is meant for it. Two images that still fit
equally well are no match.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Category, Dataset, Sample
from curate.model.finding import Finding

_MAP_ENDING = re.compile(r"[-_. ](?:anomaly[-_]?map|heat[-_]?map|amap|map|pred(?:iction)?|score)s?$", re.IGNORECASE)
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
        parts = _parts(name)
        if not parts:
            return []
        last = parts[-1]
        for stem in dict.fromkeys((last, _MAP_ENDING.sub("", last))):
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


def _parts(path: str) -> tuple[str, ...]:
    r"""Return a path's components, the last without its ending.

    >>> _parts("C:\\data\\screw\\test\\good\\000.png")
    ('C:', 'data', 'screw', 'test', 'good', '000')
    """
    pure = PurePosixPath(path.replace("\\", "/"))
    names = tuple(part for part in pure.parts if part not in {"/", ".", ".."})
    suffix = pure.suffix
    return (
        (*names[:-1], names[-1][: -len(suffix)] if suffix and not suffix[1:].isdigit() else names[-1]) if names else ()
    )


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Count how many components agree from the end on, letter case aside."""
    count = 0
    for one, other in zip(reversed(first), reversed(second), strict=False):
        if one.lower() != other.lower():
            break
        count += 1
    return count
