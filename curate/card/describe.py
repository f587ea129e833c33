"""Count what a dataset holds. Pure: from the facts that validation gathers.

The numbers are those of the AutoVI paper's Table 3 (images by split and defect, sizes) and of the usual survey tables
of the field (regions, areas, supervision, which tasks the labels allow), and two that neither has: when it was taken,
and how the light drifted meanwhile.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from curate.datasets.truth import drawn_patch
from curate.formats.mask_values import is_unmarked
from curate.model.dataset import Sample
from curate.model.defect import Saturation
from curate.validate.brightness import background
from curate.validate.checks.order import places_in_time
from curate.validate.facts import MaskFacts
from curate.validate.table import CategoryTable

_LEAST_FOR_DRIFT = 10
_LEAST_P = 1e-12


@dataclass(frozen=True, slots=True)
class DefectDescription:
    """The regions of one defect, in test and training together.

    Attributes
    ----------
    images, regions : int
    area_px : tuple
        Least, median and largest area; None where nothing is drawn.
    area_share : float or None
        Median share of the image.
    saturation : tuple of str
        Its thresholds.
    """

    images: int
    regions: int
    area_px: tuple[int, float, int] | None
    area_share: float | None
    saturation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """How the brightness of the good images moved with time.

    ``rank_correlation`` is Spearman's, ``change`` the grey values from the first tenth of the images to the last.
    """

    rank_correlation: float
    p_value: float
    change: float

    @property
    def p_text(self) -> str:
        """The p-value in words; below a rounding error of the statistic there is no number to believe."""
        return f"p = {self.p_value:.1g}" if self.p_value >= _LEAST_P else f"p < {_LEAST_P:g}"


@dataclass(frozen=True, slots=True)
class CategoryDescription:
    """One category in numbers.

    Attributes
    ----------
    images : dict
        Number by split and label.
    sizes, kinds : dict
        Number of images by width×height and by channels and depth.
    defects : dict of str to DefectDescription
    supervision : str
    tasks : tuple of str
        What its labels allow: ``detection`` (good and defective test images), ``localization`` (every defective test
        image has a region), ``classification`` (at least two defects), each also with training labels: ``supervised
        …``.
    first_shot_at, last_shot_at : str
    cameras, specimens : int
        How many are known.
    drift : Drift or None
        None where the order of shots is not known.
    """

    name: str
    layout: str
    images: dict[str, dict[str, int]]
    sizes: dict[str, int]
    kinds: dict[str, int]
    defects: dict[str, DefectDescription]
    supervision: str
    tasks: tuple[str, ...]
    first_shot_at: str
    last_shot_at: str
    cameras: int
    specimens: int
    drift: Drift | None

    @property
    def shares(self) -> dict[str, float]:
        """Each split's share of the images."""
        total = sum(sum(labels.values()) for labels in self.images.values())
        return {split: sum(labels.values()) / total for split, labels in self.images.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the description as a JSON document."""
        return {**asdict(self), "shares": {split: round(share, 4) for split, share in self.shares.items()}}


def describe(table: CategoryTable) -> CategoryDescription:
    """Describe one category."""
    images: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in table.samples:
        images[sample.split][sample.label] += 1
    readable = [facts for _, facts in table.readable()]
    times = sorted(filter(None, (table.shot_at(sample) for sample in table.samples)))
    return CategoryDescription(
        name=table.name,
        layout=table.tree.layout,
        images={split: dict(sorted(images[split].items())) for split in ("train", "val", "test") if images[split]},
        sizes=_sorted_counts(facts.size for facts in readable),
        kinds=_sorted_counts(f"{facts.channels} × {facts.bits} bits" for facts in readable),
        defects=_defects(table),
        supervision=_supervision(table),
        tasks=_tasks(table),
        first_shot_at=times[0] if times else "",
        last_shot_at=times[-1] if times else "",
        cameras=len({facts.camera for facts in readable if facts.camera}),
        specimens=len({table.specimen(sample) for sample in table.samples} - {""}),
        drift=_drift(table),
    )


def _sorted_counts(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def _defects(table: CategoryTable) -> dict[str, DefectDescription]:
    areas: dict[str, list[int]] = defaultdict(list)
    shares: dict[str, list[float]] = defaultdict(list)
    images: dict[str, set[str]] = defaultdict(set)
    thresholds: dict[str, list[str]] = defaultdict(list)
    for known in table.entries:
        thresholds[known.defect_name].append(str(known.saturation))
    counted: Counter[str] = Counter()
    for sample, facts in table.regions():
        for name, area in _parts(table, sample, facts):
            counted[name] += 1
            areas[name].append(area)
            shares[name].append(area / (facts.width_px * facts.height_px))
            images[name].add(sample.path)
    for sample in table.samples:
        picture = table.images[sample.path]
        for region in sample.regions:
            images[region.defect].add(sample.path)
            counted[region.defect] += 1
            if not picture.problem:
                areas[region.defect].append(drawn_patch(region, picture.upright_shape).area_px)
                shares[region.defect].append(areas[region.defect][-1] / (picture.width_px * picture.height_px))
            if str(region.saturation or Saturation(1.0)) not in thresholds[region.defect]:
                thresholds[region.defect].append(str(region.saturation or Saturation(1.0)))
        if not sample.is_good and not sample.masks and not sample.regions:
            images[sample.label].add(sample.path)
    return {
        name: DefectDescription(
            images=len(images[name]),
            regions=counted[name],
            area_px=(min(areas[name]), float(median(areas[name])), max(areas[name])) if areas[name] else None,
            area_share=median(shares[name]) if shares[name] else None,
            saturation=tuple(thresholds[name]),
        )
        for name in sorted(images)
    }


def _parts(table: CategoryTable, sample: Sample, facts: MaskFacts) -> list[tuple[str, int]]:
    """Return defect and area of each region of a mask; one of several values has a region per value."""
    category = table.tree.category
    if category.mask_rule in {"values", "legend"} and facts.distinct == len(facts.counts):
        legend = dict(category.legend)
        entries = {entry.pixel_value: entry.defect_name for entry in category.defects}
        names = legend.get if category.legend else lambda colour: entries.get(colour[0])
        named: Counter[str] = Counter()
        for value, count in zip(facts.values, facts.counts, strict=True):
            name = names((value, value, value)) or sample.label
            named[name] += 0 if is_unmarked(name) else count
        return [(name, area) for name, area in named.items() if area]
    entry = table.entry_of(facts)
    return [(entry.defect_name if entry else sample.label, facts.area_px)] if facts.area_px else []


def _has_region(sample: Sample) -> bool:
    return bool(sample.masks or sample.regions)


def _supervision(table: CategoryTable) -> str:
    training = [_has_region(sample) for sample in table.samples if sample.split == "train" and not sample.is_good]
    if not training:
        return "none"
    return "strong" if all(training) else "mixed" if any(training) else "weak"


def _tasks(table: CategoryTable) -> tuple[str, ...]:
    tested = [sample for sample in table.samples if sample.split == "test"]
    bad = [sample for sample in tested if not sample.is_good]
    labels = {sample.label for sample in bad}
    trained = {sample.label for sample in table.samples if sample.split == "train" and not sample.is_good}
    level = _supervision(table)
    tasks = {
        "detection": bool(bad) and len(bad) < len(tested),
        "localization": bool(bad) and all(map(_has_region, bad)),
        "classification": len(labels) > 1,
        "supervised detection": bool(trained),
        "supervised segmentation": level in {"mixed", "strong"},
        "supervised classification": len(trained) > 1,
    }
    return tuple(task for task, possible in tasks.items() if possible)


def _drift(table: CategoryTable) -> Drift | None:
    places = places_in_time(table)
    good = [sample for sample, _ in table.readable() if sample.is_good and sample.path in places]
    good.sort(key=lambda sample: (places[sample.path], sample.path))
    if len(good) < _LEAST_FOR_DRIFT or len({places[sample.path] for sample in good}) < _LEAST_FOR_DRIFT:
        return None
    levels = [background(table, sample) for sample in good]
    correlation, p_value = _spearman(levels)
    tenth = max(1, len(levels) // 10)
    change = sum(levels[-tenth:]) / tenth - sum(levels[:tenth]) / tenth
    return Drift(round(correlation, 4), p_value, round(change, 2))


def _spearman(values: Sequence[float]) -> tuple[float, float]:
    """Return the rank correlation of values with their place, and its p-value; 0 and 1 of values that are all alike."""
    from scipy.stats import spearmanr

    if len(set(values)) == 1:
        return 0.0, 1.0
    found = spearmanr(range(len(values)), values)
    return float(found.statistic), float(found.pvalue)
