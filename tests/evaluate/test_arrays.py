"""The library object on arrays, by hand and against the slow versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from curate.errors import InputError
from curate.evaluate import MapMetrics, au_spro
from curate.model.defect import Saturation
from tests import reference

LIMITS = ("0.01", "0.05", "0.1", "0.3", "1.0")
Array = Any


def localized(maps: Any, masks: Any, **options: Any) -> dict[str, Any]:
    metrics = MapMetrics(options.pop("saturation", 1.0))
    metrics.update(maps, masks, **options)
    block: dict[str, Any] = metrics.compute()["localization"]
    return block


def test_constant_maps_give_the_diagonal() -> None:
    maps = np.full((2, 4, 4), 7, np.uint8)
    masks = np.zeros((2, 4, 4), bool)
    masks[0, :2, :2] = True
    for dtype in (np.uint8, np.float32):
        block = localized(maps.astype(dtype), masks)
        assert block["au_spro"] == {limit: pytest.approx(float(limit) / 2, abs=1e-15) for limit in LIMITS}
        assert (block["pixel_auroc"], block["pixel_ap"]) == (0.5, 4 / 32)


def test_ties_are_one_slanted_segment() -> None:
    # negatives 1 5, region 5 5: one segment from (0, 0) to (1/2, 1), then flat: area 1/4 + 1/2
    assert au_spro([[[1, 5, 5, 5]]], [[[0, 0, 1, 1]]], limit="1.0") == 0.75


def test_a_saturation_area_that_truncates_to_nothing_is_one_pixel() -> None:
    # int(0.3 * 3) = 0: one found pixel of three saturates the region
    assert au_spro([[[9, 1, 1, 2]]], [[[1, 1, 1, 0]]], limit="1.0", saturation=0.3) == 1.0
    assert au_spro([[[9, 1, 1, 2]]], [[[1, 1, 1, 0]]], limit="1.0", saturation=1.0) == pytest.approx(1 / 3)


def test_an_absolute_threshold_larger_than_the_region_is_its_area() -> None:
    assert au_spro([[[9, 8, 1, 2]]], [[[1, 1, 0, 0]]], limit="1.0", saturation=800) == 1.0


def test_one_pixel_regions() -> None:
    # found before one of the two negatives, missed by the other: (0,0) (1/2,0) (1/2,1) (1,1)
    assert au_spro([[[3, 2, 1]]], [[[0, 1, 0]]], limit="1.0", saturation=0.5) == 0.5


def test_pixels_of_any_region_are_no_negatives_and_regions_may_overlap() -> None:
    scores = np.array([[4, 3, 2, 1]])
    masks = [np.array([[1, 1, 0, 0]]), np.array([[0, 1, 1, 0]])]
    metrics = MapMetrics()
    metrics.update(scores, masks, defect=["a", "b"])
    result = metrics.compute()
    assert result["counts"] == {"test_good": 0, "test_defective": 1, "regions": 2, "negative_pixels": 1}
    assert result["localization"]["by_defect"]["b"]["au_spro"]["1.0"] == 1.0


def test_without_good_images_or_without_defects_nothing_is_invented() -> None:
    good_only = MapMetrics()
    good_only.update(np.zeros((2, 3, 3), np.uint8))
    block = good_only.compute()
    assert block["localization"]["au_spro"]["0.05"] is None
    assert block["localization"]["notes"]
    assert block["detection"]["auroc"] is None
    assert block["detection"]["notes"][0] == "no defective image in the test set"
    full = MapMetrics()
    full.update(np.array([[1, 2]], np.uint8), np.ones((1, 2)))
    assert full.compute()["localization"]["au_pro"]["0.3"] is None
    assert MapMetrics().compute()["counts"]["regions"] == 0


def test_without_good_images_what_needs_no_negative_is_computed() -> None:
    metrics = MapMetrics()
    for highest in (3, 7):
        metrics.update(np.array([[highest, 1]], np.uint8), np.array([[1, 0]]), defect="a")
    block = metrics.compute()["detection"]
    # Every threshold that calls something calls only defects: precision 1, and recall 1 below the lowest score.
    assert (block["ap"], block["f1_max"]) == (1.0, 1.0)
    assert block["f1_max_threshold"] == np.nextafter(3.0, -np.inf)
    assert block["auroc"] is None
    assert set(block["tpr_at_tnr"].values()) == {None}
    assert block["notes"][0].startswith("no good image in the test set: AP and F1 are 1 whatever the scores")


def test_constant_maps_are_noted() -> None:
    metrics = MapMetrics()
    for mask in (None, np.ones((2, 2))):
        metrics.update(np.full((2, 3, 3), 5, np.uint8)[0], None if mask is None else np.pad(mask, ((0, 1), (0, 1))))
    block = metrics.compute()
    assert block["detection"]["auroc"] == 0.5
    assert any("all test images have the same score" in note for note in block["detection"]["notes"])
    assert any("every pixel of every map has the same score" in note for note in block["localization"]["notes"])


def test_signed_zeros_are_one_score_and_denormals_are_two() -> None:
    assert au_spro([np.array([[-0.0, 0.0]])], [[[1, 0]]], limit="1.0") == 0.5
    tiny = np.array([[1e-45, 0.0]], np.float32)
    assert au_spro([tiny], [[[1, 0]]], limit="1.0") == 1.0
    assert au_spro([-tiny], [[[1, 0]]], limit="1.0") == 0.0


def test_a_hot_spot_does_not_blur_the_rest() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((3, 20, 20)).astype(np.float32)
    masks = np.zeros((3, 20, 20), bool)
    masks[0, 4:9, 4:9] = True
    scores[masks] += 0.3
    plain = localized(scores, masks)
    stretched = scores / 100
    stretched[2, 0, 0] = 1.0  # after min-max scaling, one pixel sets the range
    scores[2, 0, 0] = 100.0
    assert localized(stretched, masks)["au_spro"] == pytest.approx(localized(scores, masks)["au_spro"], abs=1e-12)
    assert plain["pixel_auroc"] == pytest.approx(localized(scores, masks)["pixel_auroc"], abs=1e-3)


@pytest.mark.parametrize(
    ("maps", "masks", "words"),
    [
        (np.zeros((2, 2, 2, 2)), None, "expected"),
        (np.zeros((2, 3, 3)), [None], "2 maps came with masks for 1"),
        (np.zeros((3, 3)), np.zeros((2, 3)), "for a map of shape"),
        (np.array([[np.nan]]), None, "NaN"),
        (np.array([[np.inf, 1]]), None, "infinity"),
        (np.array([[1j]]), None, "real numbers"),
    ],
)
def test_what_cannot_be_scored_is_refused(maps: Array, masks: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        MapMetrics().update(maps, masks)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.array([[0.0, 0.4, 1.0]]), "holds the values 0.4, 1 beside 0"),
        (np.array([[0.0, 0.5, 0.5]]), "holds the values 0.5 beside 0"),
        (np.array([[0, 1, 2]]), "of several classes"),
        (np.array([[0, 1, 255]], np.uint8), "holds the values 1, 255 beside 0"),
        (np.array([[0, 1, -1]]), "holds the negative value -1"),
        (np.array([[0, 1, np.nan]]), "a mask holds NaN"),
        (np.array([[0, 1, np.inf]]), "holds the values 1, inf beside 0"),
        (np.array([["", "a", ""]]), "expected numbers or booleans"),
        (np.array([[1, 2, 3, 4, 5, 6]])[:, :3] * 1.0, "holds the values 1, 2, 3 beside 0"),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_mask_that_is_no_mask_is_refused_and_nothing_of_its_batch_is_kept(
    mask: Array, words: str, dtype: Any, count: int
) -> None:
    metrics = MapMetrics()
    maps = np.ones((count, 1, 3), dtype)
    with pytest.raises(InputError, match=words):
        metrics.update(maps, [*[None] * (count - 1), mask])
    metrics.update(np.zeros((1, 3), np.uint16))  # of another type: nothing came before
    assert metrics.compute()["counts"]["test_good"] == 1


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("seed", range(5))
def test_ignored_pixels_are_left_out(dtype: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    maps, masks = rng.integers(0, 9, (3, 4, 5)).astype(dtype), rng.choice([0, 1, 255], (3, 4, 5), p=[0.6, 0.2, 0.2])
    masks[0][masks[0] == 1] = 0  # a good image
    metrics = MapMetrics(0.5)
    metrics.update(maps, masks, ignore=255)
    result = metrics.compute()
    kept = masks != 255
    # The same pixels as images of one row each: FPR and sPRO know nothing of rows.
    flat = [scores[some][None] for scores, some in zip(maps, kept, strict=True)]
    regions = [
        [(mask[some][None] == 1, max(1, int(0.5 * (mask == 1).sum())))] if (mask == 1).any() else []
        for mask, some in zip(masks, kept, strict=True)
    ]
    assert result["counts"]["negative_pixels"] == int((masks == 0).sum())
    for limit in LIMITS:
        wanted = reference.au_spro(flat, regions, limit)
        assert result["localization"]["au_spro"][limit] == pytest.approx(wanted, abs=1e-12)
    good, bad = [float(flat[0].max())], [float(scores.max()) for scores in flat[1:]]
    assert result["detection"]["auroc"] == reference.pairs_auroc(good, bad)
    assert au_spro(maps, masks, limit="0.3", saturation=0.5, ignore=255) == result["localization"]["au_spro"]["0.3"]
    with pytest.raises(InputError, match="of several classes"):
        MapMetrics().update(maps, masks)
    with pytest.raises(InputError, match="of several classes"):
        MapMetrics().update(maps, masks, ignore=7)


def test_what_is_ignored_must_be_clear() -> None:
    with pytest.raises(InputError, match="to be ignored, in one mask and inside the region of another"):
        MapMetrics().update(np.zeros((1, 2)), [np.array([[0, 9]]), np.array([[0, 1]])], ignore=9)
    with pytest.raises(InputError, match="every pixel of a mask is -1"):
        MapMetrics().update(np.zeros((1, 2)), np.full((1, 2), -1), ignore=-1)
    metrics = MapMetrics()
    metrics.update(np.array([[3, 1, 2]], np.uint8), np.array([[-1, 1, 0]]), ignore=-1)
    assert metrics.compute()["counts"]["negative_pixels"] == 1
    metrics.update(np.empty((0, 1, 3), np.uint8))  # an empty batch
    assert metrics.compute()["counts"]["test_defective"] == 1


def test_mixed_types_are_refused() -> None:
    metrics = MapMetrics()
    metrics.update(np.zeros((2, 2), np.uint8))
    with pytest.raises(InputError, match="uint16 map came after uint8"):
        metrics.update(np.zeros((2, 2), np.uint16))
    other = MapMetrics()
    other.update(np.zeros((2, 2)))
    with pytest.raises(InputError, match="float64 map came after uint8"):
        metrics.merge(other)


SCENES = st.lists(
    st.tuples(
        st.lists(st.integers(-3, 3), min_size=12, max_size=12),
        st.lists(st.lists(st.booleans(), min_size=12, max_size=12), max_size=2),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(SCENES, st.sampled_from([0.3, 0.5, 1.0, 1, 5]), st.sampled_from([np.uint8, np.uint16, np.float32, np.float64]))
def test_any_small_scene_equals_sorting_everything(scenes: Any, threshold: float, dtype: Any) -> None:
    maps, regions = [], []
    metrics, halves = MapMetrics(threshold), [MapMetrics(threshold), MapMetrics(threshold)]
    for place, (values, masks) in enumerate(scenes):
        scores = np.array(values).reshape(3, 4)
        scores = (scores + 3).astype(dtype) if np.dtype(dtype).kind == "u" else (scores / 7).astype(dtype)
        planes = [np.array(mask).reshape(3, 4) for mask in masks if any(mask)]
        for target in (metrics, halves[place % 2]):
            target.update(scores, planes)
        maps.append(scores)
        relative = isinstance(threshold, float)
        regions.append(
            [(plane, reference.saturation_area(threshold, int(plane.sum()), relative=relative)) for plane in planes]
        )
    halves[0].merge(halves[1])
    result = metrics.compute()
    assert halves[0].compute() == result
    outside = [float(v) for m, r in zip(maps, regions, strict=True) for v in m[~reference.union(r, (3, 4))]]
    inside = [float(v) for m, r in zip(maps, regions, strict=True) for v in m[reference.union(r, (3, 4))]]
    block = result["localization"]
    for limit in LIMITS:
        wanted = reference.au_spro(maps, regions, limit) if inside and outside else None
        assert block["au_spro"][limit] == (None if wanted is None else pytest.approx(wanted, abs=1e-12))
    if inside and outside:
        labels, values = [0] * len(outside) + [1] * len(inside), outside + inside
        assert block["au_pro"]["0.3"] == pytest.approx(reference.au_pro(maps, regions, "0.3"), abs=1e-12)
        assert block["pixel_auroc"] == pytest.approx(roc_auc_score(labels, values), abs=1e-12)
        assert block["pixel_ap"] == pytest.approx(average_precision_score(labels, values), abs=1e-12)
        assert block["pixel_f1_max"] == pytest.approx(reference.f1_max(outside, inside), abs=1e-12)
        called = [value > block["pixel_f1_max_threshold"] for value in values]
        tp = sum(1 for hit, label in zip(called, labels, strict=True) if hit and label)
        assert 2 * tp / (sum(called) + len(inside)) == pytest.approx(block["pixel_f1_max"], abs=1e-12)


def test_saturation_objects_and_one_a_region() -> None:
    metrics = MapMetrics()
    masks = [np.array([[1, 1, 0]]), np.array([[0, 1, 0]])]
    metrics.update(np.array([[1, 2, 0]], np.uint8), masks, saturation=[Saturation(1, relative=False), 1.0])
    assert metrics.compute()["localization"]["au_spro"]["1.0"] == 1.0
    with pytest.raises(InputError, match="2 regions came with 1 values"):
        metrics.update(np.array([[1, 2, 0]], np.uint8), masks, saturation=[1.0])


class _OnlyDlpack:
    """An array of a library whose arrays NumPy cannot read but over DLPack."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self._array = array

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("lies on an accelerator")

    def __dlpack__(self, **_: Any) -> Any:
        return self._array.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()


