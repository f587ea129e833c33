"""The report in a real browser: filters, keys, the larger view, charts, both looks, paper and no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from curate.execution import Execution
from curate.report.run import Request, write_report
from tests.browser.harness import Look, Watch
from tests.report.material import HOSTILE, Names, write_dataset, write_maps

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with everything: two methods, findings, times, names that try to be markup."""
    folder = tmp_path_factory.mktemp("report")
    other = Names(HOSTILE.category, HOSTILE.label, HOSTILE.defect, HOSTILE.stem, "other")
    data = write_dataset(folder / "data", HOSTILE, copies=1)
    maps = [write_maps(folder / f"m{n}", names, weak=n, copies=1) for n, names in enumerate((HOSTILE, other))]
    write_report(Request(data, submissions=tuple(maps)), folder / "report.html", execution=Execution(jobs=1))
    return folder / "report.html"


def visit(page: Page, report: Path) -> None:
    """Open the report; five megabytes of scripts take a while where many tests run at once."""
    page.goto(report.as_uri(), timeout=60_000)


def keys_of(page: Page) -> list[str]:
    """Return the names of the pictures that are shown."""
    names: list[str] = page.locator("#pictures > li:visible .name").evaluate_all("all => all.map(n => n.title)")
    return names


def test_nothing_that_a_dataset_says_is_run(chromium_page: Page, report: Path, watch: Watch) -> None:
    chromium_page.add_init_script("window.pwned = () => { document.title = 'pwned'; }")
    visit(chromium_page, report)
    draw_all(chromium_page)
    chromium_page.locator("#pictures button").first.click()
    assert chromium_page.title() == HOSTILE.title
    assert chromium_page.locator("#viewer-title").text_content() == f"{HOSTILE.category}/test/{HOSTILE.label}/" + (
        HOSTILE.stem.format(0) + ".png"
    )
    assert set(watch.requested) == {report.as_uri()}


def draw_all(page: Page) -> None:
    """Scroll to every chart and wait until it is drawn."""
    plots = page.locator(".plot")
    for place in range(plots.count()):
        plots.nth(place).scroll_into_view_if_needed()
        plots.nth(place).locator("svg.main-svg").first.wait_for()


def test_filters_count_and_reset(chromium_page: Page, report: Path) -> None:
    visit(chromium_page, report)
    status = chromium_page.locator("#status")
    assert status.text_content() == "Pictures 1 to 21 of 21"
    chromium_page.get_by_label("Split", exact=True).select_option("train")
    assert status.text_content() == "Pictures 1 to 8 of 8, of 21 in all"
    assert all("/train/" in key for key in keys_of(chromium_page))
    chromium_page.get_by_label("Finding", exact=True).select_option("CUR301")
    assert len(keys_of(chromium_page)) == 1
    chromium_page.get_by_label("Text", exact=True).fill("no such thing")
    assert status.text_content() == "No picture fits these filters"
    chromium_page.get_by_role("button", name="Show all").click()
    status.filter(has_text=re.compile("^Pictures 1 to 21 of 21$")).wait_for()
    chromium_page.get_by_label("Label", exact=True).select_option(HOSTILE.label)
    chromium_page.get_by_label("Text", exact=True).fill("0003")
    assert len(keys_of(chromium_page)) == 1


def test_a_finding_leads_to_its_pictures(chromium_page: Page, report: Path) -> None:
    visit(chromium_page, report)
    link = chromium_page.locator("#findings .places a").first
    wanted = link.text_content()
    link.click()
    chromium_page.locator("#viewer").wait_for()
    assert chromium_page.locator("#viewer-title").text_content() == wanted


def test_keys_walk_the_gallery_and_the_larger_view(chromium_page: Page, report: Path) -> None:
    visit(chromium_page, report)
    shown = keys_of(chromium_page)
    chromium_page.locator("#pictures button").first.focus()
    chromium_page.keyboard.press("ArrowRight")
    chromium_page.keyboard.press("Enter")
    title = chromium_page.locator("#viewer-title")
    assert title.text_content() == shown[1]
    chromium_page.keyboard.press("ArrowRight")
    assert title.text_content() == shown[2]
    chromium_page.keyboard.press("ArrowLeft")
    chromium_page.keyboard.press("ArrowLeft")
    assert title.text_content() == shown[0]
    assert chromium_page.locator("#viewer-before").is_disabled()

    outlines = chromium_page.locator("#viewer-picture svg").first
    assert outlines.is_visible()
    chromium_page.keyboard.press("o")
    assert not outlines.is_visible()
    assert chromium_page.locator("#viewer-outlines").get_attribute("aria-pressed") == "false"
    chromium_page.keyboard.press("o")
    assert outlines.is_visible()

    chromium_page.keyboard.press("Escape")
    assert not chromium_page.locator("#viewer").is_visible()
    focused = chromium_page.evaluate("document.activeElement.closest('li').id")
    assert focused == "picture-1"


def test_the_page_is_accessible_in_every_look(
    chromium_page: Page, each_look: Look, report: Path, axe_clean: Callable[..., None]
) -> None:
    visit(chromium_page, report)
    draw_all(chromium_page)
    axe_clean(chromium_page)
    chromium_page.locator("#pictures button").first.click()
    axe_clean(chromium_page)
    across: int = chromium_page.evaluate("document.documentElement.scrollWidth")
    assert across <= each_look.width


def test_charts_follow_light_and_dark(chromium_page: Page, report: Path) -> None:
    visit(chromium_page, report)
    draw_all(chromium_page)
    line = chromium_page.locator("[data-figure='results-1-spro'] .lines path.js-line").first
    light = line.evaluate("path => getComputedStyle(path).stroke")
    chromium_page.emulate_media(color_scheme="dark")
    chromium_page.wait_for_function(
        "([path, before]) => getComputedStyle(document.querySelector(path)).stroke !== before",
        arg=["[data-figure='results-1-spro'] path.js-line", light],
    )
    assert light == "rgb(0, 114, 178)"


def test_without_scripts_tables_and_pictures_are_there(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    visit(page, report)
    assert page.locator("#pictures > li:visible").count() == 21
    assert page.locator("#results table:visible").count() > 0
    assert page.locator("#filters").is_visible() is False
    assert page.locator(".plot:visible").count() == 0
    context.close()


def test_it_prints(chromium_page: Page, report: Path) -> None:
    visit(chromium_page, report)
    pages = chromium_page.pdf(format="A4").count(b"/Type /Page\n")
    assert 5 <= pages <= 40
    chromium_page.emulate_media(media="print")
    assert not chromium_page.locator("nav.sections").is_visible()
    assert not chromium_page.locator("#filters").is_visible()
