from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.annotated import capture, item, make_workspace, save, task
from tests.conftest import Curate

SQUARE = {"points": [[10, 10], [20, 10], [20, 20], [10, 20]], "closed": True}


def test_import_and_its_exit_codes(tmp_path: Path, curate: Curate) -> None:
    make_workspace(tmp_path / "w", [capture("main/a.png")])
    path = save(tmp_path / "e.json", [task("a.png", [item("polygon", SQUARE)])])
    result = curate("label", "import", path, "-C", tmp_path / "w", "--json")
    assert result.code == 0
    document = json.loads(result.out)
    assert (document["imported"], document["regions"], document["findings"]) == (1, 1, [])
    save(path, [task("b.png", [item("polygon", SQUARE)])])
    result = curate("label", "import", path, "-C", tmp_path / "w")
    assert result.code == 1
    assert "error CUR501 e.json#task-1 annotation 101: no frame or window is called 'b.png'" in result.err
    assert "part: 0 frames (0 good) with 0 regions; 1 frames kept as they were" in result.out
    result = curate("label", "import", tmp_path / "none.json", "-C", tmp_path / "w")
    assert result.code == 2
    assert "there is no such file" in result.err
    result = curate("label", "import", path, "-C", tmp_path / "w", "--format", "xyz")
    assert result.code == 2
    assert "known: auto, label-studio" in result.err


def test_dry_run_writes_nothing(tmp_path: Path, curate: Curate) -> None:
    workspace, _ = make_workspace(tmp_path / "w", [capture("main/a.png")])
    path = save(tmp_path / "e.json", [task("a.png", [item("polygon", SQUARE)])])
    assert curate("label", "import", path, "-C", tmp_path / "w", "--dry-run").code == 0
    assert not workspace.annotations("part").exists()


def test_export_and_import_again(tmp_path: Path, curate: Curate) -> None:
    workspace, _ = make_workspace(tmp_path / "w", [capture("main/a.png"), capture("main/b.png")])
    tasks = [task("a.png", [item("polygon", SQUARE)], 1), task("b.png", [], 2)]
    path = save(tmp_path / "e.json", tasks)
    assert curate("label", "import", path, "-C", tmp_path / "w").code == 0
    before = json.loads(workspace.annotations("part").read_text(encoding="utf-8").splitlines()[0])["regions"][0][
        "shapes"
    ]
    for format_name, name in [("coco", "c.json"), ("cvat", "c.xml"), ("label-studio", "l.json")]:
        out = tmp_path / name
        result = curate("label", "export", out, "--format", format_name, "-C", tmp_path / "w", "--prefix", "x/")
        assert result.code == 0, result.err
        assert "wrote 1 regions of 2 frames" in result.err
        workspace.annotations("part").unlink()
        assert curate("label", "import", out, "-C", tmp_path / "w").code == 0
        lines = [json.loads(line) for line in workspace.annotations("part").read_text(encoding="utf-8").splitlines()]
        assert lines[0]["regions"][0]["shapes"] == before
        assert lines[1]["label"] == "good"
    assert curate("label", "export", tmp_path, "--format", "coco", "-C", tmp_path / "w").code == 2


def test_agreement_and_saturation(tmp_path: Path, curate: Curate) -> None:
    make_workspace(tmp_path / "w", [capture("main/a.png")])
    document = task("a.png", [])
    document["annotations"] = [
        {"id": person, "completed_by": person, "result": [item("polygon", SQUARE)]} for person in ("ann", "bob")
    ]
    path = save(tmp_path / "e.json", [document])
    result = curate("label", "agreement", path, "-C", tmp_path / "w")
    assert result.code == 0
    assert result.out.splitlines() == [
        "ann and bob, scratch: IoU 1.000, Dice 1.000 over 1 images",
        "  discuss main/a.png: scratch, IoU 1.000",
    ]
    assert curate("label", "import", path, "-C", tmp_path / "w").code == 0
    table = tmp_path / "t.csv"
    table.write_text("frame,region,saturation\nmain/a.png,r1,20 %\n", encoding="utf-8")
    assert (
        curate("label", "saturation", table, "-C", tmp_path / "w").out
        == "part: 1 regions have their own threshold now\n"
    )


def test_a_server_that_is_not_there(tmp_path: Path, curate: Curate, monkeypatch: pytest.MonkeyPatch) -> None:
    make_workspace(tmp_path / "w", [capture("main/a.png")])
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0" * 40)
    result = curate("label", "pull", "-C", tmp_path / "w", "--url", "http://127.0.0.1:1")
    assert result.code == 2
    assert "SDK is not installed" in result.err or "no server answered" in result.err
    assert "0000000" not in result.err


def test_without_a_token_or_a_program_it_says_what_to_do(
    tmp_path: Path, curate: Curate, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workspace(tmp_path / "w", [capture("main/a.png")])
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    result = curate("label", "push", "-C", tmp_path / "w")
    assert result.code == 2
    assert "set LABEL_STUDIO_API_KEY" in result.err
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    result = curate("label", "serve", "-C", tmp_path / "w")
    assert result.code == 2
    assert "pip install label-studio" in result.err


@pytest.mark.parametrize(
    ("url", "warned"),
    [("http://label-studio.example", True), ("https://label-studio.example", False), ("http://127.0.0.1:1", False)],
)
def test_a_token_that_would_travel_in_the_clear_is_warned_of(
    tmp_path: Path, curate: Curate, monkeypatch: pytest.MonkeyPatch, url: str, *, warned: bool
) -> None:
    make_workspace(tmp_path / "w", [capture("main/a.png")])
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)  # so that nothing is asked of the server
    monkeypatch.setattr("sys.stdin", io.StringIO())
    result = curate("label", "push", "-C", tmp_path / "w", "--url", url)
    assert result.code == 2
    assert (f"warning: {url} is not encrypted" in result.err) is warned


def test_unknown_defects_are_counted_and_their_tables_written_out(tmp_path: Path, curate: Curate) -> None:
    make_workspace(tmp_path / "w", [capture("main/a.png"), capture("main/b.png")])
    names = {"a.png": ["beule", "scratch", "beule"], "b.png": ["roter Strich"]}
    tasks = []
    for number, (image, labels) in enumerate(names.items(), start=1):
        shapes = [item("polygon", SQUARE, f"r{place}", label) for place, label in enumerate(labels)]
        tasks.append(task(image, shapes, number))
    path = save(tmp_path / "e.json", tasks)
    result = curate("label", "import", path, "-C", tmp_path / "w")
    assert result.code == 1
    assert "unknown defects: beule 2, roter Strich 1; if they are intended, add to curate.toml:" in result.err
    assert '  [categories.part.defects.beule]\n  [categories.part.defects."roter Strich"]\n' in result.err
    assert "next: fix what is listed and run the same command again; then curate mask" in result.err
