from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from curate.convert.run import ConversionOptions, ConversionReport, convert_dataset, plan_conversion
from curate.datasets.card import read_card
from curate.datasets.dataset import read_dataset
from curate.datasets.writers.publish import CategoryJob, publish
from curate.datasets.writers.registry import WRITER_BY_NAME, WRITERS
from curate.disk.schema import schema_problems
from curate.errors import InputError
from curate.execution import Execution
from curate.model.dataset import Sample
from tests.convert.sources import IMAGES, contents, photo, rich_dataset
from tests.datasets.trees import areas, counts, mask, picture

LAYOUTS = [writer.layout for writer in WRITERS]


def convert(source: Path, destination: Path, to: str, **options: object) -> ConversionReport:
    dataset, _ = plan_conversion(source, to)
    known = {name: options.pop(name) for name in ("link", "logical", "train", "skip_bad") if name in options}
    asked = ConversionOptions(check=True, **known)  # type: ignore[arg-type]
    return convert_dataset(dataset, destination, to, options=asked, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("to", LAYOUTS)
def test_every_layout_reads_back_what_it_can_hold(tmp_path: Path, to: str) -> None:
    report = convert(rich_dataset(tmp_path / "source"), tmp_path / "out", to)
    assert report.findings == ()
    assert report.checked == len(IMAGES)
    dataset = read_dataset(tmp_path / "out")
    assert dataset.layout == to
    # Every layout's row says "yes" or "beside" for both.
    assert sorted(sample.specimen for sample in dataset.categories[0].samples) == ["s0", "s0", "s1", "s1", "s2", "s2"]
    assert len({sample.shot_at for sample in dataset.categories[0].samples} - {""}) == len(IMAGES)
    card = read_card(tmp_path / "out/part/dataset.json")
    assert card is not None
    assert (card.name, card.version, card.license, card.layout) == ("line", "1.2", "CC0", to)
    assert schema_problems(json.loads((tmp_path / "out/part/dataset.json").read_text()), "dataset") == []


@pytest.mark.parametrize("to", ["autovi", "mvtec-loco", "coco", "huggingface", "webdataset"])
def test_regions_and_thresholds_survive_there_and_back(tmp_path: Path, to: str) -> None:
    source = rich_dataset(tmp_path / "source")
    convert(source, tmp_path / "there", to)
    convert(tmp_path / "there", tmp_path / "back", "autovi")
    before, after = read_dataset(source), read_dataset(tmp_path / "back")
    assert sorted(map(sorted, areas(source).values())) == sorted(map(sorted, areas(tmp_path / "back").values()))
    thresholds = {(entry.defect_name, str(entry.saturation)) for entry in before.categories[0].defects}
    assert {(entry.defect_name, str(entry.saturation)) for entry in after.categories[0].defects} == thresholds
    known = {(sample.specimen, sample.shot_at) for sample in before.categories[0].samples}
    assert {(sample.specimen, sample.shot_at) for sample in after.categories[0].samples} == known


def test_yolo_outlines_keep_holes_and_pieces_to_the_pixel(tmp_path: Path) -> None:
    convert(rich_dataset(tmp_path / "source"), tmp_path / "out", "yolo")
    # Counted by hand: a ring of 6×6 less 2×2, and a piece of 4×2; two single pixels; 8×5.
    assert areas(tmp_path / "out") == {
        "part/test/multiple/multiple_0000": [("scratch", 40), ("missing", 2), ("missing", 40)],
        "part/test/scratch/scratch_0000": [("scratch", 40)],
    }


def test_mvtec_ad_joins_the_regions_of_an_image(tmp_path: Path) -> None:
    report = convert(rich_dataset(tmp_path / "source"), tmp_path / "out", "mvtec-ad")
    assert counts(read_dataset(tmp_path / "out"))["part"] == {
        "train/good": 2,
        "val/good": 1,
        "test/good": 1,
        "test/scratch": 1,
        "test/multiple": 1,
    }
    masks = sorted(path.name for path in (tmp_path / "out/part/ground_truth").rglob("*.png"))
    assert masks == ["0000_mask.png", "0000_mask.png"]
    written = cv2.imread(str(tmp_path / "out/part/ground_truth/multiple/0000_mask.png"), cv2.IMREAD_UNCHANGED)
    assert written is not None
    assert written.shape == (12, 16)
    # Ring and piece 40, two pixels, the box of 40 less the 8 pixels of the ring under it and the pixel at (8..9, ..).
    union = np.zeros((12, 16), bool)
    union[1:7, 1:7] = True
    union[3:5, 3:5] = False
    union[10:12, 12:16] = union[4:9, 4:12] = True
    union[2, 8] = union[3, 9] = True
    assert np.array_equal(written, union * np.uint8(255))
    lost = {loss.aspect: loss.is_loss for loss in report.losses}
    assert lost == {
        "regions": True,
        "defects": True,
        "saturation": True,
        "validation": False,
        "specimen": False,
        "time": False,
    }


def test_mvtec_loco_sorts_by_the_kind_of_defect(tmp_path: Path) -> None:
    convert(rich_dataset(tmp_path / "source"), tmp_path / "out", "mvtec-loco", logical=frozenset({"missing"}))
    names = sorted(
        path.relative_to(tmp_path / "out/part").as_posix() for path in tmp_path.glob("out/part/test/*/*.png")
    )
    assert names == [
        "test/good/0000.png",
        "test/logical_anomalies/multiple_0000.png",
        "test/structural_anomalies/scratch_0000.png",
    ]
    drawn = cv2.imread(
        str(tmp_path / "out/part/ground_truth/logical_anomalies/multiple_0000/001.png"), cv2.IMREAD_UNCHANGED
    )
    assert drawn is not None
    assert drawn.ndim == 2
    assert set(np.unique(drawn).tolist()) == {0, 254}
    assert (tmp_path / "out/part/validation/good/0000.png").is_file()


def test_loco_becomes_autovi_without_the_names_that_its_script_refuses(tmp_path: Path) -> None:
    convert(rich_dataset(tmp_path / "source"), tmp_path / "loco", "mvtec-loco", logical=frozenset({"missing"}))
    convert(tmp_path / "loco", tmp_path / "out", "autovi")
    labels = sorted(path.name for path in (tmp_path / "out/part/test").iterdir())
    assert labels == ["good", "multiple", "scratch"]


@pytest.mark.parametrize("to", LAYOUTS)
def test_same_bytes_whatever_the_jobs_and_after_a_kill(tmp_path: Path, to: str) -> None:
    source = rich_dataset(tmp_path / "source")
    convert(source, tmp_path / "one", to, execution=Execution(jobs=1))
    convert(source, tmp_path / "many", to, execution=Execution(jobs=4), link=False)
    undisturbed = contents(tmp_path / "one")
    assert contents(tmp_path / "many") == undisturbed
    # A killed run: the hidden folder holds its plan, a good file, a half-written one and a leftover of another plan.
    half = tmp_path / "many/.curate-new-part"
    (tmp_path / "many/part").rename(half)
    victim = next(path for path in sorted(half.rglob("*.*")) if path.is_file())
    victim.write_bytes(b"half")
    (half / "stray.txt").write_text("left over")
    convert(source, tmp_path / "many", to)
    assert contents(tmp_path / "many") == undisturbed


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from curate.datasets.writers import publish as publishing
    from curate.disk import atomic

    source = rich_dataset(tmp_path / "source")
    convert(source, tmp_path / "undisturbed", "mvtec-ad")
    placed: list[str] = []
    real = atomic.place_file

    def counting(path: Path, target: Path, *, link: bool = False) -> object:
        if len(placed) == 3:
            raise KeyboardInterrupt
        placed.append(target.name)
        return real(path, target, link=link)

    monkeypatch.setattr(publishing, "place_file", counting)
    with pytest.raises(KeyboardInterrupt):
        convert(source, tmp_path / "out", "mvtec-ad", execution=Execution(jobs=1))
    assert not (tmp_path / "out/part").exists()
    monkeypatch.setattr(publishing, "place_file", real)
    again: list[str] = []

    def noting(path: Path, target: Path, *, link: bool = False) -> object:
        again.append(target.name)
        return real(path, target, link=link)

    monkeypatch.setattr(publishing, "place_file", noting)
    convert(source, tmp_path / "out", "mvtec-ad", execution=Execution(jobs=1))
    assert len(again) == len(IMAGES) - 3
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")


def test_images_are_hard_links_where_their_bytes_stay(tmp_path: Path) -> None:
    source = rich_dataset(tmp_path / "source")
    convert(source, tmp_path / "linked", "coco")
    convert(source, tmp_path / "copied", "coco", link=False)
    original = source / "part/test/good/0000.png"
    assert (tmp_path / "linked/part/images/test/good_0000.png").samefile(original)
    assert not (tmp_path / "copied/part/images/test/good_0000.png").samefile(original)


def test_a_turned_photograph_is_written_upright(tmp_path: Path) -> None:
    photo(tmp_path / "source/good/a.jpg", 6)
    photo(tmp_path / "source/dent/b.jpg", 6)
    # Upright it is 4 wide and 8 high; its white half lies on the right.
    mask(tmp_path / "source/masks/dent/b.png", (2, 0, 4, 8, 255), size=(4, 8))
    report = convert(tmp_path / "source", tmp_path / "out", "coco")
    assert [finding.code for finding in report.findings] == ["CUR193"]
    written = cv2.imread(str(tmp_path / "out/source/images/test/dent_b.png"))
    assert written is not None
    assert written.shape[:2] == (8, 4)
    assert written[4, 3].min() > 200
    assert written[4, 0].max() < 50


def test_shards_hold_the_same_parts_for_every_sample(tmp_path: Path) -> None:
    convert(rich_dataset(tmp_path / "source"), tmp_path / "out", "webdataset")
    assert sorted(path.name for path in (tmp_path / "out/part").iterdir()) == [
        "dataset.json",
        "test-000000.tar",
        "train-000000.tar",
        "val-000000.tar",
    ]
    with tarfile.open(fileobj=io.BytesIO((tmp_path / "out/part/test-000000.tar").read_bytes())) as archive:
        names = archive.getnames()
        assert {(entry.mtime, entry.uid, entry.uname) for entry in archive} == {(0, 0, "")}
    keys = ["good_0000", "multiple_0000", "scratch_0000"]
    assert names == [f"{key}{ending}" for key in keys for ending in (".json", ".mask.png", ".png")]


def test_a_folder_that_curate_did_not_write_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "out/part").mkdir(parents=True)
    (tmp_path / "out/part/thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not written by curate"):
        convert(rich_dataset(tmp_path / "source"), tmp_path / "out", "yolo")
    assert (tmp_path / "out/part/thesis.txt").read_text() == "years of work"


