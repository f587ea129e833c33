from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import RecordError
from curate.files.road import stage_inputs, stale_because, stamp_stage
from curate.files.stamps import read_stamp
from curate.files.workspace import Workspace
from curate.model.config import CategoryConfig, SplitConfig, WindowConfig
from curate.model.defect import DefectType


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
