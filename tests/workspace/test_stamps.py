from __future__ import annotations

import os
from pathlib import Path

import pytest

from curate.errors import RecordError
from curate.model.config import CategoryConfig, SplitConfig, WindowConfig
from curate.model.decision import DecisionDraft
from curate.model.defect import DefectType
from curate.workspace.decisions import append_decision, read_standing
from curate.workspace.pipeline import stale_because, stamp_stage
from curate.workspace.stage_needs import stage_inputs
from curate.workspace.stamps import read_stamp
from curate.workspace.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    record = Workspace(tmp_path).captures_record("clip", "main")
    record.parent.mkdir(parents=True)
    record.write_text("a\n", encoding="utf-8")
    return Workspace(tmp_path)


CLIP = CategoryConfig("clip", windows={"default": WindowConfig()})


def test_a_stage_is_fresh_until_what_it_read_changes(workspace: Workspace) -> None:
    assert stale_because(workspace, "split", CLIP) is None
    stamp_stage(workspace, "split", CLIP, [])
    assert stale_because(workspace, "split", CLIP) == []
    workspace.captures_record("clip", "main").write_text("b\n", encoding="utf-8")
    assert stale_because(workspace, "split", CLIP) == ["records/captures/clip/main.csv changed"]


def test_new_inputs_and_settings_and_lost_outputs_are_told(workspace: Workspace) -> None:
    output = workspace.split("default", "clip")
    output.parent.mkdir(parents=True)
    output.write_text("x\n", encoding="utf-8")
    stamp_stage(workspace, "split", CLIP, [output])
    output.unlink()
    workspace.captures_record("clip", "late").write_text("c\n", encoding="utf-8")
    changed = CategoryConfig("clip", windows=CLIP.windows, split=SplitConfig(train=3))
    assert stale_because(workspace, "split", changed) == [
        "its settings changed",
        "records/captures/clip/late.csv is new",
        "its own output records/splits/default/clip.csv is gone",
    ]


def test_a_broken_stamp_is_named(workspace: Workspace) -> None:
    path = workspace.stamp("crop", "clip")
    path.parent.mkdir(parents=True)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(RecordError, match=r"crop/clip\.json"):
        read_stamp(workspace, "crop", "clip")


def test_every_stage_reads_only_to_its_left(workspace: Workspace) -> None:
    assert stage_inputs(workspace, "crop", CLIP) == [workspace.captures_record("clip", "main")]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"settings": "", "inputs": 3, "outputs": {}}', "[" * 10**5])
def test_an_unreadable_stamp_is_a_stale_stage(workspace: Workspace, content: str) -> None:
    stamp_stage(workspace, "split", CLIP, [])
    workspace.stamp("split", "clip").write_text(content, encoding="utf-8")
    assert stale_because(workspace, "split", CLIP) == ["its stamp records/stamps/split/clip.json cannot be read"]
    workspace.stamp("split", "clip").unlink()
    workspace.stamp("split", "clip").mkdir()
    assert stale_because(workspace, "split", CLIP) == ["its stamp records/stamps/split/clip.json cannot be read"]


def test_labels_are_stale_when_a_defect_is_added(workspace: Workspace) -> None:
    stamp_stage(workspace, "label", CLIP, [])
    assert stale_because(workspace, "label", CLIP) == []
    more = CategoryConfig("clip", windows=CLIP.windows, defects={"dent": DefectType("dent")})
    assert stale_because(workspace, "label", more) == ["its settings changed"]