def test_never_into_the_source(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lies in the source"):
        convert(rich_dataset(tmp_path / "source"), tmp_path / "source/out", "yolo")


def test_a_difference_is_found(tmp_path: Path) -> None:
    from curate.datasets.writers.check import check_written

    dataset, _ = plan_conversion(rich_dataset(tmp_path / "source"), "mvtec-ad")
    job = CategoryJob(dataset, dataset.categories[0], WRITER_BY_NAME["mvtec-ad"], tmp_path / "out")
    written = publish(job, Execution().map)
    assert check_written(dataset, tmp_path / "out", "mvtec-ad", [written], Execution().map) == []
    mask(tmp_path / "out/part/ground_truth/scratch/0000_mask.png", (1, 1, 7, 7, 255), size=(16, 12))
    (said,) = check_written(dataset, tmp_path / "out", "mvtec-ad", [written], Execution().map)
    assert (said.code, said.path) == ("CUR195", "part/test/scratch/0000.png")


def test_visa_lists_every_category_in_one_table(tmp_path: Path) -> None:
    source = rich_dataset(tmp_path / "source", "a")
    rich_dataset(source, "b")
    convert(source, tmp_path / "out", "visa")
    rows = (tmp_path / "out/split_csv/1cls.csv").read_text().splitlines()
    assert rows[0] == "object,split,label,image,mask"
    assert [row.split(",")[0] for row in rows[1:]] == ["a"] * len(IMAGES) + ["b"] * len(IMAGES)


def test_two_images_that_would_get_one_name_get_two(tmp_path: Path) -> None:
    picture(tmp_path / "source/good/a_b.png")
    picture(tmp_path / "source/a/b_c.png")
    picture(tmp_path / "source/a_b/c.png")
    mask(tmp_path / "source/masks/a/b_c.png", (0, 0, 1, 1, 255))
    mask(tmp_path / "source/masks/a_b/c.png", (0, 0, 1, 1, 255))
    report = convert(tmp_path / "source", tmp_path / "out", "yolo")
    assert report.checked == 3
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.txt")) == [
        "a_b_c.txt",
        "a_b_c_2.txt",
        "good_a_b.txt",
    ]


