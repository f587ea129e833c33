from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import curate.crop.worker as worker_module
from curate.crop.reference import cut_template
from curate.crop.report import CropReport
from curate.crop.run import crop_windows
from curate.demo.scene import SessionSettings
from curate.disk.atomic import write_bytes
from curate.disk.tables import read_table
from curate.errors import CurateError, InputError, MissingError, ReadError, StorageError
from curate.execution import Execution
from curate.model.capture import Capture, Window
from curate.model.region import Annotation, Ellipse, Region
from curate.workspace.annotations import write_annotations
from curate.workspace.pipeline import stale_because
from curate.workspace.workspace import Workspace, open_workspace
from tests.crop.workspaces import Pixels, demo_workspace, jpeg, png, texture, write_config, write_frames
from tests.disk.kills import contents

SMALL = SessionSettings(
    frames=16,
    seed=3,
    texture_seed=4,
    frame_px=(480, 360),
    window_px=120,
    context_px=200,
    jitter_px=12.0,
    rotation_deg=0.0,
)


def crop(root: Path, *, jobs: int = 1, **options: object) -> CropReport:
    workspace, _, (category,) = open_workspace(root)
    return crop_windows(workspace, category, execution=Execution(jobs=jobs), **options)  # type: ignore[arg-type]


def tree(root: Path) -> dict[str, str]:
    """Hash of every file but captures, caches and journals."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("windows", "records")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file()
    }


def read(path: Path) -> Pixels:
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return pixels


def rows_of(root: Path, window: str = "default", series: str = "a") -> list[Window]:
    return read_table(Workspace(root).windows_record(window, "part", series), Window)


def piece_workspace(root: Path, *, corners: list[tuple[int, int]], window: str) -> list[tuple[int, int]]:
    """Frames with one textured square each at a known corner, on ground of another texture."""
    square = texture(120, 120, 50)
    frames = {}
    for index, (x, y) in enumerate(corners):
        frame = texture(400, 300, 51) // 3
        frame[y : y + 120, x : x + 120] = square
        frames[f"a/{index}.png"] = png(frame)
    write_frames(root, frames)
    (root / "templates").mkdir()
    (root / "templates" / "t.png").write_bytes(png(square))
    write_config(root, window)
    return corners


def test_matched_windows_lie_where_the_part_is(tmp_path: Path) -> None:
    corners = piece_workspace(
        tmp_path,
        corners=[(10, 20), (150, 90), (201, 133)],
        window='{ mode = "match", template = "templates/t.png", size = [60, 40] }',
    )
    report = crop(tmp_path)
    assert report.windows[0].count("accepted") == 3
    for (x, y), row in zip(corners, rows_of(tmp_path), strict=True):
        assert (row.x_px, row.y_px) == pytest.approx((x + 60, y + 60), abs=0.1)
        # The window of 60×40 stands in the middle of the template of 120×120, cut at whole pixels.
        assert (row.m02, row.m12) == (-(x + 30), -(y + 40))
        cut = read(tmp_path / "windows/default/part" / row.image)
        frame = read(tmp_path / "captures/part" / row.frame)
        assert np.array_equal(cut, frame[y + 40 : y + 80, x + 30 : x + 90])
        assert row.sha256 == hashlib.sha256((tmp_path / "windows/default/part" / row.image).read_bytes()).hexdigest()


def test_a_window_that_would_leave_the_frame_is_for_review(tmp_path: Path) -> None:
    piece_workspace(
        tmp_path,
        corners=[(150, 90), (0, 90)],
        window='{ mode = "match", template = "templates/t.png", size = [160, 120] }',
    )
    report = crop(tmp_path)
    inside, outside = rows_of(tmp_path)
    assert (inside.status, outside.status) == ("accepted", "review")
    assert outside.reason == "the window reaches 20 px beyond the frame"
    assert outside.sha256 == ""
    assert not (tmp_path / "windows/default/part" / outside.image).exists()
    assert [(finding.code, finding.severity, finding.path) for finding in report.findings] == [
        ("CUR581", "warning", "captures/part/a/1.png")
    ]


def test_empty_and_displaced_scenes_are_set_aside_and_counted_by_label(tmp_path: Path) -> None:
    _, shots = demo_workspace(tmp_path, SMALL)
    report = crop(tmp_path, jobs=2)
    for shot, row in zip(shots, rows_of(tmp_path), strict=True):
        bad = {"empty", "displaced"} & set(shot.conditions)
        assert (row.status == "accepted") == (not bad), (shot.conditions, row)
        assert bool(row.reason) == bool(bad)
    window = report.windows[0]
    assert window.by_label["missing"]["accepted"] == sum(shot.label == "missing" for shot in shots)
    assert sum(window.by_label["good"].values()) == sum(shot.label == "good" for shot in shots)
    assert window.count("review") + window.count("rejected") == len(report.findings) > 0


def test_the_number_of_jobs_changes_no_byte(tmp_path: Path) -> None:
    demo_workspace(tmp_path / "one", SMALL)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    crop(tmp_path / "one", jobs=1)
    crop(tmp_path / "two", jobs=3)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_an_unchanged_rerun_looks_at_no_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo_workspace(tmp_path, SMALL)
    crop(tmp_path)
    before = tree(tmp_path)
    monkeypatch.setattr(worker_module, "decode", None)
    report = crop(tmp_path)
    assert (report.matched, report.windows[0].cut) == (0, 0)
    assert tree(tmp_path) == before


def test_another_size_is_cut_from_the_records_without_matching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo_workspace(tmp_path, SMALL)
    crop(tmp_path)
    shutil.copytree(tmp_path, tmp_path / "fresh")
    shutil.rmtree(tmp_path / "fresh" / "records" / "windows")
    for root in (tmp_path, tmp_path / "fresh"):
        write_config(root, '{ mode = "match", template = "templates/part.png", size = [90, 60] }')
    crop(tmp_path / "fresh")
    monkeypatch.setattr(worker_module, "find", None)
    report = crop(tmp_path)
    assert report.matched == 0
    assert report.windows[0].cut == report.windows[0].count("accepted") > 0
    assert tree(tmp_path / "fresh") == {
        name: digest for name, digest in tree(tmp_path).items() if not name.startswith("fresh")
    }


def test_a_damaged_or_deleted_image_is_cut_again(tmp_path: Path) -> None:
    demo_workspace(tmp_path, SMALL)
    crop(tmp_path)
    before = tree(tmp_path)
    first, second = (row for row in rows_of(tmp_path)[:2])
    (tmp_path / "windows/default/part" / first.image).unlink()
    (tmp_path / "windows/default/part" / second.image).write_bytes(b"junk")
    assert crop(tmp_path).windows[0].cut == 2
    assert tree(tmp_path) == before


def test_a_changed_template_is_searched_anew_and_a_changed_frame_alone(tmp_path: Path) -> None:
    demo_workspace(tmp_path, SMALL)
    crop(tmp_path)
    path = tmp_path / "templates" / "part.png"
    path.write_bytes(png(read(path)[10:-10, 10:-10]))
    assert crop(tmp_path).matched == SMALL.frames
    record = Workspace(tmp_path).captures_record("part", "a")
    rows = read_table(record, Capture)
    frames = {row.frame: (tmp_path / "captures/part" / row.frame).read_bytes() for row in rows}
    other = cv2.imdecode(np.frombuffer(frames["a/0000.jpg"], np.uint8), cv2.IMREAD_COLOR)
    assert other is not None
    frames["a/0000.jpg"] = jpeg(other // 2)
    write_frames(tmp_path, frames)
    assert crop(tmp_path).matched == 1


def test_images_of_frames_that_went_away_go_too(tmp_path: Path) -> None:
    frames = {f"{series}/{name}.png": png(texture(40, 30, 1)) for series in "ab" for name in "12"}
    write_frames(tmp_path, frames)
    write_config(tmp_path, '{ mode = "full" }')
    crop(tmp_path)
    record = Workspace(tmp_path).captures_record("part", "a")
    Workspace(tmp_path).captures_record("part", "b").unlink()
    record.write_text("\n".join(record.read_text().splitlines()[:2]) + "\n", encoding="utf-8")
    crop(tmp_path)
    assert [path.name for path in (tmp_path / "windows").rglob("*.png")] == ["1.png"]
    assert [path.name for path in (tmp_path / "records/windows").rglob("*.csv")] == ["a.csv"]


def test_an_unreadable_frame_is_a_finding_and_the_others_are_done(tmp_path: Path) -> None:
    frames = {f"a/{name}.png": png(texture(40, 30, int(name))) for name in "123"}
    write_frames(tmp_path, frames)
    write_config(tmp_path, '{ mode = "full" }')
    path = tmp_path / "captures" / "part" / "a" / "2.png"
    path.write_bytes(frames["a/2.png"][:-30])
    report = crop(tmp_path)
    assert [finding.code for finding in report.findings] == ["CUR201"]
    assert "not those that were imported" in report.findings[0].message
    assert [row.status for row in rows_of(tmp_path)] == ["accepted", "rejected", "accepted"]
    path.write_bytes(frames["a/2.png"])
    assert crop(tmp_path).findings == ()
    assert [row.status for row in rows_of(tmp_path)] == ["accepted"] * 3


def test_frames_that_are_other_files_for_now_lose_no_accepted_window(tmp_path: Path) -> None:  # line/04_captures_away
    frames = {f"a/{name}.png": png(texture(40, 30, int(name))) for name in "123"}
    write_frames(tmp_path, frames)
    write_config(tmp_path, '{ mode = "full" }')
    crop(tmp_path)
    before = contents(tmp_path / "records")
    for name in frames:  # as a clone without git-lfs leaves them
        (tmp_path / "captures/part" / name).write_text("version https://git-lfs.github.com/spec/v1\n")
    shutil.rmtree(tmp_path / "windows")
    with pytest.raises(ReadError, match="3 frames with an accepted window are not the files that were imported"):
        crop(tmp_path)
    assert contents(tmp_path / "records") == before
    for name, content in frames.items():
        (tmp_path / "captures/part" / name).write_bytes(content)
    assert crop(tmp_path).findings == ()
    assert contents(tmp_path / "records") == before


def test_a_cut_off_frame_is_unreadable(tmp_path: Path) -> None:
    frames = {f"a/{name}.png": png(texture(40, 30, int(name))) for name in "12"}
    workspace = write_frames(tmp_path, frames)
    write_config(tmp_path, '{ mode = "full" }')
    cut_off = frames["a/2.png"][:-30]
    (tmp_path / "captures" / "part" / "a" / "2.png").write_bytes(cut_off)
    record = workspace.captures_record("part", "a")
    text = record.read_text().replace(
        hashlib.sha256(frames["a/2.png"]).hexdigest(), hashlib.sha256(cut_off).hexdigest()
    )
    record.write_text(text, encoding="utf-8")
    finding = crop(tmp_path).findings[0]
    assert (finding.code, finding.path) == ("CUR201", "captures/part/a/2.png")
    assert "is cut short" in finding.message


def test_frames_are_turned_upright_first(tmp_path: Path, shared: Path) -> None:
    folder = shared / "data" / "exif_samples" / "jpg" / "orientation"
    frames = {
        f"a/{name}": (folder / name).read_bytes() for name in ("landscape_1.jpg", "landscape_6.jpg", "portrait_8.jpg")
    }
    write_frames(tmp_path, frames)
    write_config(tmp_path, '{ mode = "letterbox", size = [160, 160] }')
    crop(tmp_path)
    rows = {row.frame: row for row in rows_of(tmp_path)}
    windows = {frame: read(tmp_path / "windows/default/part" / row.image) for frame, row in rows.items()}
    # Landscape frames leave padding above and below, the portrait one to its sides.
    for frame, window in windows.items():
        assert bool(window[0].max() == 0) == frame.startswith("a/landscape")
        assert bool(window[:, 0].max() == 0) == frame.startswith("a/portrait")
    # The two landscape photos show the same scene, stored in two orientations.
    first, second = (cv2.GaussianBlur(windows[f"a/landscape_{n}.jpg"], (0, 0), 3).astype(float) for n in (1, 6))
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.9


def test_windows_of_one_category_share_their_positions(tmp_path: Path) -> None:
    demo_workspace(tmp_path, SMALL)
    one = '{ mode = "match", template = "templates/part.png", size = [120, 120] }'
    more = "".join(
        f'[categories.part.windows.{name}]\nmode = "match"\ntemplate = "templates/part.png"\nsize = [{side}, {side}]\n'
        for name, side in (("small", 60), ("large", 180))
    )
    write_config(tmp_path, one, more=more)
    report = crop(tmp_path)
    assert report.matched == SMALL.frames
    assert [window.window for window in report.windows] == ["default", "small", "large"]
    for small, large in zip(rows_of(tmp_path, "small"), rows_of(tmp_path, "large"), strict=True):
        assert (small.x_px, small.y_px) == (large.x_px, large.y_px)
        assert (small.width_px, large.width_px) == (60, 180)


def test_a_single_window_is_stamped_only_when_the_others_stand(tmp_path: Path) -> None:
    frames = {f"a/{name}.png": png(texture(40, 30, int(name))) for name in "12"}
    workspace = write_frames(tmp_path, frames)
    write_config(
        tmp_path, '{ mode = "full" }', more='[categories.part.windows.small]\nmode = "resize"\nsize = [8, 6]\n'
    )
    _, _, (category,) = open_workspace(tmp_path)
    crop(tmp_path, windows=("small",))
    assert stale_because(workspace, "crop", category) is None
    assert not (tmp_path / "windows" / "default").exists()
    crop(tmp_path, windows=("default",))
    assert stale_because(workspace, "crop", category) == []
    crop(tmp_path)
    assert stale_because(workspace, "crop", category) == []


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    demo_workspace(tmp_path, SMALL)
    report = crop(tmp_path, dry_run=True)
    assert (report.to_match, report.to_cut) == (SMALL.frames, SMALL.frames)
    assert not (tmp_path / "windows").exists()
    assert not (tmp_path / ".curate").exists()
    crop(tmp_path)
    done = crop(tmp_path, dry_run=True)
    assert (done.to_match, done.to_cut) == (0, 0)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (None, "there is no such file"),
        (b"", "is empty"),
        (b"no picture", "damaged or of an unknown format"),
        (png(np.full((100, 100), 9, np.uint8)), "is flat"),
        (png(texture(100, 10, 1)), "needs at least 16 px"),
        (png(texture(500, 400, 1)), "larger than every frame"),
    ],
)
def test_a_useless_template_is_one_clear_error(tmp_path: Path, template: bytes | None, words: str) -> None:
    write_frames(tmp_path, {"a/1.png": png(texture(200, 150, 1))})
    write_config(tmp_path, '{ mode = "match", template = "templates/t.png", size = [20, 20] }')
    (tmp_path / "templates").mkdir()
    if template is not None:
        (tmp_path / "templates" / "t.png").write_bytes(template)
    with pytest.raises(CurateError, match=words) as caught:
        crop(tmp_path)
    assert "templates/t.png" in str(caught.value)
    assert not (tmp_path / "windows").exists()


def test_a_missing_template_is_cut_by_the_command_that_the_message_names(tmp_path: Path) -> None:
    write_frames(tmp_path, {"a/1 b.png": png(texture(200, 150, 1))})
    write_config(tmp_path, '{ mode = "match", template = "templates/t.png", size = [20, 20] }')
    with pytest.raises(MissingError) as caught:
        crop(tmp_path)
    assert "curate crop -c part --template-from 'a/1 b.png' --box X,Y,WIDTH,HEIGHT" in caught.value.hint
    workspace, _, (category,) = open_workspace(tmp_path)
    cut_template(workspace, category, "a/1 b.png", (60, 40, 50, 50))
    assert crop(tmp_path).windows[0].count("accepted") == 1


def test_a_frame_smaller_than_the_template_is_set_aside(tmp_path: Path) -> None:
    write_frames(tmp_path, {"a/1.png": png(texture(200, 150, 1)), "a/2.png": png(texture(60, 60, 1))})
    write_config(tmp_path, '{ mode = "match", template = "templates/t.png", size = [20, 20] }')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "t.png").write_bytes(png(texture(200, 150, 1)[:80, :80]))
    crop(tmp_path)
    first, second = rows_of(tmp_path)
    assert (first.status, second.status) == ("accepted", "rejected")
    assert "smaller than every template" in second.reason


def _stop_in_the_middle(root: Path, finished: int) -> None:
    """Start ``curate crop`` in another process and kill it once some windows are finished."""
    command = [sys.executable, "-m", "curate", "crop", "-C", str(root), "-j", "1", "-q"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300  # only against hanging for ever
    while len(list((root / "windows").rglob("*.png"))) < finished and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the command was done before it could be killed"


def test_a_killed_run_is_finished_by_the_same_command_without_redoing_windows(tmp_path: Path) -> None:
    root, calm = tmp_path / "killed", tmp_path / "calm"
    demo_workspace(root, SessionSettings(frames=24, seed=3, texture_seed=4))
    shutil.copytree(root, calm)
    crop(calm)
    _stop_in_the_middle(root, finished=5)
    journal = Workspace(root).journal("crop", "part").read_text()
    done = {path: path.stat().st_ino for path in (root / "windows").rglob("[!.]*.png") if f"a/{path.name}" in journal}
    assert len(done) >= 4
    assert not (root / "records" / "windows").exists()
    report = crop(root, jobs=2)
    assert tree(root) == tree(calm)
    assert {path: path.stat().st_ino for path in done} == done
    assert report.windows[0].cut <= report.windows[0].count("accepted") - len(done)
    assert not list(root.rglob("*.tmp"))


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_full_disk_is_no_verdict_about_a_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    frames = {f"a/{n:02d}.png": png(texture(40, 30, n)) for n in range(12)}
    for name in ("filled", "roomy"):
        write_frames(tmp_path / name, frames)
        write_config(tmp_path / name, '{ mode = "full" }')
    written: list[Path] = []

    def until_full(path: Path, content: bytes, *, flushed: bool) -> None:
        written.append(path)
        if len(written) > 5:
            raise StorageError("cannot be written: No space left on device", path=path, hint="free some space")
        write_bytes(path, content, flushed=flushed)

    with monkeypatch.context() as patched:
        patched.setattr(worker_module, "write_bytes", until_full)
        with pytest.raises(StorageError, match="No space left"):
            crop(tmp_path / "filled", jobs=jobs)
    assert not (tmp_path / "filled/records/windows").exists()
    assert not (tmp_path / "filled/records/stamps/crop").exists()
    assert crop(tmp_path / "filled").windows[0].count("accepted") == 12
    crop(tmp_path / "roomy")
    assert tree(tmp_path / "filled") == tree(tmp_path / "roomy")


def test_what_the_calibrated_threshold_accepts_is_cut_too(tmp_path: Path) -> None:
    # Before all frames are matched, the usual threshold counts; here it accepts nothing, the category's own does.
    demo_workspace(tmp_path, replace(SMALL, frames=24))
    report = crop(tmp_path, usual_min_score=0.99)
    assert report.windows[0].cut == report.windows[0].count("accepted") > 15
    assert all(row.sha256 for row in rows_of(tmp_path) if row.status == "accepted")


def _through_pickle(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 - our own bytes


def test_work_that_travelled_by_pickle_ends_in_the_same_bytes(tmp_path: Path) -> None:
    class Cluster(Execution):
        """Sends function, items and results through pickle, as a cluster does."""

        def map(self, function: Any, items: Any, title: str) -> Any:
            del title
            travelled = _through_pickle(function)
            assert len(pickle.dumps(items[0])) < 20_000 if items else True
            return (_through_pickle(travelled(_through_pickle(item))) for item in items)

    demo_workspace(tmp_path / "here", SMALL)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    crop(tmp_path / "here")
    workspace, _, (category,) = open_workspace(tmp_path / "there")
    crop_windows(workspace, category, execution=Cluster())
    assert tree(tmp_path / "here") == tree(tmp_path / "there")


def test_tiles_cover_every_frame_and_can_be_limited_to_defects(tmp_path: Path) -> None:
    write_frames(tmp_path, {f"a/{name}.png": png(texture(100, 60, int(name))) for name in "12"})
    write_config(tmp_path, '{ mode = "tile", size = [40, 40], overlap = 0.25 }')
    report = crop(tmp_path)
    assert report.windows[0].count("accepted") == 2 * 3 * 2
    images = [row.image for row in rows_of(tmp_path)]
    assert images[:4] == ["a/1_r00c00.png", "a/1_r00c01.png", "a/1_r00c02.png", "a/1_r01c00.png"]
    tile = read(tmp_path / "windows/default/part" / images[5])
    assert np.array_equal(tile, texture(100, 60, 1)[20:60, 60:100])
    write_config(tmp_path, '{ mode = "tile", size = [40, 40], overlap = 0.25, background = 1.0 }')
    dent = Region("r", "dent", (Ellipse(20.0, 12.0, 5.0, 5.0),))
    path = Workspace(tmp_path).annotations("part")
    write_annotations(path, [Annotation("a/2.png", 100, 60, regions=(dent,))])
    crop(tmp_path)
    kept = [row.image for row in rows_of(tmp_path)]
    assert "a/2_r00c00.png" in kept
    assert len(kept) == 2
    assert sorted(path.name for path in (tmp_path / "windows").rglob("*.png")) == sorted(name[2:] for name in kept)


def test_a_box_outside_every_frame_is_refused(tmp_path: Path) -> None:
    write_frames(tmp_path, {"a/1.png": png(texture(80, 60, 1))})
    write_config(tmp_path, '{ mode = "crop", box = [80, 0, 40, 40] }')
    with pytest.raises(InputError, match=r"box = \[80, 0, 40, 40\] lies wholly outside every frame .*80×60 px"):
        crop(tmp_path)
    assert not (tmp_path / "windows").exists()


def test_a_box_outside_some_frames_rejects_those(tmp_path: Path) -> None:
    write_frames(tmp_path, {"a/1.png": png(texture(80, 60, 1)), "a/2.png": png(texture(60, 60, 2))})
    write_config(tmp_path, '{ mode = "crop", box = [60, 20, 20, 40] }')
    report = crop(tmp_path)
    assert [row.status for row in rows_of(tmp_path)] == ["accepted", "rejected"]
    assert "wholly outside the frame of 60×60 px" in rows_of(tmp_path)[1].reason
    assert [finding.code for finding in report.findings] == ["CUR581"]


def test_a_box_that_leaves_the_frame_is_said_once(tmp_path: Path) -> None:
    write_frames(tmp_path, {f"a/{n}.png": png(texture(80, 60, n)) for n in (1, 2, 3)})
    write_config(tmp_path, '{ mode = "crop", box = [-10, 25, 40, 40], pad_value = 7 }')
    (finding,) = crop(tmp_path).findings
    assert (finding.code, finding.severity, finding.path) == ("CUR582", "warning", "curate.toml")
    assert "reaches up to 10 px beyond 3 of 3 frames (a/1.png: 80×60 px); filled with pad_value 7" in finding.message
    window = read(tmp_path / "windows/default/part/a/1.png")
    assert (window[:, :10] == 7).all()
    assert (window[35:] == 7).all()
    write_config(tmp_path, '{ mode = "crop", box = [40, 20, 40, 40] }')
    assert crop(tmp_path).findings == ()


@pytest.mark.parametrize("mode", ["tile", "full"])
def test_one_name_too_long_for_its_image_stops_nobody(tmp_path: Path, mode: str) -> None:
    # Two frames of one stem keep their endings: NAME.bmp becomes NAME.bmp.png, as a tile becomes NAME_r00c00.png.
    long = "x" * 251
    write_frames(tmp_path, {f"a/{name}": png(texture(40, 30, 1)) for name in (f"{long}.bmp", f"{long}.jpg", "y.png")})
    write_config(tmp_path, f'{{ mode = "{mode}", size = [40, 30] }}' if mode == "tile" else '{ mode = "full" }')
    report = crop(tmp_path)
    assert [row.status for row in rows_of(tmp_path)] == ["rejected", "rejected", "accepted"]
    assert {finding.code for finding in report.findings} == {"CUR581"}
    assert "file systems hold 255" in report.findings[0].message


def test_an_offset_moves_the_window_within_the_template(tmp_path: Path) -> None:
    piece_workspace(
        tmp_path,
        corners=[(100, 90), (120, 60)],
        window='{ mode = "match", template = "templates/t.png", size = [40, 30], offset = [25, -10] }',
    )
    crop(tmp_path)
    # The template's centre is 60 px from its corner; the window's corner lies 25 - 20 right and -10 - 15 below it.
    assert [(-row.m02, -row.m12) for row in rows_of(tmp_path)] == [(165, 125), (185, 95)]


def test_line_scan_frames_are_cut_at_full_width(tmp_path: Path, shared: Path) -> None:
    folder = shared / "data" / "northvolt_foil" / "presser" / "normal"
    frames = {f"a/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.jpg"))}
    write_frames(tmp_path, frames)
    write_config(tmp_path, '{ mode = "tile", size = [512, 480], overlap = 0.25, border = "drop" }')
    report = crop(tmp_path)
    # Stride 384: floor((8192 - 512) / 384) + 1 = 21 columns in each of three frames.
    assert report.windows[0].count("accepted") == 63
    assert {read(path).shape for path in (tmp_path / "windows").rglob("*.png")} == {(480, 512)}
