from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

from curate.disk.hashing import sha256_file
from curate.disk.tables import columns_of, write_table
from curate.errors import InputError, MissingError
from curate.imaging.images import decode, write_png
from curate.imaging.preview import browser_picture
from curate.label.labelling import labelling_config
from curate.label.live import PushOptions, push_labels
from curate.label.run import import_export
from curate.model.capture import Window
from curate.model.config import CategoryConfig
from curate.model.defect import DefectType
from curate.model.region import Annotation, Ellipse, Rectangle, Region
from curate.model.screening import Screening
from curate.workspace.annotations import read_annotations, write_annotations
from curate.workspace.workspace import Workspace
from tests.annotated import capture, item, make_workspace, window


class FakeServer:
    """Keeps everything in memory, and may die after some requests."""

    def __init__(self) -> None:
        self.configs: dict[int, str] = {}
        self.titles: dict[str, int] = {}
        self.tasks: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.folders: list[str] = []
        self.dies_after = 10**9

    def _live(self) -> None:
        self.dies_after -= 1
        if self.dies_after < 0:
            raise MissingError("no server answered")

    def find_project(self, title: str) -> int | None:
        return self.titles.get(title)

    def create_project(self, title: str, config: str) -> int:
        self._live()
        self.titles[title] = len(self.titles) + 1
        self.configs[self.titles[title]] = config
        return self.titles[title]

    def set_config(self, project: int, config: str) -> None:
        self.configs[project] = config

    def task_data(self, project: int) -> list[dict[str, Any]]:
        assert project in self.configs
        return [task["data"] for task in self.tasks]

    def uploads(self, project: int) -> dict[str, str]:
        assert project in self.configs
        return {name: f"/data/upload/1/0a0a0a0a-{name}" for name in self.files}

    def upload(self, project: int, name: str, content: bytes) -> None:
        self._live()
        assert project in self.configs
        assert name not in self.files, "sent twice"
        self.files[name] = content

    def serve_folder(self, project: int, folder: str) -> None:
        assert project in self.configs
        self.folders.append(folder)

    def add_tasks(self, project: int, tasks: list[dict[str, Any]]) -> None:
        self._live()
        assert project in self.configs
        self.tasks += tasks

    def export(self, project: int) -> list[dict[str, Any]]:
        assert project in self.configs
        return [{"id": n, "annotations": [], **task} for n, task in enumerate(self.tasks, 1)]


def cut(root: Path, name: str, seed: int) -> Window:
    pixels = np.random.default_rng(seed).integers(0, 255, (100, 160), dtype=np.uint8)
    path = root / "windows" / "default" / "part" / "main" / f"{name}.png"
    write_png(path, pixels)
    row = window(f"main/{name}.jpg", f"main/{name}.png", (0.5, 0, -50, 0, 0.5, -25), (160, 100))
    return replace(row, sha256=sha256_file(path))


def prepared(root: Path, count: int = 5) -> tuple[Workspace, CategoryConfig]:
    rows = [cut(root, str(index), index) for index in range(count)]
    return make_workspace(root, [capture(f"main/{index}.jpg") for index in range(count)], rows)


def test_push_twice_sends_once_and_changes_get_their_own_task(tmp_path: Path) -> None:
    workspace, category = prepared(tmp_path)
    server = FakeServer()
    first = push_labels(workspace, category, server, "p")
    assert (first.created, first.sent, first.present) == (True, 5, 0)
    again = push_labels(workspace, category, server, "p")
    assert (again.created, again.sent, again.present) == (False, 0, 5)
    make_workspace(tmp_path, [capture("main/0.jpg")], [cut(tmp_path, "0", 99)])
    changed = push_labels(workspace, category, server, "p")
    assert (changed.sent, changed.changed) == (1, 1)


def test_a_push_that_was_cut_off_is_finished_without_repeating(tmp_path: Path) -> None:
    two_at_a_time = PushOptions(batch=2)
    workspace, category = prepared(tmp_path)
    for patience in range(9):
        server = FakeServer()
        server.dies_after = patience
        with pytest.raises(MissingError):
            push_labels(workspace, category, server, "p", options=two_at_a_time)
        server.dies_after = 10**9
        push_labels(workspace, category, server, "p", options=two_at_a_time)
        frames = sorted(task["data"]["curate"]["frame"] for task in server.tasks)
        assert frames == [f"main/{index}.jpg" for index in range(5)]


def test_dry_run_and_missing_things(tmp_path: Path) -> None:
    workspace, category = prepared(tmp_path)
    server = FakeServer()
    assert push_labels(workspace, category, server, "p", dry_run=True).sent == 5
    assert server.titles == {}
    with pytest.raises(InputError, match="names no defect"):
        push_labels(workspace, replace(category, defects={}), server, "p")
    with pytest.raises(MissingError, match="no frames"):
        push_labels(Workspace(tmp_path / "empty"), category, server, "p", options=PushOptions("frames"))


def test_suggestions_come_back_as_they_were(tmp_path: Path) -> None:
    workspace, category = prepared(tmp_path, 2)
    region = Region("e", "scratch", (Ellipse(200, 120, 60, 20, 30),))
    write_annotations(workspace.annotations("part"), [Annotation("main/0.jpg", 640, 400, "", (region,))])
    server = FakeServer()
    push_labels(workspace, category, server, "p", options=PushOptions(suggest=True))
    (prediction,) = server.tasks[0]["predictions"]
    assert server.tasks[1]["predictions"] == []
    server.tasks[0]["annotations"] = [{"id": 1, "result": prediction["result"]}]
    workspace.annotations("part").unlink()
    report = import_export(workspace, category, server.export(1), "p")
    assert report.findings == ()
    (back,) = read_annotations(workspace.annotations("part")).values()
    assert back.regions[0].shapes == (Ellipse(200, 120, 60, 20, 30),)


