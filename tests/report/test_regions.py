"""Small multiples of regions: bins counted by hand, and what cannot be drawn said in words."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from curate.card.measured import SUMMARISED
from curate.execution import Execution
from curate.report.page import RegionsPart
from curate.report.regions import regions_parts
from curate.report.run import Request, write_report
from tests.report.material import BAD, HOSTILE, Names, write_dataset


def drawn(rows: list[tuple[str, float, float, float]], unread: int = 0) -> RegionsPart:
    """Draw regions of one category: defect, area, contrast and distance to the border."""
    frame = pd.DataFrame(
        [
            {"category": "clip", "defect": defect, **dict.fromkeys(SUMMARISED, 1.0), "area_px": area,
             "contrast_grey": contrast, "border_distance_px": distance}
            for defect, area, contrast, distance in rows
        ]
    )  # fmt: skip
    frame.attrs["unread"] = ["x"] * unread
    return regions_parts(frame, ["clip"])["clip"]


def test_a_column_has_the_same_bins_for_all_defects() -> None:
    rows = [("dent", 1.0, 0.0, 0.0), ("dent", 100.0, 11.9, 6.0), ("scratch", 4096.0, 12.0, 12.0)]
    (dent, first), (scratch, second) = drawn(rows).charts
    assert (dent, scratch) == ("dent", "scratch")
    # Areas from 1 to 4096 = 2^12: each of the 12 bins is a factor of 2. 100 lies between 64 and 128.
    assert first[0].counts == (1, *[0] * 5, 1, *[0] * 5)
    assert second[0].counts == (*[0] * 11, 1)
    # Contrast from 0 to 12: each bin is 1 wide; the last holds both of its ends.
    assert first[1].counts == (1, *[0] * 10, 1)
    assert second[1].counts == (*[0] * 11, 1)
    assert first[2].counts == (1, *[0] * 5, 1, *[0] * 5)
    assert (first[0].low, first[0].high) == ("1", "4,096 px")
    assert first[0].says == "area: 2 regions, median 50.5 px"


def test_values_that_are_alike_are_one_bar_with_one_number() -> None:
    ((_, (area, *_)),) = drawn([("dent", 7.0, 1.0, 1.0)] * 3).charts
    assert (area.counts, area.low, area.high) == ((3,), "", "7 px")


def test_regions_without_a_surround_are_counted_in_words() -> None:
    ((_, (_, contrast, _)),) = drawn([("dent", 7.0, math.nan, 1.0), ("dent", 8.0, -3.0, 1.0)]).charts
    assert contrast.counts == (1,)
    assert (
        contrast.says == "contrast against the surround: 1 region, median -3 grey levels; 1 region without a surround"
    )
    ((_, (_, none, _)),) = drawn([("dent", 7.0, math.nan, 1.0)]).charts
    assert (none.counts, none.says) == ((), "contrast against the surround: not measured; 1 region without a surround")


def test_images_that_could_not_be_read_are_said() -> None:
    assert drawn([("dent", 7.0, 1.0, 1.0)]).note == ""
    assert (
        drawn([("dent", 7.0, 1.0, 1.0)], unread=2).note
        == "2 images of the dataset could not be read and are not measured."
    )


def test_a_category_of_which_no_image_could_be_read_says_so() -> None:
    frame = pd.DataFrame({name: [] for name in ("category", "defect", *SUMMARISED)})
    assert regions_parts(frame, ["clip"]) == {}
    frame.attrs["unread"] = ["x"]
    words = "1 image of the dataset could not be read and is not measured."
    assert regions_parts(frame, ["clip"]) == {"clip": RegionsPart((), None, words)}


@pytest.mark.parametrize("names", [Names(), HOSTILE], ids=["plain", "hostile"])
def test_the_report_holds_them_and_escapes_names(tmp_path: Path, names: Names) -> None:
    output = tmp_path / "report.html"
    write_report(Request(write_dataset(tmp_path / "data", names)), output, execution=Execution(jobs=1))
    text = output.read_text(encoding="utf-8")
    assert f"area: {BAD} regions, median" in text
    assert text.count('<svg viewBox="0 0 120 40"') == 2  # area and contrast; all lie equally far from the border
    assert "<script>pwned" not in text.replace("\\u003cscript", "")


def test_a_dataset_whose_defects_have_no_mask_has_none(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data")
    for mask in sorted((data / "part" / "ground_truth").rglob("*.png")):
        mask.unlink()
    output = tmp_path / "report.html"
    write_report(Request(data), output, execution=Execution(jobs=1))
    assert "Regions measured, per defect" not in output.read_text(encoding="utf-8")