def test_shards_of_mixed_images_hold_png_only(tmp_path: Path) -> None:
    photo(tmp_path / "source/good/a.jpg", 1)
    picture(tmp_path / "source/good/b.png")
    picture(tmp_path / "source/dent/c.png")
    mask(tmp_path / "source/masks/dent/c.png", (0, 0, 1, 1, 255))
    convert(tmp_path / "source", tmp_path / "out", "webdataset")
    with tarfile.open(tmp_path / "out/source/test-000000.tar") as archive:
        assert {name.partition(".")[2] for name in archive.getnames()} == {"json", "mask.png", "png"}


def test_what_the_published_loco_script_insists_on(tmp_path: Path) -> None:
    convert(rich_dataset(tmp_path / "source"), tmp_path / "out", "mvtec-loco", logical=frozenset({"missing"}))
    root = tmp_path / "out/part"
    config = json.loads((root / "defects_config.json").read_text())
    for entry in config:
        assert type(entry["saturation_threshold"]) is (float if entry["relative_saturation"] else int)
    known = {entry["pixel_value"] for entry in config}
    files = [path for path in (root / "ground_truth").rglob("*") if path.is_file()]
    images = {path.relative_to(root / "test").with_suffix("").as_posix() for path in (root / "test").rglob("*.png")}
    assert {path.parent.relative_to(root / "ground_truth").as_posix() for path in files} == {
        image for image in images if not image.startswith("good/")
    }
    assert {image.split("/")[0] for image in images} == {"good", "logical_anomalies", "structural_anomalies"}
    for path in files:
        written = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert written is not None
        assert written.ndim == 2
        assert written.dtype == np.uint8
        values = set(np.unique(written).tolist()) - {0}
        assert len(values) == 1
        assert values <= known