def test_what_was_drawn_on_an_older_cut_stays_where_it_was(tmp_path: Path) -> None:
    workspace, category = prepared(tmp_path, 1)
    server = FakeServer()
    push_labels(workspace, category, server, "p")
    # The window moves by (20, 10) of the frame, and is cut anew; the task still shows the older cut.
    moved = window("main/0.jpg", "main/0.png", (0.5, 0, -60, 0, 0.5, -30), (160, 100))
    make_workspace(tmp_path, [capture("main/0.jpg")], [replace(moved, sha256="2" * 64)])
    box = item("rectangle", {"x": 25, "y": 50, "width": 10, "height": 10}, original_width=160, original_height=100)
    server.tasks[0]["annotations"] = [{"id": 1, "result": [box]}]
    report = import_export(workspace, category, server.export(1), "p")
    assert report.findings == ()
    (annotation,) = read_annotations(workspace.annotations("part")).values()
    # Window pixels (40, 50) .. (56, 60) of the older cut: twice that, plus (100, 50).
    assert annotation.regions[0].shapes == (Rectangle(196, 160, 32, 20),)


def test_another_picture_under_the_same_name_is_refused(tmp_path: Path) -> None:
    workspace, category = prepared(tmp_path, 1)
    keys = {"frame": "main/0.jpg", "window": "", "sha256": "9" * 64}
    task = {"id": 1, "data": {"image": "x.png", "curate": keys}, "annotations": [{"id": 1, "result": []}]}
    report = import_export(workspace, category, [task], "p")
    assert [finding.code for finding in report.findings] == ["CUR503"]


def test_invalid_suggestions_stop_everything(tmp_path: Path) -> None:
    workspace, category = prepared(tmp_path, 1)
    region = Region("e", "gone", (Rectangle(200, 120, 60, 20),))
    write_annotations(workspace.annotations("part"), [Annotation("main/0.jpg", 640, 400, "", (region,))])
    server = FakeServer()
    with pytest.raises(InputError, match="unknown label 'gone'"):
        push_labels(workspace, category, server, "p", options=PushOptions(suggest=True))
    assert server.titles == {}


def test_maps_become_suggestions(tmp_path: Path) -> None:
    workspace, category = prepared(tmp_path, 2)
    scores = np.zeros((100, 160), np.float32)
    scores[10:20, 30:50] = 0.9
    (tmp_path / "maps" / "main").mkdir(parents=True)
    np.save(tmp_path / "maps" / "main" / "1.npy", scores)
    server = FakeServer()
    options = PushOptions(maps=tmp_path / "maps", map_threshold=0.5, map_defect="dent")
    push_labels(workspace, category, server, "p", options=options)
    (prediction,) = server.tasks[1]["predictions"]
    assert prediction["score"] == pytest.approx(0.9)
    assert prediction["result"][0]["value"]["brushlabels"] == ["dent"]
    np.save(tmp_path / "maps" / "main" / "0.npy", scores[:5])
    with pytest.raises(InputError, match="is a map of 160×5, its picture has 160×100"):
        push_labels(workspace, category, server, "p", options=options)


def test_local_files_are_named_below_the_workspace(tmp_path: Path) -> None:
    workspace, category = prepared(tmp_path, 1)
    server = FakeServer()
    push_labels(workspace, category, server, "p", options=PushOptions(images="local"))
    assert server.tasks[0]["data"]["image"] == "/data/local-files/?d=windows/default/part/main/0.png"
    assert str(workspace.windows("default", "part")) in server.folders
    assert server.files == {}


def test_deep_pictures_are_shown_as_eight_bits(tmp_path: Path) -> None:
    pixels = np.linspace(1000, 3000, 100 * 160).astype(np.uint16).reshape(100, 160)
    path = tmp_path / "deep.png"
    write_png(path, pixels)
    content, is_own, mapping = browser_picture(path)
    shown = decode(content, path)
    assert not is_own
    assert shown.dtype == np.uint8
    assert (shown.min(), shown.max()) == (0, 255)
    assert mapping is not None
    assert 1000 <= mapping["low"] < 1005
    assert 2995 < mapping["high"] <= 3000
    write_png(path, (pixels // 16).astype(np.uint8))
    assert browser_picture(path) == (path.read_bytes(), True, None)


def test_configuration_names_every_defect_safely() -> None:
    category = CategoryConfig("x", defects={name: DefectType(name) for name in ('a "b" & <c>', "ü")})
    root: Element = fromstring(labelling_config(category))
    for tag in ("PolygonLabels", "EllipseLabels", "RectangleLabels", "BrushLabels"):
        control = root.find(f".//{tag}")
        assert control is not None
        assert [label.get("value") for label in control] == list(category.defects)
    area = root.find(".//TextArea")
    assert area is not None
    assert area.get("perRegion") == "true"


def test_nobody_is_asked_about_what_screening_set_aside(tmp_path: Path) -> None:
    workspace, category = prepared(tmp_path, 3)
    unmeasured: dict[str, Any] = dict.fromkeys(columns_of(Screening))
    rows = [
        Screening(
            **{
                **unmeasured,
                "frame": f"main/{index}.jpg",
                "decision": decision,
                "reason": "",
                "decided_by": "rule",
                "measured_on": "window",
                "repeat_of": "",
            }
        )
        for index, decision in enumerate(["keep", "reject", "keep"])
    ]
    write_table(workspace.screening_record("part", "main"), rows, Screening)
    server = FakeServer()
    report = push_labels(workspace, category, server, "p")
    assert (report.sent, report.left_out) == (2, 1)
    assert [task["data"]["curate"]["frame"] for task in server.tasks] == ["main/0.jpg", "main/2.jpg"]
