from __future__ import annotations

import hashlib
import json
import math
import shutil
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from curate.card.croissant import Publication
from curate.card.describe import _spearman
from curate.card.run import CardReport, make_card
from curate.convert.run import convert_dataset
from curate.datasets.dataset import read_dataset
from curate.disk.schema import schema_problems
from tests.validate.test_cases import CASES, build

COMPLETE = Publication(
    "case",
    version="1.0.0",
    license="https://creativecommons.org/publicdomain/zero/1.0/",
    description="Random textures.",
    url="https://example.org/case",
    creator="Example",
    published="2024-05-02",
)


def ok() -> CardReport:
    return make_card(CASES / "ok")


def test_the_numbers_of_a_category() -> None:
    card = ok()
    (category,) = card.categories
    assert category.images == {"train": {"good": 8}, "test": {"good": 6, "scratch": 6}}
    assert category.sizes == {"24×24": 20}
    assert category.shares == {"train": 0.4, "test": 0.6}
    assert (category.supervision, category.tasks) == ("none", ("detection", "localization"))
    # Masks are (4 + i % 3 .. 14) wide and (5 .. 11 + i % 4) high for i = 0 .. 5: 60, 63, 64, 90, 54, 56 pixels.
    scratch = category.defects["scratch"]
    assert (scratch.images, scratch.regions, scratch.saturation) == (6, 6, ("0.5",))
    assert scratch.area_px == (54, 61.5, 90)
    assert scratch.area_share == pytest.approx(61.5 / 576)
    assert category.drift is None
    assert card.findings == ()


def test_period_and_drift_come_from_the_card_of_the_export(tmp_path: Path) -> None:
    build(CASES / "CUR130/silent", tmp_path / "data")
    (category,) = make_card(tmp_path / "data").categories
    assert (category.first_shot_at, category.last_shot_at) == ("2024-05-01T10:00:00", "2024-05-01T10:19:00")
    assert category.drift is not None
    assert -1 <= category.drift.rank_correlation <= 1


def test_supervised_tasks_need_training_labels(tmp_path: Path) -> None:
    build(CASES / "CUR320/silent", tmp_path / "data")
    (category,) = make_card(tmp_path / "data").categories
    assert category.supervision == "weak"
    assert category.tasks == ("detection", "localization", "supervised detection")


def test_json_keeps_its_promise(tmp_path: Path) -> None:
    for case in ("CUR130/silent", "CUR320/silent"):
        build(CASES / case, tmp_path / case)
        assert schema_problems(json.loads(json.dumps(make_card(tmp_path / case).to_json())), "card") == []


def test_markdown_and_text() -> None:
    card = ok()
    assert "| part | 8 | 6 | scratch 6 | 6 | 24×24 | none | detection, localization |" in card.to_markdown()
    assert "| scratch | 6 | 6 | 54 / 61.5 / 90 | 10.68% | 0.5 |" in card.to_markdown()
    assert "train: 8 images (good 8); 40% of all\n" in card.to_text()


def test_the_fingerprint_follows_every_byte(tmp_path: Path) -> None:
    shutil.copytree(CASES / "ok", tmp_path / "ok")
    assert make_card(tmp_path / "ok").fingerprint == ok().fingerprint
    (tmp_path / "ok/part/test/good/0005.png").unlink()
    assert make_card(tmp_path / "ok").fingerprint != ok().fingerprint


def test_croissant_covers_every_file_with_its_patterns() -> None:
    document = make_card(CASES / "ok", publication=COMPLETE).to_croissant()
    assert document["conformsTo"] == [f"http://mlcommons.org/croissant/{name}1.0" for name in ("", "RAI/")]
    sets = {entry["@id"]: entry for entry in document["distribution"] if entry["@type"] == "cr:FileSet"}
    matched = {
        name: [path for glob in entry["includes"] for path in (CASES / "ok").glob(glob)] for name, entry in sets.items()
    }
    assert {name: len(paths) for name, paths in matched.items()} == {"images": 20, "masks": 6}
    assert document["distribution"][0]["sha256"] == ok().fingerprint.removeprefix("sha256:")


def test_what_is_unknown_is_left_out() -> None:
    assert "license" not in ok().to_croissant()