def test_whatever_has_dlpack_is_taken_as_its_array() -> None:
    scores, mask = np.array([[1.0, 9.0], [2.0, 3.0]], np.float32), np.array([[0, 1], [0, 1]], np.uint8)
    plain, foreign = MapMetrics(), MapMetrics()
    plain.update(scores, mask)
    foreign.update(_OnlyDlpack(scores), _OnlyDlpack(mask))
    assert foreign.compute() == plain.compute()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda metrics: metrics.update(object()), "a map of type object came"),
        (lambda metrics: metrics.update([[1, 2], [3]]), "cannot be made an array"),
        (lambda metrics: metrics.update(np.ones((1, 2, 2)), 5), "int came as the masks of a batch"),
        (lambda metrics: metrics.update(np.ones((2, 2)), 5), r"a mask of shape \(\) came"),
        (lambda metrics: metrics.update(np.ones((2, 2)), np.eye(2), defect=3), "the defects .* came, expected names"),
        (lambda metrics: metrics.update(np.ones((2, 2)), np.eye(2), saturation="much"), "saturation of type str"),
        (lambda metrics: metrics.merge(3), "int cannot be merged"),
        (lambda _: MapMetrics(None), "saturation of type NoneType"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_an_array_gets_a_message(call: Callable[[MapMetrics], None], words: str) -> None:
    metrics = MapMetrics()
    with pytest.raises(InputError, match=words):
        call(metrics)
    assert repr(metrics) == "MapMetrics(nothing yet)"


def test_a_short_repr_says_what_came() -> None:
    metrics = MapMetrics()
    metrics.update(np.zeros((3, 2, 2), np.float32), [None, np.eye(2), [np.eye(2), np.ones((2, 2))]])
    assert repr(metrics) == "MapMetrics(1 good and 2 defective maps, 3 regions, float32)"