def test_real_figures_do_not_change_on_the_way_through_coco(shared: Path, tmp_path: Path) -> None:
    from curate.evaluate.run import evaluate_submission

    convert(shared / "data/autovi_pipe_staple", tmp_path / "coco", "coco")
    result = evaluate_submission(shared / "golden/submission", tmp_path / "coco").result
    assert result is not None
    golden = json.loads((shared / "golden/figures.json").read_text())["exact"]["localization"]["au_spro"]
    found = result.categories["pipe_staple"].localization.au_spro
    assert found == pytest.approx(golden, abs=1e-6)


def test_a_dataset_comes_back_out_of_shards_to_the_byte(tmp_path: Path) -> None:
    source = rich_dataset(tmp_path / "source")
    convert(source, tmp_path / "shards", "webdataset")
    convert(tmp_path / "shards", tmp_path / "back", "autovi")
    again, original = contents(tmp_path / "back/part"), contents(source / "part")
    images = [f"{image}.png" for image in IMAGES]
    assert {name: again[name] for name in images} == {name: original[name] for name in images}
    before, after = read_card(source / "part/dataset.json"), read_card(tmp_path / "back/part/dataset.json")
    assert before is not None
    assert after is not None
    known = {origin.path: (origin.frame, origin.order, origin.specimen, origin.shot_at) for origin in before.samples}
    assert {
        origin.path: (origin.frame, origin.order, origin.specimen, origin.shot_at) for origin in after.samples
    } == known


def test_shards_from_shards_are_the_same_shards(tmp_path: Path) -> None:
    convert(rich_dataset(tmp_path / "source"), tmp_path / "one", "webdataset")
    convert(tmp_path / "one", tmp_path / "two", "webdataset")
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one.keys() == two.keys()
    assert all(one[name] == two[name] for name in one if name.endswith(".tar"))


def test_an_image_that_was_changed_in_a_shard_is_found(tmp_path: Path) -> None:
    from curate.validate.run import validate_dataset

    convert(rich_dataset(tmp_path / "source"), tmp_path / "out", "webdataset")
    assert "CUR131" not in {finding.code for finding in validate_dataset(tmp_path / "out").findings}
    shard = tmp_path / "out/part/train-000000.tar"
    with tarfile.open(shard) as archive:
        place = archive.getmember("good_0000.png").offset_data + 40
    content = bytearray(shard.read_bytes())
    content[place] ^= 0xFF
    shard.write_bytes(content)
    assert "CUR131" in {finding.code for finding in validate_dataset(tmp_path / "out").findings}


