"""A workspace under review behind a real server, and how a person gets to its pages."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curate.model.decision import Decision
from curate.review.run import review
from curate.workspace.decisions import read_decisions
from curate.workspace.workspace import Workspace, open_workspace
from tests.review.bench import EVIL, write_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass
class Site:
    """A workspace under review, and its address."""

    workspace: Workspace
    url: str
    home: str = ""

    def written(self) -> list[Decision]:
        return read_decisions(self.workspace, "part")

    def last(self) -> tuple[str, str, str, str]:
        entry = self.written()[-1]
        return entry.frame, entry.kind, entry.verdict, entry.reason


@contextmanager
def served(root: Path) -> Iterator[Site]:
    write_workspace(root)
    workspace, config, categories = open_workspace(root)
    server = review(workspace, config, categories)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Site(workspace, server.addresses.printed)
    server.stop()
    thread.join(timeout=20)
    assert not thread.is_alive()


def enter(page: Page, site: Site) -> None:
    """Open the queue with the printed address, which works once; afterwards with the one it led to."""
    page.goto(site.home or site.url)
    page.wait_for_url(re.compile(r":\d+/[\w-]{43}/$"))
    site.home = page.url


def start(page: Page, site: Site) -> None:
    """Open the first thing that is open: the window of the frame with the evil name."""
    enter(page, site)
    page.get_by_role("link", name="Start").click()
    arrived(page, EVIL)


def arrived(page: Page, frame: str) -> None:
    page.get_by_role("heading", level=1, name=frame).wait_for()
    page.wait_for_load_state()


def said(page: Page, text: str) -> None:
    page.locator("#said", has_text=text).wait_for()
