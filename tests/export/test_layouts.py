from __future__ import annotations

from pathlib import Path

import pytest

from curate.cli.convert import WRITTEN
from curate.datasets.card import read_card
from curate.datasets.dataset import read_dataset
from curate.datasets.writers.losses import layouts_table
from curate.datasets.writers.registry import WRITERS
from curate.export.options import ExportOptions
from curate.export.run import export_dataset
from curate.validate.run import validate_dataset
from curate.workspace.workspace import open_workspace
from tests.conftest import Curate
from tests.workspaces import TinyWorkspace

FRAMES: list[tuple[str, str, tuple[str, ...]]] = [
    ("good", "train", ()),
    ("good", "test", ()),
    ("scratch", "test", ("scratch", "scratch")),
    ("scratch", "test", ("scratch", "missing")),
]


@pytest.mark.parametrize("layout", WRITTEN)
def test_every_layout_from_a_workspace_checked(tmp_path: Path, curate: Curate, layout: str) -> None:
    TinyWorkspace(tmp_path, FRAMES).write()
    result = curate("export", "-C", tmp_path, "--layout", layout, "--check")
    assert (result.code, result.out) == (0, "part: train 1 good; test 1 good, 1 multiple, 1 scratch; 4 regions\n")
    dataset = read_dataset(tmp_path / "build" / layout)
    assert dataset.layout == layout
    card = read_card(tmp_path / "build" / layout / "part/dataset.json")
    assert card is not None
    assert {origin.frame: origin.order for origin in card.samples} == {f"main/f{n}.jpg": n for n in range(4)}
    assert not (tmp_path / ".curate/export").exists()
    found = validate_dataset(tmp_path / "build" / layout).findings
    assert [finding for finding in found if finding.severity == "error"] == []


def test_a_region_that_was_changed_after_writing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from curate.disk.atomic import write_bytes
    from curate.export import run
    from curate.imaging.images import encode_png
    from tests.datasets.trees import marks

    def spoiled(path: Path, content: bytes) -> None:
        spoil = path.parts[-4:-1] == ("ground_truth", "multiple", "0000") and path.name == "0000.png"
        write_bytes(path, encode_png(marks((0, 0, 1, 1, 255), size=(16, 16))) if spoil else content)

    TinyWorkspace(tmp_path, FRAMES).write()
    monkeypatch.setattr(run, "write_bytes", spoiled)
    workspace, config, chosen = open_workspace(tmp_path, ())
    report = export_dataset(workspace, config, chosen, options=ExportOptions(check=True))
    assert [(finding.code, finding.path) for finding in report.findings] == [
        ("CUR195", "part/ground_truth/multiple/0000/0000.png")
    ]


def test_the_kind_of_a_defect_decides_its_folder_in_loco(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path, FRAMES).write()
    with (tmp_path / "curate.toml").open("a") as stream:
        stream.write('\n[categories.part.defects.missing]\nkind = "logical"\n')
    assert curate("export", "-C", tmp_path, "--layout", "mvtec-loco").code == 0
    names = sorted(path.name for path in (tmp_path / "build/mvtec-loco/part/test").iterdir())
    assert names == ["good", "logical_anomalies", "structural_anomalies"]


def test_the_command_offers_what_can_be_written() -> None:
    assert tuple(writer.layout for writer in WRITERS) == WRITTEN


def test_the_docs_hold_the_table_that_the_converter_prints() -> None:
    docs = Path(__file__).parents[2] / "docs/layouts.md"
    assert layouts_table() in docs.read_text(encoding="utf-8")