@pytest.mark.parametrize("spoil", ["cut", "no text", "no archive"])
def test_a_shard_that_cannot_be_read_is_one_message(tmp_path: Path, spoil: str) -> None:
    convert(rich_dataset(tmp_path / "source"), tmp_path / "out", "webdataset")
    shard = tmp_path / "out/part/test-000000.tar"
    if spoil == "cut":
        shard.write_bytes(shard.read_bytes()[:2000])
    elif spoil == "no text":
        shard.write_bytes(shard.read_bytes().replace(b".json", b".yaml"))
    else:
        shard.write_bytes(b"nothing")
    with pytest.raises(InputError, match="is no shard of curate's") as caught:
        plan_conversion(tmp_path / "out", "coco")
    assert caught.value.path == str(shard)


def test_two_conversions_into_one_folder_at_the_same_time(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    sources = [rich_dataset(tmp_path / f"source{number}", "part") for number in range(2)]
    rich_dataset(sources[1], "other")
    layouts = ["visa", "coco", "visa", "webdataset"]
    with ThreadPoolExecutor(4) as threads:
        reports = list(
            threads.map(lambda job: convert(sources[job[0] % 2], tmp_path / "out", job[1]), enumerate(layouts))
        )
    assert [finding for report in reports for finding in report.findings] == []
    hidden = [path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]
    assert hidden == []
    card = read_card(tmp_path / "out/part/dataset.json")
    assert card is not None
    convert(sources[0], tmp_path / "alone", card.layout)
    assert contents(tmp_path / "out/part") == contents(tmp_path / "alone/part")


def test_what_else_is_written_is_written_under_the_same_lock(tmp_path: Path) -> None:
    from curate.disk.destination import LOCK_NAME

    seen: list[bool] = []
    out = tmp_path / "out"
    convert(rich_dataset(tmp_path / "source"), out, "coco", finish=lambda: seen.append((out / LOCK_NAME).exists()))
    assert seen == [True]
    assert [path.name for path in out.iterdir()] == ["part"]


def test_a_dataset_of_symbolic_links_is_converted_to_the_files_behind_them(tmp_path: Path) -> None:
    """reliability/symlinks: every image a link into a store elsewhere; and a category that is one."""
    rich_dataset(tmp_path / "plain")
    shutil.copytree(tmp_path / "plain", tmp_path / "linked")
    (tmp_path / "store").mkdir()
    for number, path in enumerate(sorted((tmp_path / "linked/part").glob("t*/*/*.png"))):
        target = tmp_path / f"store/{number}.png"
        path.rename(target)
        path.symlink_to(target)
    (tmp_path / "linked/part").rename(tmp_path / "elsewhere")
    (tmp_path / "linked/part").symlink_to("../elsewhere")
    for link in (True, False):
        for name in ("plain", "linked"):
            convert(tmp_path / name, tmp_path / f"out-{name}-{link}", "autovi", link=link)
        out = tmp_path / f"out-linked-{link}"
        assert not any(path.is_symlink() for path in out.rglob("*"))
        assert contents(out) == contents(tmp_path / f"out-plain-{link}")


def test_the_work_for_an_image_does_not_grow_with_their_number(tmp_path: Path) -> None:
    class Counted(tuple[Sample, ...]):
        __slots__ = ()
        walks = 0

        def __iter__(self) -> Iterator[Sample]:
            Counted.walks += 1
            return super().__iter__()

    dataset, _ = plan_conversion(rich_dataset(tmp_path / "source"), "coco")
    walks = []
    for name, times in (("few", 1), ("many", 5)):
        samples = dataset.categories[0].samples
        more = tuple(replace(entry, name=f"{entry.name}-{n}") for n in range(times) for entry in samples)
        category = replace(dataset.categories[0], samples=Counted(more))
        Counted.walks = 0
        job = CategoryJob(dataset, category, WRITER_BY_NAME["coco"], tmp_path / name)
        publish(job, Execution(jobs=1).map)
        walks.append(Counted.walks)
    assert walks[0] == walks[1] < 12


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_name_that_is_no_text_is_one_message(tmp_path: Path) -> None:
    """reliability/crashes.sh: a Latin-1 name in a dataset."""
    root = rich_dataset(tmp_path / "source")
    good = next((root / "part/test/good").iterdir())
    good.rename(os.fsdecode(os.fsencode(good.parent) + b"/caf\xe9.png"))
    for to in ("coco", "autovi", "yolo"):
        with pytest.raises(InputError, match=r"not UTF-8 text: .*caf\\udce9") as caught:
            convert(root, tmp_path / to, to)
        assert "rename" in caught.value.hint
        assert not (tmp_path / to / "part").exists()
