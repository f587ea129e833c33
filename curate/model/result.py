"""The result of an evaluation: what ``curate evaluate --output`` writes, typed. The one place that names its keys.

Numbers are shares from 0 to 1, higher is better; None (null) where the test set cannot give one, and a ``notes`` beside
it says why. Scores and thresholds have the detector's scale; what is greater than a threshold is called defective. In
means over several runs, and in their standard deviations, counts may be fractions. ``extra`` holds the keys of a file
that this version of curate does not know: adding keys is no breaking change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, cast

from curate.model.evaluation_options import EvaluationOptions
from curate.model.result_curves import PrecisionRecallCurve, RocCurve, Share, SproCurve
from curate.model.typed_json import EXTRA, LACKING, Holding, Matching, Within, decode, encode
from curate.model.words import Shown

Kind = TypeVar("Kind")

SCHEMA: Literal["curate/result/1"] = "curate/result/1"
FINGERPRINT_VERSION = 2
"""Of what fingerprints cover; results without one have those of version 1."""

Percent: TypeAlias = Annotated[float, Within(0, 100)]
Count: TypeAlias = Annotated[float, Within(0)]
Fingerprint: TypeAlias = Annotated[str, Matching("sha256:[0-9a-f]{64}", '"sha256:" and 64 hexadecimal digits')]
Interval: TypeAlias = tuple[Share, Share]
AreasByLimit: TypeAlias = Annotated[Mapping[str, Share | None], Holding(("0.01", "0.05", "0.1", "0.3", "1.0"))]
"""AU-sPRO by its limit of the false positive rate."""
ProAreas: TypeAlias = Annotated[Mapping[str, Share | None], Holding(("0.3",))]
TprByTnr: TypeAlias = Annotated[Mapping[str, Share | None], Holding(("0.99", "0.95", "0.90"))]
Notes: TypeAlias = tuple[str, ...] | None
Extra: TypeAlias = Mapping[str, Any]


def _nothing() -> Extra:
    return {}


@dataclass(frozen=True, slots=True)
class ScoredDataset:
    """What was scored on, and what its fingerprints follow from (``covers``; False: what may change without them).

    ``category_fingerprints`` are those of each category by itself; older results hold neither.
    """

    name: str
    fingerprint: Fingerprint
    layout: str
    fingerprint_version: int | None = None
    category_fingerprints: Mapping[str, Fingerprint] | None = None
    covers: Mapping[str, bool] | None = None
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class ScoredSubmission:
    """What was scored.

    ``files`` hashes every map and table; ``fingerprint`` what ``covers`` lists. Of version 1, which has no ``files``,
    the fingerprint hashes maps and tables alone. ``team`` is whose submission it says it is.
    """

    method: str
    run: str
    fingerprint: Fingerprint
    files: Fingerprint | None = None
    fingerprint_version: int | None = None
    team: str | None = None
    covers: Mapping[str, bool] | None = None
    extra: Extra = field(default_factory=_nothing)

    @property
    def entrant(self) -> str:
        """What tells it from others: the method, and the team where one is stated."""
        return f"{self.team} · {self.method}" if self.team else self.method

    @property
    def files_fingerprint(self) -> str:
        """The hash of its maps and tables, in whatever version."""
        return self.fingerprint if self.files is None else self.files


@dataclass(frozen=True, slots=True)
class UnscoredParts:
    """What a partial evaluation did not score: whole categories, and images by category."""

    categories: tuple[str, ...]
    images: Mapping[str, tuple[str, ...]]
    extra: Extra = field(default_factory=_nothing)

    @property
    def count(self) -> int:
        """Number of categories and images."""
        return len(self.categories) + sum(map(len, self.images.values()))


@dataclass(frozen=True, slots=True)
class Counts:
    """What a category's numbers rest on: images, ground-truth regions, and pixels outside all of them."""

    train: Count
    test_good: Count
    test_defective: Count
    regions: Count
    negative_pixels: Count
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class DefectLocalization:
    """Localization of one kind of defect."""

    regions: Count
    au_spro: AreasByLimit
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Localization:
    """Is the right place marked? All pixels of the test set."""

    au_spro: AreasByLimit
    au_pro: ProAreas
    pixel_auroc: Share | None
    pixel_ap: Share | None
    pixel_f1_max: Share | None
    pixel_f1_max_threshold: float | None
    by_defect: Mapping[str, DefectLocalization]
    notes: Notes = None
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Confusion:
    """What one threshold does on the test set."""

    threshold: float | None
    fpr: Share | None
    fnr: Share | None
    precision: Share | None
    recall: Share | None
    f_score: Share | None
    tp: Count
    fp: Count
    tn: Count
    fn: Count
    notes: Notes = None
    extra: Extra = field(default_factory=_nothing)