@pytest.mark.filterwarnings("ignore")  # mlcroissant leaves files open and uses what its libraries deprecate
def test_mlcroissant_reads_it_without_a_complaint(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="the extra test-croissant is not installed")
    shutil.copytree(CASES / "ok", tmp_path / "ok")
    document = make_card(tmp_path / "ok", publication=COMPLETE).to_croissant()
    (tmp_path / "ok/croissant.json").write_text(json.dumps(document))
    dataset = mlcroissant.Dataset(tmp_path / "ok/croissant.json")
    assert dataset.metadata.ctx.issues.report() == ""
    records = list(dataset.records("samples"))
    assert len(records) == 20
    found = {(record["samples/split"], record["samples/label"]) for record in records}
    assert found == {(b"train", b"good"), (b"test", b"good"), (b"test", b"scratch")}
    assert {record["samples/category"] for record in records} == {b"part"}
    regions = list(dataset.records("regions"))
    assert len(regions) == 6
    assert {record["regions/defect"] for record in regions} == {b"scratch"}
    assert len({record["regions/image"] for record in regions}) == 6
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["0000", "a"])
def test_croissant_finds_the_images_in_shards_and_not_their_masks(tmp_path: Path, name: str) -> None:
    from curate.convert.run import convert_dataset, plan_conversion
    from tests.datasets.trees import mask, picture

    picture(tmp_path / f"data/train/good/{name}.png")
    picture(tmp_path / f"data/test/good/{name}.png")
    picture(tmp_path / f"data/test/x/{name}.png")
    mask(tmp_path / f"data/ground_truth/x/{name}_mask.png", (0, 0, 2, 2, 255))
    dataset, _ = plan_conversion(tmp_path / "data", "webdataset")
    convert_dataset(dataset, tmp_path / "out", "webdataset")
    distribution = make_card(tmp_path / "out", publication=COMPLETE).to_croissant()["distribution"]
    shards = {part["@id"]: part["sha256"] for part in distribution if part["@id"].endswith(".tar")}
    assert shards == {
        f"data/{split}-000000.tar": hashlib.sha256((tmp_path / f"out/data/{split}-000000.tar").read_bytes()).hexdigest()
        for split in ("train", "test")
    }
    (images,) = [part for part in distribution if part["@id"] == "images"]
    assert {part["@id"] for part in images["containedIn"]} == set(shards)
    # mlcroissant matches with fnmatch, and knows no exclusion.
    files = [f"{label}_{name}{end}" for label in ("good", "x") for end in (".png", ".mask.png", ".json")]
    matched = [file for file in files if any(fnmatch(file, pattern) for pattern in images["includes"])]
    assert matched == [f"good_{name}.png", f"x_{name}.png"]


def test_regions_are_summarised_by_defect() -> None:
    card = make_card(CASES / "ok", regions=True)
    assert card.regions is not None
    assert card.measured is not None
    rows = card.regions
    for category, defects in card.measured.items():
        for defect, known in defects.items():
            part = rows[(rows["category"] == category) & (rows["defect"] == defect)]
            assert known["regions"] == len(part)
            assert known["area_px"][1] == pytest.approx(np.median(part["area_px"]), rel=1e-3)
    assert schema_problems(json.loads(json.dumps(card.to_json())), "card") == []
    assert "Regions measured" in card.to_markdown()
    assert "regions" not in make_card(CASES / "ok").to_json()


def test_the_p_value_of_drift_is_spearmans() -> None:
    """By hand: ranks of 10 values in order but for one exchange; scipy's own test says 3e-6, the normal law 3e-3."""
    levels = [1.0, 2.0, 3.0, 4.0, 6.0, 5.0, 7.0, 8.0, 9.0, 10.0]
    correlation, p_value = _spearman(levels)
    assert correlation == pytest.approx(1 - 6 * 2 / (10 * 99))  # 1 - 6 Σd² / (n (n² - 1))
    t = correlation * (8 / (1 - correlation**2)) ** 0.5
    assert p_value == pytest.approx(2 * student_tail(t, 8), rel=1e-6)
    assert _spearman([4.0] * 12) == (0.0, 1.0)


def student_tail(t: float, degrees: int) -> float:
    """Integrate Student's density from t on, by the trapezium rule on a substituted axis."""
    u = np.linspace(0, 1, 2_000_001)[:-1]
    x = t + u / (1 - u)
    constant = math.gamma((degrees + 1) / 2) / (math.gamma(degrees / 2) * math.sqrt(degrees * math.pi))
    density = constant * (1 + x**2 / degrees) ** (-(degrees + 1) / 2) / (1 - u) ** 2
    return float(np.trapezoid(density, u))


def test_a_benchmark_of_good_training_images_is_not_measured_by_the_usual_shares() -> None:
    assert "usual" not in make_card(CASES / "ok").to_text()


def test_regions_that_are_no_mask_files_fill_areas_and_thresholds(tmp_path: Path) -> None:
    source = read_dataset(CASES / "ok")
    convert_dataset(source, tmp_path / "out", "coco")
    mine, theirs = (make_card(root).categories[0].defects for root in (CASES / "ok", tmp_path / "out"))
    for name, known in mine.items():
        assert theirs[name].area_px == known.area_px
        assert theirs[name].saturation == known.saturation