def test_decisions_make_the_stages_stale_that_apply_them(workspace: Workspace) -> None:
    stages = ("import", "crop", "screen", "label", "mask", "split", "export")
    before = read_standing(workspace, "clip")
    for stage in stages:
        stamp_stage(workspace, stage, CLIP, [], before)
    drafts = {
        "frame main/a.jpg: keep (sharp)": DecisionDraft("main/a.jpg", "frame", "keep", "sharp"),
        "window default of main/a.jpg: place at 7.0, 8.5": DecisionDraft(
            "main/a.jpg", "window", "place", window="default", x_px=7.0, y_px=8.5
        ),
        "window gone of main/a.jpg: accept": DecisionDraft("main/a.jpg", "window", "accept", window="gone"),
        "label of main/a.jpg: good": DecisionDraft("main/a.jpg", "label", "good"),
        "finding CUR301 of main/b.jpg: exclude": DecisionDraft("main/b.jpg", "finding", "exclude", code="CUR301"),
        "finding CUR302 of main/b.jpg: accept (so be it)": DecisionDraft(
            "main/b.jpg", "finding", "accept", "so be it", code="CUR302"
        ),
    }
    applied_by = (("screen", "split"), ("crop",), (), ("mask", "split", "export"), ("split",), ())
    for (text, draft), concerned in zip(drafts.items(), applied_by, strict=True):
        made = append_decision(workspace, "clip", draft, seen=None)
        stale = {stage: reasons for stage in stages if (reasons := stale_because(workspace, stage, CLIP))}
        assert stale == {stage: [f"1 decision is new: {text}"] for stage in concerned}
        append_decision(workspace, "clip", DecisionDraft("", "undo", "undo", undoes=made.id), seen=made.id)
        assert all(stale_because(workspace, stage, CLIP) == [] for stage in stages)


def test_what_was_decided_while_a_stage_was_running_is_not_applied(workspace: Workspace) -> None:
    drafts = [DecisionDraft(f"main/{name}.jpg", "frame", "reject") for name in "abcde"]
    first, *_ = [append_decision(workspace, "clip", draft, seen=None) for draft in drafts]
    read = read_standing(workspace, "clip")
    append_decision(workspace, "clip", DecisionDraft("main/late.jpg", "frame", "keep"), seen=None)
    stamp_stage(workspace, "screen", CLIP, [], read)
    assert stale_because(workspace, "screen", CLIP) == ["1 decision is new: frame main/late.jpg: keep"]
    append_decision(workspace, "clip", DecisionDraft("", "undo", "undo", undoes=first.id), seen=first.id)
    assert stale_because(workspace, "screen", CLIP) == [
        "1 decision is new: frame main/late.jpg: keep",
        "1 decision was taken back: frame main/a.jpg: reject",
    ]
    stamp_stage(workspace, "screen", CLIP, [])
    assert stale_because(workspace, "screen", CLIP) == [
        "5 decisions are new: frame main/b.jpg: reject, frame main/c.jpg: reject, frame main/d.jpg: reject and 2 more"
    ]


def test_chosen_tiles_depend_on_labels(workspace: Workspace) -> None:
    tiles = CategoryConfig("clip", windows={"default": WindowConfig(mode="tile", size_px=(8, 8), background=1.0)})
    stamp_stage(workspace, "crop", tiles, [])
    append_decision(workspace, "clip", DecisionDraft("main/a.jpg", "label", "good"), seen=None)
    assert stale_because(workspace, "crop", tiles) == ["1 decision is new: label of main/a.jpg: good"]


def test_a_damaged_record_of_decisions_is_a_reason(workspace: Workspace) -> None:
    stamp_stage(workspace, "split", CLIP, [])
    path = workspace.decisions("clip")
    path.parent.mkdir(parents=True)
    path.write_text("{oops\n", encoding="utf-8")
    (reason,) = stale_because(workspace, "split", CLIP) or []
    assert reason.startswith("records/decisions/clip.jsonl: line 1 is not JSON")


def test_a_named_pipe_in_a_stamps_place_is_replaced(workspace: Workspace) -> None:
    stamp = workspace.stamp("split", "clip")
    stamp.parent.mkdir(parents=True)
    os.mkfifo(stamp)
    stamp_stage(workspace, "split", CLIP, [])
    assert stale_because(workspace, "split", CLIP) == []
