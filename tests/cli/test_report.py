from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate
from tests.report.material import write_dataset, write_maps


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
