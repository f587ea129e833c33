"""What a fingerprint depends on, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from curate.evaluate.provenance import dataset_fingerprint, submission_fingerprint
from curate.model.dataset import Category, Dataset, Sample
from curate.model.defect import Saturation
from curate.model.evaluation_options import EvaluationOptions
from curate.model.region import Ellipse, Polygon, Rectangle, Region, Shape
from curate.model.result import UnscoredParts

SQUARE = Polygon(((1.0, 1.0), (5.0, 1.0), (5.0, 5.0), (1.0, 5.0)))
DISC = Ellipse(4.0, 4.0, 2.0, 2.0)
SCRATCH = Region("a1", "scratch", (SQUARE, DISC))
HOLE = Region("a2", "hole", (DISC,), Saturation(3, relative=False))


def fingerprint(*regions: Region, side: str = "test") -> str:
    sample = Sample(side, "scratch", "0000", f"images/{side}.png", regions=regions)
    dataset = Dataset("set", "set", "coco", (Category("part", "", (sample,)),))
    return dataset_fingerprint(dataset, {"size:images/test.png": "8x8", f"image:images/{side}.png": "0"})


def test_identifiers_and_order_do_not_matter() -> None:
    turned = Region("z9", "scratch", (DISC, SQUARE), Saturation(1.0))
    assert fingerprint(SCRATCH, HOLE) == fingerprint(HOLE, turned)


@pytest.mark.parametrize(
    "other",
    [
        replace(SCRATCH, defect="hole"),
        replace(SCRATCH, saturation=Saturation(0.5)),
        replace(SCRATCH, shapes=(SQUARE,)),
        replace(SCRATCH, shapes=(SQUARE, replace(DISC, angle_deg=10.0))),
        replace(SCRATCH, shapes=(SQUARE, replace(DISC, rx_px=2.000001))),
    ],
    ids=["defect", "saturation", "fewer shapes", "angle", "radius"],
)
def test_what_changes_a_number_changes_the_fingerprint(other: Region) -> None:
    assert fingerprint(other) != fingerprint(SCRATCH)


def test_shapes_of_the_same_numbers_are_told_apart() -> None:
    shapes: list[Shape] = [Ellipse(4.0, 4.0, 2.0, 2.0), Rectangle(4.0, 4.0, 2.0, 2.0)]
    assert len({fingerprint(Region("a", "scratch", (shape,))) for shape in shapes}) == 2


def test_regions_of_training_images_change_no_number() -> None:
    assert fingerprint(SCRATCH, side="train") == fingerprint(HOLE, side="train")


@pytest.mark.parametrize("side", ["train", "val", "test"])
def test_the_bytes_of_every_image_are_covered_from_version_2_on(side: str) -> None:
    sample = Sample(side, "good", "0000", "images/0.png")
    dataset = Dataset("set", "set", "coco", (Category("part", "", (sample,)),))
    digests = [{"size:images/0.png": "8x8", "image:images/0.png": digest} for digest in ("0", "1")]
    assert len({dataset_fingerprint(dataset, entry) for entry in digests}) == 2
    assert len({dataset_fingerprint(dataset, entry, 1) for entry in digests}) == 1


def test_whose_it_is_how_it_was_scored_and_what_was_left_out_are_covered() -> None:
    left = UnscoredParts((), {"part": ("test/good/0",)})
    prints = {
        submission_fingerprint(*named, options, left_out)
        for named in (("f", "a", "1"), ("g", "a", "1"), ("f", "b", "1"), ("f", "a", "2"))
        for options in (EvaluationOptions(), EvaluationOptions(resize="nearest"), EvaluationOptions(seed=1))
        for left_out in (None, left)
    }
    assert len(prints) == 4 * 3 * 2
    insisted = EvaluationOptions(layout="coco")  # the dataset's part says which layout was read, whoever chose it
    assert submission_fingerprint("f", "a", "1", insisted, None) in prints
