"""Other names, everywhere: what follows is compared with a workspace that had the new name from the beginning."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.datasets.defects_config import read_defects_config
from curate.disk.tables import read_table
from curate.errors import ConflictError, InputError, MissingError
from curate.mask.run import write_masks
from curate.model.capture import Capture
from curate.model.config import CategoryConfig
from curate.model.decision import DecisionDraft
from curate.model.rows import MaskRow
from curate.rename.run import rename_category, rename_defect, rename_series
from curate.split.run import make_splits
from curate.workspace.annotations import read_annotations
from curate.workspace.config import read_config
from curate.workspace.decisions import append_decision, read_standing
from curate.workspace.workspace import Workspace, category_config
from tests.plants import files, ready, states

DERIVED = (".curate", "records/stamps", "records/splits")


def config_of(workspace: Workspace, category: str = "part") -> CategoryConfig:
    return category_config(read_config(workspace.config_path), category)


def test_a_series_is_as_if_it_had_always_been_called_so(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "a" / "w", series=("main",))
    append_decision(workspace, "part", DecisionDraft("main/f3.jpg", "frame", "keep"), seen=None)
    accepted = DecisionDraft("captures/part/main/f1.jpg", "finding", "accept", "seen", code="CUR703")
    append_decision(workspace, "part", accepted, seen=None)
    report = rename_series(workspace, config_of(workspace), "main", "night")
    assert report.changed == {"frames": 6}
    twin = ready(tmp_path / "b" / "w", series=("night",))
    without = (*DERIVED, "records/decisions")
    assert files(workspace, without=without) == files(twin, without=without)
    standing = read_standing(workspace, "part")
    assert list(standing.frames) == ["night/f3.jpg"]
    assert list(standing.findings) == [("CUR703", "captures/part/night/f1.jpg")]
    now = states(workspace)
    assert {stage: now[stage] for stage in ("import", "crop", "label", "mask", "split")} == {
        **dict.fromkeys(("import", "crop", "label", "mask"), "done"),
        "split": "stale",
    }


def test_a_series_that_is_not_there_or_taken(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w", series=("day", "night"))
    before = files(workspace)
    with pytest.raises(MissingError, match="has no series noon; there is day, night"):
        rename_series(workspace, config_of(workspace), "noon", "x")
    with pytest.raises(ConflictError, match="has a series night already"):
        rename_series(workspace, config_of(workspace), "day", "night")
    with pytest.raises(InputError, match="cannot be a folder's name"):
        rename_series(workspace, config_of(workspace), "day", "a/b")
    assert files(workspace) == before


def test_a_series_whose_renaming_was_stopped_is_finished_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = ready(tmp_path / "a" / "w")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    for place in ("_rename_in_lines", "_rename_masks", "write_rows"):
        with monkeypatch.context() as patch:
            patch.setattr(f"curate.workspace.rekey.{place}", stopped)
            with pytest.raises(KeyboardInterrupt):
                rename_series(workspace, config_of(workspace), "main", "night")
    rename_series(workspace, config_of(workspace), "main", "night")
    twin = ready(tmp_path / "b" / "w", series=("night",))
    assert files(workspace, without=DERIVED) == files(twin, without=DERIVED)


def test_a_category_keeps_all_that_is_known(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    append_decision(workspace, "part", DecisionDraft("main/f3.jpg", "frame", "keep"), seen=None)
    before = files(workspace, without=(".curate", "records/stamps", "curate.toml"))
    rename_category(workspace, read_config(workspace.config_path), "part", "clip")
    after = files(workspace, without=(".curate", "records/stamps", "curate.toml"))
    assert set(after.values()) == set(before.values())
    assert not any("part" in name for name in after if not name.startswith("records/splits/default.json"))
    assert workspace.categories() == ["clip"]
    config = read_config(workspace.config_path)
    assert list(config.categories) == ["clip"]
    assert list(config.categories["clip"].defects) == ["scratch", "dent"]
    now = states(workspace)
    assert {stage: now[stage] for stage in ("import", "crop", "label", "mask")} == dict.fromkeys(
        ("import", "crop", "label", "mask"), "done"
    )
    with pytest.raises(MissingError, match="there is no category part; there is clip"):
        rename_category(workspace, config, "part", "other")


def test_a_defect_keeps_its_pixel_value(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    append_decision(workspace, "part", DecisionDraft("main/f5.jpg", "label", "dent"), seen=None)
    values = {entry.defect_name: entry.pixel_value for entry in read_defects_config(workspace.pixel_values("part"))}
    assert values == {"scratch": 255, "dent": 254}
    report = rename_defect(workspace, [config_of(workspace)], "dent", "bump")
    assert report.changed == {"regions": 1, "labels": 0, "decisions": 1, "tables": 1}
    assert list(config_of(workspace).defects) == ["scratch", "bump"]
    assert read_standing(workspace, "part").labels["main/f5.jpg"].verdict == "bump"
    drawn = read_annotations(workspace.annotations("part"))
    assert [region.defect for region in drawn["main/f4.jpg"].regions] == ["bump", "scratch"]
    assert states(workspace)["label"] == "done"
    write_masks(workspace, config_of(workspace))
    entries = {entry.defect_name: entry.pixel_value for entry in read_defects_config(workspace.pixel_values("part"))}
    assert entries == {"scratch": 255, "bump": 254}
    rows = read_table(workspace.masks_record("default", "part"), MaskRow)
    assert {row.defect: row.pixel_value for row in rows} == {"scratch": 255, "bump": 254}
    make_splits(workspace, config_of(workspace))


def test_an_inserted_class_moves_no_other_value(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    masks = {name: digest for name, digest in files(workspace).items() if name.endswith(".png") and "masks" in name}
    text = workspace.config_path.read_text()
    inserted = "[categories.part.defects.crack]\nsaturation = 1.0\n\n[categories.part.defects.scratch]"
    workspace.config_path.write_text(text.replace("[categories.part.defects.scratch]", inserted))
    entries = write_masks(workspace, config_of(workspace)).entries
    assert [(entry.defect_name, entry.pixel_value) for entry in entries] == [
        ("crack", 253),
        ("scratch", 255),
        ("dent", 254),
    ]
    now = {name: digest for name, digest in files(workspace).items() if name.endswith(".png") and "masks" in name}
    assert now == masks


def test_a_value_is_never_given_to_another_while_one_is_free(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    text = workspace.config_path.read_text()
    workspace.config_path.write_text(text.replace("defects.dent]", "defects.hole]"))
    write_masks(workspace, config_of(workspace))
    workspace.config_path.write_text(text)
    entries = write_masks(workspace, config_of(workspace)).entries
    assert {entry.defect_name: entry.pixel_value for entry in entries} == {"scratch": 255, "dent": 254}
    known = {entry.defect_name: entry.pixel_value for entry in read_defects_config(workspace.pixel_values("part"))}
    assert known == {"scratch": 255, "dent": 254, "hole": 253}


def test_defects_that_cannot_be_renamed(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    before = files(workspace)
    with pytest.raises(ConflictError, match="part has a defect scratch already"):
        rename_defect(workspace, [config_of(workspace)], "dent", "scratch")
    with pytest.raises(MissingError, match="nothing is called hole in part"):
        rename_defect(workspace, [config_of(workspace)], "hole", "crack")
    assert files(workspace) == before
    text = workspace.config_path.read_text()
    inline = '\n[categories.part.defects]\nscratch = { saturation = 1.0 }\ndent = { saturation = "3 px" }\n'
    workspace.config_path.write_text(text[: text.index("\n[categories.part.defects.scratch]")] + inline)
    before = files(workspace)
    with pytest.raises(InputError, match="written in a form in which its name cannot be changed"):
        rename_defect(workspace, [config_of(workspace)], "dent", "bump")
    assert files(workspace) == before


def test_labels_of_imports_follow(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    record = workspace.captures_record("part", "main")
    record.write_text(record.read_text().replace(",,,24,16,", ",dent,,24,16,", 1))
    assert next(row.label for row in read_table(record, Capture)) == "dent"
    assert rename_defect(workspace, [config_of(workspace)], "dent", "bump").changed["labels"] == 1
    assert next(row.label for row in read_table(record, Capture)) == "bump"
