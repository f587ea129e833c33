from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from curate.imaging.images import write_png
from tests.conftest import Curate
from tests.report.material import HEIGHT_PX, WIDTH_PX, write_dataset, write_maps


def test_report_says_what_it_wrote(curate: Curate, tmp_path: Path) -> None:
    data, output = write_dataset(tmp_path / "data"), tmp_path / "r.html"
    done = curate("report", data, "--submission", write_maps(tmp_path / "maps"), "-o", output, "--title", "A <title>")
    assert done.code == 0, done.err
    assert done.out.startswith(f"wrote {output} (")
    assert "<h1>A &lt;title&gt;</h1>" in output.read_text(encoding="utf-8")

    told = curate("report", data, "-o", output, "--json", "-q", "--thumbnail", "32")
    document = json.loads(told.out)
    assert document["files"] == [{"file": output.as_posix(), "bytes": output.stat().st_size}]
    assert (document["pictures"], document["counts"]["error"], told.err) == (20, 0, "")


def test_report_of_a_broken_dataset_or_a_refused_submission_exits_1(curate: Curate, tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data", copies=1)
    done = curate("report", data, "-o", tmp_path / "r.html")
    assert done.code == 1
    assert "findings: 1 error" in done.err
    clean, maps = write_dataset(tmp_path / "clean"), write_maps(tmp_path / "maps")
    (maps / "part/test/good/0000.png").unlink()
    refused = curate("report", clean, "--submission", maps, "-o", tmp_path / "r.html")
    assert refused.code == 1
    assert (
        "maps was refused: nothing of it was scored\nerror CUR601 part/test/good/0000: has no anomaly map"
        in refused.err
    )


# 41-zip-and-tar-submission
def test_report_reads_archives_of_maps(curate: Curate, tmp_path: Path) -> None:
    data, maps = write_dataset(tmp_path / "data"), write_maps(tmp_path / "maps")
    packed = shutil.make_archive(str(tmp_path / "packed/maps"), "gztar", maps)
    outputs = [tmp_path / "folder.html", tmp_path / "archive.html"]
    for submission, output in zip((maps, packed), outputs, strict=True):
        done = curate("report", data, "--submission", submission, "-o", output, "--title", "same")
        assert done.code == 0, done.err
    # The names of a report's further files follow its own, so only that may differ.
    texts = [output.read_text(encoding="utf-8").replace(output.stem, "") for output in outputs]
    assert texts[0].replace("folder", "") == texts[1].replace("archive", "")


# 57-mask-inverted
def test_evaluate_and_report_remark_a_mask_that_may_be_inverted_and_account_for_files(
    curate: Curate, tmp_path: Path
) -> None:
    data, maps = write_dataset(tmp_path / "data"), write_maps(tmp_path / "maps")
    mask = next((data / "part/ground_truth").rglob("*.png"))
    inverted = np.full((HEIGHT_PX, WIDTH_PX, 3), 255, np.uint8)
    inverted[:3, :3] = 0
    write_png(mask, inverted)
    (data / "part/notes.txt").write_text("x", encoding="utf-8")
    share = f"marks {1 - 9 / (HEIGHT_PX * WIDTH_PX):.0%} of the picture: it may be inverted"
    for done in (
        curate("evaluate", maps, "--dataset", data, "-v"),
        curate("report", data, "-v", "-o", tmp_path / "r.html"),
    ):
        assert f"{mask.relative_to(data).as_posix()}: {share}" in done.err
        assert "no part of the layout: part/notes.txt" in done.err
    assert "no part of the layout: part/notes.txt" in (tmp_path / "r.html").read_text(encoding="utf-8")
    quiet = curate("evaluate", maps, "--dataset", data, "-q")
    assert "inverted" not in quiet.err


def test_report_refuses_what_is_no_dataset(curate: Curate, tmp_path: Path) -> None:
    output = tmp_path / "r.html"
    missing = curate("report", tmp_path / "nothing", "-o", output)
    assert (missing.code, missing.out) == (2, "")
    assert "there is no such folder" in missing.err
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    data = write_dataset(tmp_path / "data")
    bad = curate("report", data, "--result", tmp_path / "bad.json", "-o", output)
    assert bad.code == 2
    assert "is no result of curate" in bad.err
    assert not output.exists()


def test_outside_a_workspace_the_hint_names_datasets_too(curate: Curate, tmp_path: Path) -> None:
    for command in ("report", "validate"):
        lost = curate(command, "-C", tmp_path)
        assert lost.code == 2
        assert f"`curate {command} DATASET`" in lost.err
