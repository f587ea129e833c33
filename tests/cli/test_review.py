"""``curate review``: the command around the page, and the whole loop from a decision to changed records."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from curate.demo.plan import plan_session
from curate.demo.session import SessionSettings
from curate.demo.write import write_session
from curate.disk.tables import read_table
from curate.model.capture import Window
from curate.model.rows import SplitRow
from curate.model.screening import Screening
from curate.review.app import make_app
from curate.review.guard import Keys
from curate.review.snapshot import Desk
from curate.workspace.decisions import read_decisions
from curate.workspace.workspace import Workspace, open_workspace
from tests.conftest import Curate
from tests.review.bench import EVIL, write_workspace
from tests.workspaces import TinyWorkspace


def command(*arguments: object) -> subprocess.Popen[str]:
    parts = [sys.executable, "-m", "curate", "review", *map(str, arguments)]
    environment = {**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    return subprocess.Popen(parts, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_interrupted_and_says_what_was_decided(
    tmp_path: Path, curate: Curate, number: signal.Signals
) -> None:
    write_workspace(tmp_path)
    process = command("-C", tmp_path, "--json", "--no-open")
    assert process.stdout
    url = json.loads(process.stdout.readline())["url"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", url)
    with httpx.Client() as client:
        pages = httpx.URL(url).join(re.findall(r'<a href="(/[\w-]{43}/)">', client.get(url).text)[0])
        assert client.get(url).status_code == 403
        page = client.get(pages).text
        key = re.search(r'name="review-token" content="([^"]+)"', page)
        item = re.search(r'id="start" href="item-(\w+)"', page)
        assert key
        assert item
        body = {"item": item[1], "action": "accept", "seen": None}
        answer = client.post(pages.join("decisions"), json=body, headers={"X-Review-Token": key[1]})
        assert answer.status_code == 200
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 0}[number]
    status = json.loads(curate("status", "-C", tmp_path, "--json").out)
    assert json.loads(out) == {"decisions": 1, "undone": 0, "next": status["next"]}
    assert "token" not in out + err
    (entry,) = read_decisions(Workspace(tmp_path), "part")
    assert (entry.frame, entry.verdict) == (EVIL, "accept")


@pytest.mark.parametrize("look", [False, True], ids=["at once", "while the export is checked"])
def test_ctrl_c_is_never_an_abort(tmp_path: Path, curate: Curate, *, look: bool) -> None:  # line/09_review_ctrl_c
    frames = [("good", "train" if n % 2 else "test", ()) for n in range(60)]
    TinyWorkspace(tmp_path, frames, status={3: "review"}).write()
    assert curate("export", "-C", tmp_path).code == 0
    for _ in range(3):
        shutil.rmtree(tmp_path / ".curate", ignore_errors=True)  # so that every image is looked at
        process = command("-C", tmp_path, "--no-open")
        assert process.stdout
        url = process.stdout.readline().strip()
        if look:
            assert httpx.get(url).status_code == 200
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err


def test_what_was_shown_has_been_looked_at(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 4, status={3: "review"}).write()
    for look, state in ((False, "not run"), (True, "done")):
        process = command("-C", tmp_path, "--no-open")
        assert process.stdout
        url = httpx.URL(process.stdout.readline().strip())
        with httpx.Client() as client:
            first = re.findall(r'<a href="(/[\w-]{43}/)">', client.get(url).text)[0]
            assert not look or client.get(url.join(first)).status_code == 200
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        stages = json.loads(curate("status", "-C", tmp_path, "--json").out)["categories"]["part"]
        assert stages["review"]["state"] == state  # an address that nobody opened is no look


def test_a_port_that_is_taken_is_told(tmp_path: Path, curate: Curate) -> None:
    import socket

    write_workspace(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = curate("review", "-C", tmp_path, "--no-open", "--port", port)
    assert result.code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in result.err
    assert "choose another --port" in result.err


def test_unusable_input_gives_exit_2(tmp_path: Path, curate: Curate) -> None:
    assert curate("review", "-C", tmp_path, "--no-open").code == 2
    write_workspace(tmp_path)
    result = curate("review", "-C", tmp_path, "--no-open", "--window", "small")
    assert result.code == 2
    assert "no category has a window small; there is default" in result.err
    assert curate("review", "-C", tmp_path, "--no-open", "-c", "other").code == 2
    assert curate("review", "-C", tmp_path, "--no-open", "--host", "no such host").code == 2


def test_another_host_is_warned_about(tmp_path: Path, curate: Curate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.review.server.ReviewServer.run", lambda self: self._socket.close() or True)
    write_workspace(tmp_path)
    assert "open to the network" in curate("review", "-C", tmp_path, "--no-open", "--host", "0.0.0.0").err  # noqa: S104
    quiet = curate("review", "-C", tmp_path, "--no-open")
    assert "network" not in quiet.err
    assert "0 decisions made" in quiet.err
    assert quiet.out.startswith("http://127.0.0.1:")


class Hand:
    """Somebody who decides on the page."""

    def __init__(self, root: Path) -> None:
        self.workspace, _, categories = open_workspace(root)
        self.keys = Keys()
        self.app, self.pages = make_app(Desk(self.workspace, categories), self.keys, host="127.0.0.1", cookie="c")

    def decide(self, stage: str, frame: str, action: str, **more: Any) -> None:
        """Decide about a thing of the queue as it is now."""
        entries = self.pages.desk.snapshot().entries
        item = next(e.item.id for e in entries if (e.item.stage, e.item.frame) == (stage, frame))
        self.post("/decisions", {"item": item, "action": action, "seen": None, **more})

    def post(self, path: str, document: Any) -> Any:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            headers = {"X-Review-Token": self.keys.post}
            async with httpx.AsyncClient(
                transport=transport, cookies={"c": self.keys.session}, headers=headers
            ) as client:
                return await client.post(f"http://localhost/{self.keys.folder}{path}", json=document)

        answer = asyncio.run(call())
        assert answer.status_code == 200, answer.text
        return answer.json()


CONFIG = """
[categories.clip]
window = { mode = "match", template = "t.png", size = [120, 120], min_agreement = 0.9 }
[categories.clip.defects.scratch]
[categories.clip.defects.dent]
"""


@pytest.fixture
def root(tmp_path: Path, curate: Curate) -> Path:
    """A session of 16 frames, one of them over-exposed, one occluded, cut, screened and split."""
    root = tmp_path / "work"
    settings = SessionSettings(
        frames=16, seed=8, frame_px=(320, 240), window_px=120, context_px=180, jitter_px=4.0, rotation_deg=0.5,
        conditions={"over-exposed": 0.06, "occluded": 0.06}, defects={},
    )  # fmt: skip
    curate("init", root, "-q")
    write_session(
        plan_session(settings), settings,
        frames=tmp_path / "camera", template=root / "t.png", annotations=tmp_path / "a.json",
    )  # fmt: skip
    assert curate("import", tmp_path / "camera", "-c", "clip", "-C", root, "--label", "good").code == 0
    (root / "curate.toml").write_text((root / "curate.toml").read_text() + CONFIG)
    for stage in ("crop", "screen", "split"):
        assert curate(stage, "-C", root).code in {0, 1}
    return root


def test_decisions_change_the_records_of_the_stages_that_run_next(curate: Curate, root: Path) -> None:
    hand = Hand(root)
    workspace = hand.workspace
    entries = [entry.item for entry in hand.pages.desk.snapshot().entries]
    rejected = next(item.frame for item in entries if item.stage == "screen" and item.status == "rejected")
    unsure = next(item.frame for item in entries if item.stage == "crop" and item.frame != rejected)
    cut = {row.frame: row for row in read_table(workspace.windows_record("default", "clip", "main"), Window)}
    assert cut[unsure].status != "accepted"

    with workspace.lock():  # another command is writing: deciding goes on
        hand.decide("screen", rejected, "accept", reason="the part can be seen")
        hand.decide("screen", rejected, "defect 2")
        hand.decide("crop", unsure, "place", x_px=150, y_px=110, reason="here it is")
    stale = curate("status", "-C", root).out
    assert [line.split()[1] for line in stale.splitlines() if " stale" in line][:2] == ["crop", "screen"]

    for stage in ("crop", "screen", "split"):
        assert curate(stage, "-C", root).code in {0, 1}
    window = {row.frame: row for row in read_table(workspace.windows_record("default", "clip", "main"), Window)}[unsure]
    assert (window.status, window.m02, window.m12) == ("accepted", -90.0, -50.0)  # 150 - 60, 110 - 60
    assert "here it is" in window.reason
    screened = {row.frame: row for row in read_table(workspace.screening_record("clip", "main"), Screening)}
    assert (screened[rejected].decision, screened[rejected].decided_by) == ("keep", "person")
    split = {row.frame: row for row in read_table(workspace.split("default", "clip"), SplitRow)}
    assert (split[rejected].label, split[rejected].side) == ("dent", "test")
    states = [line.split()[1:3] for line in curate("status", "-C", root).out.splitlines()]
    assert ["crop", "done"] in states
    assert ["split", "done"] in states


def test_a_decision_that_was_taken_back_is_as_if_it_had_never_been_made(curate: Curate, root: Path) -> None:
    hand = Hand(root)
    record = hand.workspace.screening_record("clip", "main")
    before = record.read_bytes()
    entries = hand.pages.desk.snapshot().entries
    frame = next(
        entry.item.frame for entry in entries if entry.item.stage == "screen" and entry.item.status == "rejected"
    )
    hand.decide("screen", frame, "accept")
    curate("screen", "-C", root)
    assert record.read_bytes() != before
    hand.post("/undo", {"category": "clip", "undoes": 1, "seen": 1})
    curate("screen", "-C", root)
    assert record.read_bytes() == before


def test_the_queue_is_the_same_when_the_page_is_started_again(root: Path) -> None:
    first = Hand(root)
    things = [entry.item for entry in first.pages.desk.snapshot().entries]
    first.decide(things[0].stage, things[0].frame, "reject")
    again = Hand(root).pages.desk.snapshot().entries
    assert [entry.item for entry in again] == things
    assert [entry.decided for entry in again][:1] == [True]
