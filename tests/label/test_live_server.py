"""With a real Label Studio server: push, annotate, pull, and compare masks; then the real editor in a headless browser.

Skipped where the programs are not installed; ``CURATE_LABEL_STUDIO=required`` makes that a failure (``.ci/run`` sets
it). ``CURATE_LABEL_STUDIO_DATABASE`` may name a migrated database of the same version, which spares a minute.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.errors import CurateError
from curate.imaging.images import read_pixels
from curate.label.live import PushOptions, push_labels
from curate.label.run import import_export
from curate.label_studio.process import ServerSettings, find_program, running_server
from curate.label_studio.server import LabelServer, connect
from curate.mask.run import write_masks
from curate.model.config import CategoryConfig
from curate.model.region import Ellipse
from curate.workspace.workspace import Workspace
from tests.annotated import item
from tests.label.test_push import prepared
from tests.reference_geometry import grid_ellipse, grid_polygon

TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of a server that lives as long as this test
REQUIRED = os.environ.get("CURATE_LABEL_STUDIO") == "required"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def need(present: object, what: str) -> None:
    if not present:
        if REQUIRED:
            pytest.fail(f"{what} is required here and not installed")
        pytest.skip(f"{what} is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServerSettings:
    need(importlib.util.find_spec("label_studio_sdk"), "label-studio-sdk")
    try:
        find_program()
    except CurateError:
        need(None, "label-studio")
    home = tmp_path_factory.mktemp("label-studio")
    template = os.environ.get("CURATE_LABEL_STUDIO_DATABASE")
    if template:
        shutil.copy(template, home / "label_studio.sqlite3")
    return ServerSettings(home, free_port(), "ci@example.test", "ci-password-1", TOKEN, home.parent)


@pytest.fixture(scope="module")
def server(settings: ServerSettings) -> Iterator[LabelServer]:
    with running_server(settings), connect(settings.url, TOKEN) as client:
        yield client


def on_window(kind: str, value: dict[str, Any], key: str) -> dict[str, Any]:
    made = item(kind, value, key, original_width=160, original_height=100)
    return {**made, "from_name": kind, "to_name": "image"}


def pull_and_mask(workspace: Workspace, category: CategoryConfig, server: LabelServer, title: str) -> list[Any]:
    project = server.find_project(title)
    assert project is not None
    report = import_export(workspace, category, server.export(project), title)
    assert [finding.code for finding in report.findings if finding.severity == "error"] == []
    assert write_masks(workspace, category).findings == ()
    folder = workspace.masks("default", "part")
    return [read_pixels(path) for path in sorted(folder.rglob("*.png"))]


def test_push_annotate_pull_mask(tmp_path: Path, server: LabelServer) -> None:
    workspace, category = prepared(tmp_path, 3)
    assert push_labels(workspace, category, server, "road").sent == 3
    assert push_labels(workspace, category, server, "road").sent == 0
    project = server.find_project("road")
    assert project is not None
    tasks = sorted(server.export(project), key=lambda task: str(task["data"]["name"]))
    ellipse = {"x": 50, "y": 50, "radiusX": 25, "radiusY": 10, "rotation": 30}
    box = {"x": 40, "y": 20, "width": 30, "height": 20, "rotation": 35}
    number = {**on_window("ellipse", ellipse, "e"), "type": "textarea", "from_name": "saturation"}
    number["value"] = {**ellipse, "text": ["12 px"]}
    results = [[on_window("ellipse", ellipse, "e"), number], [on_window("rectangle", box, "r")], []]
    for task, result in zip(tasks, results, strict=True):
        server._sdk.annotations.create(id=task["id"], result=result)
    first, second = pull_and_mask(workspace, category, server, "road")
    # 160 × 100: centre (80, 50), radii 40 and 10, and a rectangle whose corner (64, 20) is its pivot.
    assert np.array_equal(first > 0, grid_ellipse(Ellipse(80, 50, 40, 10, 30), 160, 100))
    turn = np.radians(35)
    along, down = np.array([np.cos(turn), np.sin(turn)]) * 48, np.array([-np.sin(turn), np.cos(turn)]) * 20
    corner = np.array([64.0, 20.0])
    corners = np.array([corner, corner + along, corner + along + down, corner + down])
    assert np.array_equal(second > 0, grid_polygon(corners, 160, 100))
    assert {int(first.max()), int(second.max())} == {253, 255}  # its own threshold has its own value
    before = workspace.annotations("part").read_bytes()
    pull_and_mask(workspace, category, server, "road")
    assert workspace.annotations("part").read_bytes() == before


def test_a_personal_access_token_and_local_files(settings: ServerSettings, server: LabelServer) -> None:
    personal = server._sdk.tokens.create()
    root = settings.files / "shown"
    workspace, category = prepared(root, 1)
    with connect(settings.url, personal.token) as other:
        assert push_labels(workspace, category, other, "uploaded").sent == 1  # uploads need a header of our own
        assert push_labels(workspace, category, other, "local", options=PushOptions(images="local")).sent == 1
        project = other.find_project("local")
        assert project is not None
        (data,) = other.task_data(project)
        # The folder that the server may show is above the workspace here, so the path starts with its name.
        url = data["image"].replace("?d=", "?d=shown/")
        answer = other._http.get(f"{settings.url}{url}", headers=other._authorization())
    picture = workspace.windows("default", "part") / "main" / "0.png"
    assert answer.content == picture.read_bytes()
    with pytest.raises(CurateError, match="refused the token") as refused:
        connect(settings.url, "f" * 40)
    assert "ffff" not in str(refused.value)


def test_serve_answers_until_it_is_told_to_stop(tmp_path: Path, settings: ServerSettings, server: LabelServer) -> None:
    del server
    workspace, _ = prepared(tmp_path, 2)
    home = workspace.scratch / "label-studio"
    home.mkdir(parents=True)
    shutil.copy(settings.home / "label_studio.sqlite3", home)
    port = free_port()
    arguments = [sys.executable, "-m", "curate", "label", "serve", "-C", str(tmp_path), "--port", str(port), "--push"]
    with subprocess.Popen(
        arguments,
        env={**os.environ, "LABEL_STUDIO_API_KEY": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C stops it" in line:
                break
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
    said = "".join(lines)
    assert "tiny / part: 2 tasks sent" in said
    assert TOKEN not in said
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server outlived its command"


def test_a_server_killed_in_the_middle_of_a_push(
    tmp_path: Path, settings: ServerSettings, server: LabelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del server  # its database exists, so the second server starts at once
    two_at_a_time = PushOptions(batch=2)
    workspace, category = prepared(tmp_path, 5)
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(settings.home / "label_studio.sqlite3", home)
    own = ServerSettings(home, free_port(), settings.user, settings.password, TOKEN, tmp_path)
    with running_server(own) as process, ExitStack() as stack:
        doomed = stack.enter_context(connect(own.url, TOKEN))
        add_tasks = doomed.add_tasks

        def add_then_die(project: int, tasks: list[dict[str, Any]]) -> None:
            add_tasks(project, tasks)
            os.killpg(process.pid, 9)
            process.wait()

        monkeypatch.setattr(doomed, "add_tasks", add_then_die)
        with pytest.raises(CurateError, match="no server answered"):
            push_labels(workspace, category, doomed, "killed", options=two_at_a_time)
    with running_server(own), ExitStack() as stack:
        again = stack.enter_context(connect(own.url, TOKEN))
        report = push_labels(workspace, category, again, "killed", options=two_at_a_time)
        assert (report.sent, report.present) == (3, 2)
        project = again.find_project("killed")
        assert project is not None
        assert len(again.task_data(project)) == 5


def test_an_ellipse_drawn_and_turned_in_the_real_editor(
    tmp_path: Path, settings: ServerSettings, server: LabelServer
) -> None:
    need(importlib.util.find_spec("playwright"), "playwright")
    chromium = os.environ.get("CURATE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    need(chromium, "chromium")
    workspace, category = prepared(tmp_path, 1)
    push_labels(workspace, category, server, "drawn", options=PushOptions())
    project = server.find_project("drawn")
    assert project is not None
    (task,) = server.export(project)
    from tests.label.editor import draw_turned_ellipse

    assert chromium is not None
    filled = draw_turned_ellipse(chromium, settings, project, int(task["id"]), (160, 100)) >= 128
    (mask,) = pull_and_mask(workspace, category, server, "drawn")
    (stored,) = server.export(project)
    value = stored["annotations"][0]["result"][0]["value"]
    assert value["rotation"] % 360 > 5
    expected = Ellipse(value["x"] * 1.6, value["y"], value["radiusX"] * 1.6, value["radiusY"], value["rotation"])
    assert np.array_equal(mask > 0, grid_ellipse(expected, 160, 100))
    # The canvas decides by coverage, we by the pixel's centre: only pixels on the outline may differ.
    assert (filled & (mask > 0)).sum() / (filled | (mask > 0)).sum() > 0.98