Deployed: TypeAlias = Annotated[Mapping[str, Confusion], Holding(("0.01", "0.05", "0.10"))]
"""By the false positive rate on the training images that the threshold keeps."""


@dataclass(frozen=True, slots=True)
class DefectDetection:
    """Detection of one kind of defect: its images against all good ones."""

    auroc: Share | None
    ap: Share | None
    f1_max: Share | None
    f1_max_threshold: float | None
    tpr_at_tnr: TprByTnr
    deployed: Deployed | None
    notes: Notes = None
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class DetectionMeans:
    """Means over the kinds of defect; ``lacking`` names those that a file does not hold."""

    auroc: Share | None = None
    ap: Share | None = None
    f1_max: Share | None = None
    tpr_at_tnr: TprByTnr | None = None
    lacking: frozenset[str] = frozenset()
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Detection:
    """Is the image called defective? One score per image: its map's maximum, or that of scores.csv."""

    auroc: Share | None
    ap: Share | None
    f1_max: Share | None
    f1_max_threshold: float | None
    tpr_at_tnr: TprByTnr
    deployed: Deployed | None
    by_defect: Mapping[str, DefectDetection]
    by_defect_mean: DetectionMeans
    notes: Notes = None
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How well the outline fits at one threshold."""

    threshold: float | None
    threshold_from: Literal["train_fpr_0.01", "pixel_f1_max"] | None
    dice: Share | None
    iou: Share | None
    boundary_iou: Share | None
    precision: Share | None
    recall: Share | None
    mean_dice: Share | None
    mean_iou: Share | None
    notes: Notes = None
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Classification:
    """Which defect is it? By class, from the probabilities of predictions.csv."""

    auroc: Mapping[str, Share | None]
    auroc_weighted: Share | None
    correct_class_recall: Mapping[str, Share | None]
    defect_recall: Mapping[str, Share | None]
    aql: Mapping[str, Percent | None]
    classes: tuple[str, ...] | None = None
    notes: Notes = None
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class BootstrapIntervals:
    """``(low, high)`` of numbers over resampled test sets; ``lacking`` names those that a file does not hold."""

    level: Share
    resamples: Count
    seed: Count
    au_spro: Mapping[str, Interval | None] | None = None
    auroc: Interval | None = None
    ap: Interval | None = None
    f1_max: Interval | None = None
    tpr_at_tnr: Mapping[str, Interval | None] | None = None
    lacking: frozenset[str] = frozenset()
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class ScoredImage:
    """One image and its score; ``defects`` names what it shows where that is not what its folder says."""

    image: str
    label: str
    score: float
    defects: tuple[str, ...] | None = None
    extra: Extra = field(default_factory=_nothing)

    @property
    def is_training(self) -> bool:
        """Whether it is an image of the training set."""
        return self.image.startswith("train/")


@dataclass(frozen=True, slots=True)
class ResultCurves:
    """Curves for drawing; None where the test set has not what a curve needs."""

    spro: SproCurve | None
    pixel_roc: RocCurve | None
    roc: RocCurve | None
    pr: PrecisionRecallCurve | None
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, repr=False)
class CategoryResult(Shown):
    """The numbers of one category; ``images`` and ``curves`` are None in results of curate before it kept them.

    ``further`` holds what was asked for besides (``also`` in the settings), by name.
    """

    counts: Counts
    localization: Localization
    detection: Detection
    segmentation: Segmentation
    classification: Classification | None = None
    intervals: BootstrapIntervals | None = None
    images: tuple[ScoredImage, ...] | None = None
    curves: ResultCurves | None = None
    further: Mapping[str, Share | None] | None = None
    notes: Notes = None
    extra: Extra = field(default_factory=_nothing)

    def _facts(self) -> dict[str, str]:
        return {"test_images": f"{self.counts.test_good + self.counts.test_defective:g}", **_headline(self)}

    @property
    def all_notes(self) -> tuple[str, ...]:
        """What it says about itself, in the order of its parts."""
        parts = (self.localization.notes, self.detection.notes, self.notes)
        return tuple(note for notes in parts for note in notes or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultMean:
    """Unweighted means over the categories; those that are None in one are left out of its mean.

    ``lacking`` names those that a file does not hold.
    """

    au_spro: AreasByLimit
    au_pro: ProAreas | None = None
    pixel_auroc: Share | None = None
    pixel_ap: Share | None = None
    auroc: Share | None
    ap: Share | None
    f1_max: Share | None = None
    tpr_at_tnr: TprByTnr
    lacking: frozenset[str] = frozenset()
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class ResultSpread:
    """Sample standard deviations over the runs, in the shape of the numbers themselves."""

    categories: Mapping[str, CategoryResult]
    mean: ResultMean
    extra: Extra = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, repr=False)
class Result(Shown):
    """One submission's numbers; of several runs the means, the spread, and each run's own result.

    ``settings`` is None in results that another program wrote.
    """

    schema: Literal["curate/result/1"]
    curate_version: str
    signature: str
    dataset: ScoredDataset
    submission: ScoredSubmission
    categories: Mapping[str, CategoryResult]
    mean: ResultMean
    settings: EvaluationOptions | None = None
    left_out: UnscoredParts | None = None
    std: ResultSpread | None = None
    runs: tuple[Result, ...] | None = None
    extra: Extra = field(default_factory=_nothing)

    @classmethod
    def from_json(cls, document: Any) -> Result:
        """Read a result document; :class:`~curate.model.typed_json.DocumentError` names all that is wrong with it."""
        return decode(cls, document)

    def to_json(self) -> dict[str, Any]:
        """Return the document, keys in the order of the format."""
        document: dict[str, Any] = encode(self)
        head = ("schema", "curate_version", "signature", "settings", "dataset", "submission", "left_out")
        return {name: document[name] for name in (*head, *document) if name in document}

    def _facts(self) -> dict[str, str]:
        known = {"method": repr(self.submission.method), "run": repr(self.submission.run), "dataset": self.dataset.name}
        runs = {"runs": str(len(self.runs))} if self.runs else {}
        return {**known, **runs, "categories": ", ".join(self.categories), **_headline(self.mean)}

    @property
    def single_runs(self) -> tuple[Result, ...]:
        """The results of its runs: itself when it is of one run."""
        return self.runs or (self,)


def _headline(part: CategoryResult | ResultMean) -> dict[str, str]:
    """Return the two numbers that are asked for first."""
    places, images = (part, part) if isinstance(part, ResultMean) else (part.localization, part.detection)
    values = {"au_spro@0.05": places.au_spro.get("0.05"), "auroc": images.auroc}
    return {name: "none" if value is None else f"{value:.4f}" for name, value in values.items()}


def without_notes(part: Kind, *, extra: bool = True) -> Kind:
    """Leave the notes of the format out of a result or a part of it; a category that is called so is none of them.

    ``extra=False`` leaves out the keys that this version of curate does not know, too.
    """
    return cast("Kind", _without_notes(part, extra=extra))


def _without_notes(part: Any, *, extra: bool) -> Any:
    if is_dataclass(part) and not isinstance(part, type):
        values = {
            entry.name: _without_notes(getattr(part, entry.name), extra=extra)
            for entry in fields(part)
            if entry.name not in {"notes", EXTRA, LACKING}
        }
        values |= {"notes": None} if hasattr(part, "notes") else {}
        return replace(part, **values, **({} if extra or not hasattr(part, EXTRA) else {EXTRA: {}}))
    if isinstance(part, Mapping):
        return {name: _without_notes(value, extra=extra) for name, value in part.items()}
    return tuple(_without_notes(entry, extra=extra) for entry in part) if isinstance(part, tuple) else part
