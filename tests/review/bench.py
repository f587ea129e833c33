"""A small workspace with something of everything that review shows, and a client for its pages."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from curate.disk.atomic import write_bytes, write_text
from curate.disk.tables import write_table
from curate.imaging.images import encode_png
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig
from curate.model.decision import Decision, DecisionDraft
from curate.model.rows import SplitRow
from curate.model.screening import Screening
from curate.review.app import Pages, make_app
from curate.review.guard import Keys
from curate.review.snapshot import Desk
from curate.workspace.decisions import append_decision, read_decisions
from curate.workspace.workspace import Workspace, open_workspace
from tests.workspaces import capture, row

FRAME_PX = (320, 240)
WINDOW_PX = (80, 60)
EVIL = "main/<img src=x onerror=alert(1)>.png"
NAMES = (
    "main/a0.png",
    "main/a1.png",  # blurred: rejected by screening
    "main/a2.png",  # a repeat of a1
    "main/ünïcode 日本.png",  # nearly over-exposed: borderline
    EVIL,  # its window is for review
    "main/a5.png",  # no window was found
    "main/a6.png",  # nobody has labelled it
    "main/a7.png",
    "main/a8.png",
    "main/a9.png",
)
CONFIG = """[dataset]
name = "review"

[categories.part]
window = { mode = "match", template = "templates/part.png", size = [80, 60] }

[categories.part.defects.scratch]
[categories.part.defects.dent]
"""
COOKIE = "curate-review-test"


@dataclass
class Bench:
    """The workspace under review, its application, and what a browser would hold."""

    root: Path
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        write_workspace(self.root)
        self.workspace: Workspace
        self.workspace, _, self.configs = open_workspace(self.root)
        self.keys = Keys()
        self.pages: Pages
        self.app, self.pages = make_app(Desk(self.workspace, self.configs), self.keys, host="127.0.0.1", cookie=COOKIE)
        self.cookies = {COOKIE: self.keys.session}

    @property
    def config(self) -> CategoryConfig:
        return self.configs[0]

    def bare(self, method: str, url: str, *, host: str = "127.0.0.1:8000", **more: Any) -> httpx.Response:
        async def call() -> httpx.Response:
            # A name with another case or port is sent as it is: httpx takes the Host header from the address.
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, cookies=self.cookies) as client:
                return await client.request(method, f"http://{host}{url}", **more)

        return asyncio.run(call())

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Ask for an address relative to the pages, as a browser that is let in does."""
        return self.bare(method, f"/{self.keys.folder}/{url.removeprefix('./')}", **more)

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.request("GET", url, **more)

    def post(self, url: str, document: Any, **more: Any) -> httpx.Response:
        headers = {"X-Review-Token": self.keys.post, **more.pop("headers", {})}
        return self.request("POST", url, content=json.dumps(document), headers=headers, **more)

    def item(self, stage: str, frame: str) -> str:
        """The id of a thing in the queue."""
        entries = self.pages.desk.snapshot().entries
        return next(e.item.id for e in entries if (e.item.stage, e.item.subject) == (stage, frame))

    def decide(self, stage: str, frame: str, action: str, seen: int | None = None, **more: Any) -> httpx.Response:
        return self.post("decisions", {"item": self.item(stage, frame), "action": action, "seen": seen, **more})

    def elsewhere(self, draft: DecisionDraft, seen: int | None = None) -> Decision:
        """Decide in another program."""
        return append_decision(self.workspace, "part", draft, seen=seen)

    def written(self) -> list[Decision]:
        return read_decisions(self.workspace, "part")

    def script(self, page: str) -> Any:
        """What an item's page tells its script."""
        found = re.search(r'<script type="application/json" id="page">(.*?)</script>', page, re.DOTALL)
        assert found
        return json.loads(found[1])


def write_workspace(root: Path) -> None:
    """Write a workspace whose records were set by hand; its frames are drawn."""
    workspace = Workspace(root)
    write_text(workspace.config_path, CONFIG)
    for index, name in enumerate(NAMES):
        write_bytes(workspace.captures("part") / name, _drawn(index))
    captures = [
        capture(name, label="" if name.endswith("a6.png") else "good", width_px=320, height_px=240,
                shot_at=f"2026-03-02T06:00:{index:02d}Z", sha256=f"{index:064x}")
        for index, name in enumerate(NAMES)
    ]  # fmt: skip
    write_table(workspace.captures_record("part", "main"), captures, Capture)
    write_table(workspace.windows_record("default", "part", "main"), list(map(_window, range(len(NAMES)))), Window)
    write_table(workspace.screening_record("part", "main"), list(map(_screening, range(len(NAMES)))), Screening)
    split = [
        SplitRow(name, "", "", "not labelled") if name.endswith("a6.png") else SplitRow(name, "good", "train", "")
        for name in NAMES
    ]
    write_table(workspace.split("default", "part"), split, SplitRow)


@lru_cache
def _drawn(index: int) -> bytes:
    """Return a frame as PNG: a shaded ground, and a part where the window lies."""
    ground = np.linspace(60, 120, FRAME_PX[0]).astype(np.uint8)
    pixels = np.repeat(np.tile(ground, (FRAME_PX[1], 1))[..., None], 3, axis=2)
    pixels[90:150, 120 + index : 200 + index] = (40, 160, 220)
    return encode_png(pixels)


def _window(index: int) -> Window:
    status = {4: "review", 5: "rejected"}.get(index, "accepted")
    reason = {4: "weak: score 0.15 < 0.20", 5: "no place was found"}.get(index, "")
    found = index != 5
    return row(
        Window, frame=NAMES[index], image=f"{NAMES[index]}", status=status, reason=reason, mode="match",
        m00=1.0, m02=-120.0 - index if found else 0.0, m11=1.0, m12=-90.0 if found else 0.0,
        width_px=80, height_px=60, score=0.15 if index == 4 else 0.6, second=0.1,
        x_px=160.0 + index if found else None, y_px=120.0 if found else None,
    )  # fmt: skip


def _screening(index: int) -> Screening:
    """Ten frames alike, but for one blurred, one repeated and one nearly over-exposed."""
    reasons = {1: "blur", 2: "repeat", 5: "match"}
    return row(
        Screening, frame=NAMES[index], decision="reject" if index in reasons else "keep",
        reason=reasons.get(index, ""), decided_by="rule", measured_on="" if index == 5 else "window",
        sharpness=1.0 if index == 1 else 10.0, noise=1.0, brightness=100.0, black=0.0, contrast=0.25,
        clipped=0.12 if index == 3 else 0.0, position=0.0, obstruction=0.0,
        repeat=0.02 if index == 2 else 0.6, repeat_of=NAMES[1] if index == 2 else "",
    )  # fmt: skip
