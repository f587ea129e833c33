"""The leaderboard in a real browser: sorted, filtered, one metric and all, at both sizes; nothing is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from curate.leaderboard.run import write_leaderboard
from tests.browser.harness import Look, Watch, assert_fits
from tests.leaderboard.test_leaderboard import made, written

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVIL = '<img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    values = {"Alpha": (0.9, 0.1), "Beta": (0.5, 0.6), "Gamma": (0.2, 0.8), EVIL: (0.1, 0.1)}
    named = {
        f"r{place}": made(name, dict(zip(("clip", "ring"), areas, strict=True)))
        for place, (name, areas) in enumerate(values.items())
    }
    write_leaderboard(written(folder, **named), folder / "site", title="Screws")
    return folder / "site"


def titles(page: Page) -> list[str]:
    found: list[str] = page.locator("#table tbody th a").all_inner_texts()
    return found


def test_it_sorts_filters_and_shows_one_metric_or_all(chromium_page: Page, site: Path, watch: Watch) -> None:
    page = chromium_page
    page.goto((site / "index.html").as_uri())
    assert titles(page) == ["Beta", "Alpha", "Gamma", EVIL]  # by the mean: .55, .5, .5, .1
    page.get_by_role("button", name="clip").click()
    assert titles(page) == ["Alpha", "Beta", "Gamma", EVIL]
    page.get_by_role("button", name="clip").click()
    assert titles(page) == [EVIL, "Gamma", "Beta", "Alpha"]
    page.get_by_role("button", name="rank").click()
    assert titles(page)[0] in {"Alpha", "Beta", "Gamma"}
    page.get_by_label("Filter").fill("ALPH")
    assert titles(page) == ["Alpha"]
    assert page.locator("#shown").inner_text() == "1 of 4"
    page.get_by_label("Filter").fill("")
    page.get_by_label("Metric").select_option("")
    page.get_by_label("Category").select_option("ring")
    assert page.locator("#table thead").inner_text().split()[:2] == ["entry", "au_spro@0.05"]
    assert titles(page)[0] == "Gamma"
    page.get_by_label("verified only").check()
    assert titles(page) == []
    assert page.title() == "Screws: leaderboard"
    assert set(watch.requested) == {(site / "index.html").as_uri()}


def test_a_row_has_a_permanent_link_and_a_page_of_its_own(chromium_page: Page, site: Path) -> None:
    page = chromium_page
    page.goto((site / "index.html").as_uri())
    key = page.locator("#table tbody tr", has_text="Gamma").get_attribute("id")
    page.goto(f"{(site / 'index.html').as_uri()}#{key}")
    assert page.locator(f"[id='{key}']").is_visible()
    page.get_by_role("link", name="Gamma").click()
    assert page.title() == "Gamma on Screws"
    page.get_by_role("link", name="Screws: all entries").click()
    assert page.title() == "Screws: leaderboard"


def test_it_fits_and_is_accessible_in_every_look(
    chromium_page: Page, each_look: Look, site: Path, axe_clean: Callable[..., None]
) -> None:
    del each_look
    chromium_page.goto((site / "index.html").as_uri())
    axe_clean(chromium_page)
    assert_fits(chromium_page)
    chromium_page.get_by_role("link", name="Alpha").click()
    axe_clean(chromium_page)
    assert_fits(chromium_page)
