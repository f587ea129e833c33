"""A workspace's frames and a dataset's images and regions as tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from curate.datasets.dataset import read_dataset
from curate.datasets.defects_config import format_defects_config
from curate.datasets.tabular import IMAGE_COLUMNS, REGION_COLUMNS, measures
from curate.errors import InputError
from curate.frames import load
from curate.frames.records import FRAME_COLUMNS
from curate.imaging.images import write_png
from curate.model.defect import DefectEntry, Saturation
from tests.conftest import Curate
from tests.workspaces import TinyWorkspace

FRAMES: list[tuple[str, str, tuple[str, ...]]] = [
    ("good", "train", ()),
    ("good", "test", ()),
    ("scratch", "test", ("scratch",)),
    ("", "", ()),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return TinyWorkspace(tmp_path / "ws", FRAMES, status={3: "rejected"}).write().root


def test_a_row_per_frame_with_types(workspace: Path) -> None:
    frame = load(workspace)
    assert list(frame) == list(FRAME_COLUMNS)
    assert [str(kind) for kind in frame.dtypes] == [kind for kind, _ in FRAME_COLUMNS.values()]
    assert list(frame["label"]) == [label for label, _, _ in FRAMES]
    assert list(frame["split"]) == [side for _, side, _ in FRAMES]
    assert list(frame["place"]) == [0, 1, 2, 3]
    assert frame["window_status"].iloc[3] == "rejected"


def test_times_are_the_clocks_own_with_the_offset_beside(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path / "ws", FRAMES[:1]).write()
    record = tiny.workspace.captures_record("part", tiny.workspace.series_of("part")[0])
    before = load(tiny.root)
    shot = "2024-05-01T10:00:00.250+02:00"
    text = record.read_text(encoding="utf-8")
    header, line = text.splitlines()[:2]
    cells = line.split(",")
    cells[header.split(",").index("shot_at")] = shot
    record.write_text("\n".join([header, ",".join(cells)]) + "\n", encoding="utf-8")
    after = load(tiny.root)
    assert after["shot_at"].iloc[0] == pd.Timestamp("2024-05-01T10:00:00.250")
    assert after["utc_offset_min"].iloc[0] == 120
    assert before.drop(columns=["shot_at", "utc_offset_min"]).equals(after.drop(columns=["shot_at", "utc_offset_min"]))


def test_the_command_writes_the_table(workspace: Path, curate: Curate, tmp_path: Path) -> None:
    shown = curate("frames", "-C", workspace, "--format", "csv")
    assert shown.code == 0
    assert shown.out.splitlines()[0] == ",".join(FRAME_COLUMNS)
    assert curate("frames", "-C", workspace, "-o", tmp_path / "f.parquet").code == 0
    read = pd.read_parquet(tmp_path / "f.parquet")
    assert read["frame"].tolist() == load(workspace)["frame"].tolist()
    assert read["width_px"].dtype == np.int64
    for wrong in (("--format", "parquet"), ("-o", tmp_path / "f.xlsx"), ("--format", "csv", "--days")):
        assert curate("frames", "-C", workspace, *wrong).code == 2


def one_region(root: Path, mask: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], pixels: object) -> Path:
    write_png(root / "part/train/good/0.png", np.zeros((*mask.shape, 3), np.uint8))
    write_png(root / "part/test/good/0.png", np.zeros((*mask.shape, 3), np.uint8))
    write_png(root / "part/test/dent/0.png", pixels)  # type: ignore[arg-type]
    write_png(root / "part/ground_truth/dent/0/0000.png", np.repeat(mask[..., None], 3, axis=2))
    text = format_defects_config([DefectEntry("dent", 255, Saturation(0.5))])
    (root / "part/defects_config.json").write_text(text, encoding="utf-8")
    return root


def test_a_rectangle_is_measured_as_by_hand(tmp_path: Path) -> None:
    mask = np.zeros((40, 60), np.uint8)
    mask[10:14, 20:32] = 255  # 12 wide, 4 high
    pixels = np.full((40, 60, 3), 50, np.uint8)
    pixels[mask > 0] = 80
    row = read_dataset(one_region(tmp_path, mask, pixels)).regions().iloc[0]
    assert (row["area_px"], row["pieces"], row["area_share"]) == (48, 1, 48 / 2400)
    assert (row["left_px"], row["top_px"], row["width_px"], row["height_px"]) == (20, 10, 12, 4)
    assert row["equivalent_diameter_px"] == pytest.approx(2 * (48 / np.pi) ** 0.5)
    # scikit-image takes pixels for points: n in a row have the variance (n² - 1) / 12, the axis is 4 times its root.
    assert row["major_axis_px"] == pytest.approx(4 * ((12**2 - 1) / 12) ** 0.5)
    assert row["minor_axis_px"] == pytest.approx(4 * ((4**2 - 1) / 12) ** 0.5)
    assert (row["orientation_deg"], row["solidity"], row["contrast_grey"]) == (0.0, 1.0, 30.0)
    assert row["eccentricity"] == pytest.approx((1 - 15 / 143) ** 0.5)
    assert row["border_distance_px"] == 10
    assert (row["defect"], row["saturation"], row["image"]) == ("dent", "0.5", "test/dent/0")


@pytest.mark.parametrize("angle_deg", [0, 30, 45, 90, 135, 170])
def test_the_angle_runs_clockwise_from_the_x_axis(angle_deg: float) -> None:
    rows, columns = np.mgrid[:81, :81] - 40
    turned = np.radians(angle_deg)
    along = columns * np.cos(turned) + rows * np.sin(turned)  # rows grow downwards: clockwise
    across = rows * np.cos(turned) - columns * np.sin(turned)
    found = measures((along / 30) ** 2 + (across / 8) ** 2 <= 1, np.zeros((81, 81), np.float32))
    assert (found["orientation_deg"] - angle_deg + 90) % 180 - 90 == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("box", [(slice(3, 4), slice(2, 9)), (slice(2, 9), slice(3, 4)), (slice(5, 6), slice(5, 6))])
def test_lines_and_single_pixels_have_measures(box: tuple[slice, slice]) -> None:
    mask = np.zeros((12, 12), bool)
    mask[box] = True
    found = measures(mask, np.zeros((12, 12), np.float32))
    assert found["solidity"] == 1
    assert all(np.isfinite(value) for value in found.values())


def test_the_surround_holds_no_other_region() -> None:
    mask, other = np.zeros((2, 20, 20), bool)
    mask[5:9, 5:9] = True
    other[5:9, 9:13] = True
    grey = np.full((20, 20), 10, np.float32)
    grey[mask], grey[other] = 40, 200
    assert measures(mask, grey, mask | other)["contrast_grey"] == 30
    everywhere = measures(mask, grey, np.ones((20, 20), bool))
    assert np.isnan(everywhere["contrast_grey"])


def test_tables_of_a_dataset_have_their_columns(tmp_path: Path) -> None:
    mask = np.zeros((12, 12), np.uint8)
    mask[2:4, 2:4] = 255
    dataset = read_dataset(one_region(tmp_path, mask, np.zeros((12, 12, 3), np.uint8)))
    for what, columns in (("images", IMAGE_COLUMNS), ("regions", REGION_COLUMNS)):
        frame = dataset.to_frame(what)  # type: ignore[arg-type]
        assert [str(kind) for kind in frame.dtypes] == [kind for kind, _ in columns.values()]
    assert len(dataset.to_frame()) == 3


def test_an_unreadable_mask_is_named(tmp_path: Path) -> None:
    mask = np.zeros((12, 12), np.uint8)
    mask[2:4, 2:4] = 255
    dataset = read_dataset(one_region(tmp_path, mask, np.zeros((12, 12, 3), np.uint8)))
    (tmp_path / "part/ground_truth/dent/0/0000.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(InputError, match=r"1 images cannot be measured:\n  part/test/dent/0\.png: is cut short"):
        dataset.regions()
