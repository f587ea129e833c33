from __future__ import annotations

import json
from pathlib import Path

import pytest

from curate.demo.plan import plan_session
from curate.demo.session import SessionSettings
from curate.demo.write import write_session
from curate.model.decision import DecisionDraft
from curate.workspace.decisions import append_decision, read_decisions
from curate.workspace.workspace import Workspace
from tests.conftest import Curate


@pytest.fixture
def root(tmp_path: Path, curate: Curate) -> Path:
    settings = SessionSettings(
        frames=16, seed=8, frame_px=(320, 240), window_px=120, context_px=180, jitter_px=4.0, rotation_deg=0.5,
        conditions={"over-exposed": 0.06}, defects={},
    )  # fmt: skip
    write_session(
        plan_session(settings), settings,
        frames=tmp_path / "camera", template=tmp_path / "t.png", annotations=tmp_path / "a.json",
    )  # fmt: skip
    curate("init", tmp_path / "work", "-q")
    assert curate("import", tmp_path / "camera", "-c", "clip", "-C", tmp_path / "work", "--label", "good").code == 0
    return tmp_path / "work"


def test_counts_by_reason_and_label_and_the_way_back(curate: Curate, root: Path) -> None:
    result = curate("screen", "-C", root)
    assert result.code == 0
    assert "clip: set aside 1 of 16 frames" in result.out
    assert "good      1 of     16    6.2%" in result.out
    assert "look at screening/clip/main.png" in result.out
    document = json.loads(curate("screen", "-C", root, "--json").out)["categories"][0]
    (frame,) = document["rejected"]
    assert document["labels"] == {"good": {"frames": 16, "rejected": 1}}
    result = curate("screen", "-C", root, "--keep", frame)
    assert "set aside 0 of 16" in result.out
    assert "1 decided by hand" in result.out
    assert "decisions" not in curate("status", "-C", root).out
    result = curate("screen", "-C", root, "--reject", frame, "--reason", "an arm in it", "--json")
    assert json.loads(result.out)["categories"][0]["rejected"] == {frame: "by hand: an arm in it"}
    listed = json.loads(curate("frames", "-C", root, "--rejected", "--json").out)["frames"]
    assert [(entry["frame"], entry["rejected"]) for entry in listed] == [(frame, "by hand: an arm in it")]
    curate("split", "-C", root)
    last = read_decisions(Workspace(root), "clip")[-1]
    append_decision(Workspace(root), "clip", DecisionDraft(frame, "frame", "keep", "no arm"), seen=last.id)
    result = curate("status", "-C", root)
    assert result.out.count(f"1 decision is new: frame {frame}: keep (no arm)") == 2  # screen and split


def test_a_reason_needs_a_frame(curate: Curate, root: Path) -> None:
    result = curate("screen", "-C", root, "--reason", "an arm")
    assert result.code == 2
    assert "--reason says why frames are kept or rejected" in result.err


def test_limits_from_the_configuration(curate: Curate, root: Path) -> None:
    text = (root / "curate.toml").read_text()
    (root / "curate.toml").write_text(text + "\n[categories.clip]\nscreen = { light = 0, clipped = 0, contrast = 0 }\n")
    assert "set aside 0 of 16" in curate("screen", "-C", root).out
    (root / "curate.toml").write_text(text + "\n[categories.clip]\nscreen = { blurr = 0.3 }\n")
    result = curate("screen", "-C", root)
    assert result.code == 2
    assert "did you mean 'blur'" in result.err


def test_an_unknown_frame_gives_exit_2(curate: Curate, root: Path) -> None:
    result = curate("screen", "-C", root, "--keep", "nothing.jpg")
    assert result.code == 2
    assert "no frame of clip" in result.err


def test_a_published_measure_is_compared_and_decides_nothing(curate: Curate, root: Path) -> None:
    before = json.loads(curate("screen", "-C", root, "--json").out)["categories"][0]
    result = curate("screen", "-C", root, "--compare", "blur_effect")
    assert result.code == 0
    assert "blur by blur_effect (16 frames measured): " in result.out
    after = json.loads(curate("screen", "-C", root, "--compare", "blur_effect", "--json").out)["categories"][0]
    (comparison,) = after.pop("comparisons")
    assert (comparison["measure"], comparison["reason"], comparison["compared"]) == ("blur_effect", "blur", 16)
    assert after == before
