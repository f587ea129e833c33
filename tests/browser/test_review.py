"""The review page in a real Chromium: keys and drags end in the record of decisions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from curate.model.decision import DecisionDraft
from curate.workspace.decisions import append_decision
from tests.browser.harness import Watch
from tests.browser.review_site import Site, arrived, enter, said, served, start
from tests.review.bench import EVIL, NAMES

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path / "work") as site:
        yield site


def test_keys_decide_and_the_record_shows_it(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    page.keyboard.press("a")
    arrived(page, NAMES[5])
    assert site.last() == (EVIL, "window", "accept", "")
    said(page, f"{EVIL} (default) window accepted")
    assert page.locator("#progress").inner_text() == "1 of 6 decided"
    page.keyboard.press("r")
    arrived(page, NAMES[1])
    assert site.last() == (NAMES[5], "window", "reject", "")
    page.keyboard.press("t")
    page.keyboard.type("good enough, a r g d")
    page.keyboard.press("Enter")
    page.keyboard.press("a")
    arrived(page, NAMES[2])
    assert site.last() == (NAMES[1], "frame", "keep", "good enough, a r g d")
    page.keyboard.press("g")
    arrived(page, NAMES[3])
    page.keyboard.press("j")
    arrived(page, NAMES[6])
    page.keyboard.press("d")
    page.keyboard.press("2")
    said(page, f"{NAMES[6]} called dent")
    assert site.last() == (NAMES[6], "label", "dent", "")
    assert [entry.verdict for entry in site.written()] == ["accept", "reject", "keep", "good", "dent"]


def test_buttons_do_what_keys_do(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    page.get_by_role("link", name="Next").click()
    arrived(page, NAMES[5])
    page.get_by_role("link", name="Previous").click()
    arrived(page, EVIL)
    page.get_by_role("button", name="wrong part").click()
    page.get_by_role("button", name="Reject window").click()
    arrived(page, NAMES[5])
    assert site.last() == (EVIL, "window", "reject", "wrong part")
    page.get_by_role("button", name="Undo").click()
    arrived(page, EVIL)
    assert [entry.kind for entry in site.written()] == ["window", "undo"]
    page.get_by_role("button", name="Defect").click()
    page.get_by_role("dialog").get_by_role("button", name="scratch").click()
    page.locator("#said", has_text="called scratch").wait_for()
    assert site.last() == (EVIL, "label", "scratch", "")


def test_undo_by_key_takes_the_last_decision_back_and_goes_there(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    page.keyboard.press("u")
    said(page, "There is nothing to undo here")
    assert site.written() == []
    page.keyboard.press("r")
    arrived(page, NAMES[5])
    page.keyboard.press("u")
    arrived(page, EVIL)
    said(page, "Taken back")
    assert page.locator("#progress").inner_text() == "0 of 6 decided"
    assert [entry.undoes for entry in site.written()] == [None, 1]


def test_a_reload_keeps_everything(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    page.keyboard.press("r")
    arrived(page, NAMES[5])
    page.keyboard.press("k")
    arrived(page, EVIL)
    page.reload()
    assert "window rejected" in page.locator("#standing").inner_text()
    assert page.get_by_role("button", name="Reject window").get_attribute("aria-pressed") == "true"
    page.goto(page.url.partition("/item-")[0] + "/history")
    assert page.locator("main tbody tr").count() == 1
    page.get_by_role("button", name="Undo").click()
    page.locator("main tbody tr").nth(1).wait_for()
    assert [entry.kind for entry in site.written()] == ["window", "undo"]


def test_dragging_the_box_saves_its_place(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    box, picture = page.locator("#box").bounding_box(), page.locator("#frame").bounding_box()
    assert box
    assert picture
    scale = 320 / picture["width"]  # frame pixels in one of the screen's
    assert box["width"] * scale == pytest.approx(80, abs=0.5)
    assert (box["x"] - picture["x"]) * scale == pytest.approx(124, abs=0.5)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20 / scale, y + 4 / scale, steps=5)
    page.mouse.move(x + 30 / scale, y - 12 / scale, steps=5)
    page.mouse.up()
    said(page, "window placed at 194, 108")
    (entry,) = site.written()
    assert (entry.frame, entry.verdict, entry.window) == (EVIL, "place", "default")
    assert (entry.x_px, entry.y_px) == (194.0, 108.0)  # it lay at 124 + 40, 90 + 30
    assert "window placed at 194, 108" in page.locator("#standing").inner_text()
    assert page.locator("#preview").is_visible()
    page.reload()
    assert page.locator("#box-at").inner_text() == "Centre 194, 108 px."


def test_a_finger_moves_the_box_only_after_taking_hold(chromium_page: Page, site: Site, watch: Watch) -> None:
    browser = chromium_page.context.browser
    assert browser
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as context:
        watch.attach(context)
        page = context.new_page()
        enter(page, site)
        page.get_by_role("link", name="Start").tap()
        arrived(page, EVIL)
        fingers = context.new_cdp_session(page)

        def drag(dx: float, dy: float) -> None:
            box = page.locator("#box").bounding_box()
            assert box
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            for kind, share in (("touchStart", 0.0), ("touchMove", 0.5), ("touchMove", 1.0), ("touchEnd", None)):
                points = [] if share is None else [{"x": x + share * dx, "y": y + share * dy}]
                fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        drag(30, 0)
        assert page.locator("#box-at").inner_text() == "Centre 164, 120 px."
        page.get_by_role("button", name="Move the box").tap()
        picture = page.locator("#frame").bounding_box()
        assert picture
        drag(20 * picture["width"] / 320, 0)
        said(page, "window placed at 184, 120")
        assert [entry.x_px for entry in site.written()] == [184.0]


def test_arrow_keys_move_the_box_by_pixels(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    page.keyboard.press("b")
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowUp", "Shift+ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.locator("#box-at").inner_text() == "Centre 174, 129 px."
    page.keyboard.press("Escape")
    assert page.locator("#box-at").inner_text() == "Centre 164, 120 px."
    for _ in range(40):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    said(page, "window placed at 320, 120")
    page.keyboard.press("ArrowLeft")
    said(page, "window placed at 319, 120")
    assert [(entry.x_px, entry.y_px) for entry in site.written()] == [(320.0, 120.0), (319.0, 120.0)]
    page.keyboard.press("u")
    said(page, "Taken back")
    assert page.locator("#box-at").inner_text() == "Centre 320, 120 px."


def test_a_box_that_was_moved_is_saved_before_anything_else(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("j")
    arrived(page, NAMES[5])
    assert [(entry.verdict, entry.x_px) for entry in site.written()] == [("place", 165.0)]
    page.keyboard.press("k")
    arrived(page, EVIL)
    page.keyboard.press("b")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")
    arrived(page, NAMES[5])
    accepted = site.written()[-1]
    assert [entry.verdict for entry in site.written()] == ["place", "place", "accept"]
    assert (accepted.x_px, accepted.y_px) == (165.0, 121.0)


def test_two_tabs_do_not_overwrite_each_other(chromium_page: Page, site: Site, watch: Watch) -> None:
    watch.expect("status of 409")
    page = chromium_page
    start(page, site)
    other = page.context.new_page()
    other.goto(page.url)
    page.keyboard.press("r")
    arrived(page, NAMES[5])
    other.keyboard.press("a")
    other.get_by_role("alert").wait_for()
    told = other.get_by_role("alert").inner_text()
    assert "Not saved: somebody decided about this in the meantime" in told
    assert f"What stands now: {EVIL} (default) window rejected" in told
    assert "window rejected" in other.locator("#standing").inner_text()
    assert [entry.verdict for entry in site.written()] == ["reject"]
    other.keyboard.press("a")
    arrived(other, NAMES[5])
    assert [entry.verdict for entry in site.written()] == ["reject", "accept"]


def test_a_drag_that_conflicts_puts_the_box_back(chromium_page: Page, site: Site, watch: Watch) -> None:
    watch.expect("status of 409")
    page = chromium_page
    start(page, site)
    append_decision(site.workspace, "part", DecisionDraft(EVIL, "window", "reject", window="default"), seen=None)
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert [entry.verdict for entry in site.written()] == ["reject"]


def test_a_finding_asks_for_its_reason(chromium_page: Page, site: Site) -> None:
    append_decision(site.workspace, "part", DecisionDraft(NAMES[0], "finding", "exclude", code="CUR301"), seen=None)
    page = chromium_page
    enter(page, site)
    page.get_by_role("link", name=NAMES[0]).click()
    arrived(page, NAMES[0])
    page.keyboard.press("a")
    assert "A finding is accepted with a reason" in page.get_by_role("alert").inner_text()
    assert page.evaluate("document.activeElement.id") == "reason"
    page.keyboard.type("two parts")
    page.keyboard.press("Enter")
    page.keyboard.press("a")
    page.wait_for_url(re.compile("last=part"))
    assert site.last() == (NAMES[0], "finding", "accept", "two parts")


def test_the_other_of_two_repeats_can_be_rejected(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    enter(page, site)
    page.get_by_role("link", name=NAMES[2]).click()
    page.get_by_role("button", name=f"Reject this one instead {NAMES[1]}").click()
    said(page, f"{NAMES[1]} rejected")
    arrived(page, NAMES[2])
    assert site.last() == (NAMES[1], "frame", "reject", "")


def test_single_keys_can_be_switched_off(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").get_by_label("Single keys decide").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.reload()
    page.keyboard.press("r")
    page.get_by_role("button", name="Help").click()
    page.get_by_role("dialog", name="Keys").get_by_label("Single keys decide").check()
    page.keyboard.press("Escape")
    assert site.written() == []
    page.keyboard.press("r")
    arrived(page, NAMES[5])


def test_keys_with_ctrl_are_the_browsers(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    start(page, site)
    for key in ("Control+a", "Alt+r", "Control+Shift+g"):
        page.keyboard.press(key)
    page.keyboard.press("z")
    said(page, "Every pixel of the frame")
    assert site.written() == []


def test_a_server_that_ended_is_told_and_nothing_pretended(chromium_page: Page, site: Site, watch: Watch) -> None:
    watch.expect("ERR_")
    page = chromium_page
    start(page, site)
    page.route("**/decisions", lambda route: route.abort())
    page.keyboard.press("r")
    page.get_by_role("alert").wait_for()
    assert "the server does not answer" in page.get_by_role("alert").inner_text()
    arrived(page, EVIL)
    assert site.written() == []


def test_filters(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    enter(page, site)
    page.get_by_label("Stage").select_option("screen")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("stage=screen"))
    assert page.locator(".card").count() == 3
    page.get_by_role("link", name="Start").click()
    arrived(page, NAMES[1])
    page.keyboard.press("k")
    said(page, "This is the first one")
    page.keyboard.press("r")
    arrived(page, NAMES[2])
    page.get_by_role("link", name="Screening").click()
    page.get_by_label("State").select_option("open")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("state=open"))
    assert page.locator(".card .name").all_inner_texts() == [NAMES[2], NAMES[3]]


def test_many_cards_get_one_choice(chromium_page: Page, site: Site) -> None:
    page = chromium_page
    enter(page, site)
    assert page.get_by_role("button", name="Reject", exact=True).is_disabled()
    for name in (NAMES[1], NAMES[2]):
        page.get_by_role("checkbox", name=f"Choose {name}").check()
    assert page.locator("#chosen").inner_text() == "2 chosen"
    page.get_by_label("Reason", exact=True).last.fill("no use")
    page.get_by_role("button", name="Reject", exact=True).click()
    said(page, "2 decisions made")
    assert [(entry.frame, entry.verdict, entry.reason) for entry in site.written()] == [
        (NAMES[1], "reject", "no use"),
        (NAMES[2], "reject", "no use"),
    ]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_template_is_drawn_by_mouse(chromium_page: Page, site: Site, width: int) -> None:
    page = chromium_page
    page.set_viewport_size({"width": width, "height": 800})
    enter(page, site)
    page.get_by_role("link", name="Template").click()
    page.get_by_role("button", name="Cut the template").click()
    page.get_by_role("alert").get_by_text("Draw the box first").wait_for()
    shown = page.locator("#frame").bounding_box()
    assert shown
    corners = [(shown["x"] + shown["width"] * share, shown["y"] + shown["height"] * share) for share in (0.75, 0.25)]
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1])
    page.mouse.up()
    numbers = [int(page.locator(f"#box-{name}").input_value()) for name in ("x", "y", "width", "height")]
    assert all(abs(found - wanted) <= 2 for found, wanted in zip(numbers, (80, 60, 160, 120), strict=True)), numbers
    page.get_by_role("button", name="Cut the template").click()
    said(page, "next: curate crop -c part")
    assert (site.workspace.root / "templates/part.png").is_file()
