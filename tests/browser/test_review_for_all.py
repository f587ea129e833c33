"""The review page lets nobody in who should stay out, and shuts out nobody who should come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from curate.model.decision import DecisionDraft
from curate.workspace.decisions import append_decision
from tests.browser.harness import Look, Watch, assert_fits
from tests.browser.review_site import Site, enter, said, served, start
from tests.review.bench import EVIL, NAMES

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path / "work") as site:
        yield site


def test_names_are_text(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    page.keyboard.press("t")
    page.keyboard.type("<img src=x onerror=alert(2)>")
    page.keyboard.press("Enter")
    page.keyboard.press("r")
    said(page, f"{EVIL} (default) window rejected: <img src=x onerror=alert(2)>")
    page.goto(page.url.partition("/item-")[0] + "/history")
    assert EVIL in page.locator("main tbody").inner_text()


def test_without_the_token_there_is_nothing(chromium_page: Page, site: Site, watch: Watch) -> None:
    watch.expect("status of 403")
    chromium_page.goto(site.url.partition("?")[0])
    assert "needs the address that curate review printed" in chromium_page.locator("main").inner_text()


def test_a_page_of_another_site_can_decide_nothing(chromium_page: Page, site: Site, watch: Watch) -> None:
    """A page on another port is same-site, so its requests carry the cookie; the token in the header stops it."""
    watch.expect("status of 4|CORS|ERR_FAILED|Cross-Origin")
    page = chromium_page
    enter(page, site)
    base = page.url
    page.route(
        "http://localhost:1/**", lambda route: route.fulfill(body="<title>other</title>", content_type="text/html")
    )
    page.goto("http://localhost:1/")
    page.evaluate(
        """async (base) => {
            for (const mode of ["no-cors", "cors"])
                await fetch(`${base}decisions`, {method: "POST", mode, credentials: "include"}).catch(() => 0);
        }""",
        base,
    )
    assert site.written() == []


@pytest.mark.parametrize("where", ["queue", "item", "history", "help", "defects", "conflict", "frames", "template"])
def test_everybody_can_use_it_at_every_size(
    chromium_page: Page, each_look: Look, axe_clean: Callable[[Any], None], site: Site, watch: Watch, where: str
) -> None:
    del each_look
    page = chromium_page
    if where in {"queue", "history"}:
        append_decision(site.workspace, "part", DecisionDraft(NAMES[1], "frame", "reject", reason="x" * 90), seen=None)
        enter(page, site)
        if where == "history":
            page.get_by_role("link", name="History").click()
            page.get_by_role("heading", name="Every decision").wait_for()
    elif where in {"frames", "template"}:
        enter(page, site)
        page.get_by_role("link", name=where.capitalize()).click()
        page.get_by_role("heading", level=1).wait_for()
    else:
        start(page, site)
    if where == "help":
        page.keyboard.press("?")
    elif where == "defects":
        page.keyboard.press("d")
    elif where == "conflict":
        watch.expect("status of 409")
        append_decision(site.workspace, "part", DecisionDraft(EVIL, "window", "reject", window="default"), seen=None)
        page.keyboard.press("a")
        page.get_by_role("alert").wait_for()
    axe_clean(page)
    assert_fits(page)
