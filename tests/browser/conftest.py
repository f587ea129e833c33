"""Fixtures of the tests in a real browser.

Skipped where Playwright or Chromium are not installed; ``CURATE_BROWSER=required`` makes that a failure (``.ci/run``
sets it). By hand: ``pip install '.[test,test-browser]'``, ``apt-get install chromium``, ``pytest tests/browser``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.harness import (
    FLAGS,
    LOOKS,
    Look,
    Watch,
    assert_axe_clean,
    chromium_program,
    look_at,
    missing_parts,
    watched_context,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PHASES = pytest.StashKey[dict[str, bool]]()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium.

    One a module: while it is open, Playwright keeps an event loop running in this thread, which would disturb the
    tests of other rooms in the same worker.
    """
    missing = missing_parts()
    if missing:
        notice = f"no tests in a real browser: {', '.join(missing)} not installed"
        if os.environ.get("CURATE_BROWSER") == "required":
            pytest.fail(notice)
        pytest.skip(notice)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_program(), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def watch() -> Watch:
    """What the pages of this test do: URLs that they asked for, and problems; ``watch.expect(…)`` allows one."""
    return Watch()


@pytest.fixture
def chromium_page(browser: Browser, watch: Watch, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """A page of its own, 1440 × 900 and light; ``chromium_page.context.new_page()`` is a second tab.

    The test fails on console errors, uncaught errors, dialogues and requests to other hosts. When a test fails, there
    is a picture of each tab in ``tmp_path``. A server that the test has as its fixture ``site`` is stopped after the
    page is closed: what is still being loaded would end in errors.
    """
    if "site" in request.fixturenames:
        request.getfixturevalue("site")
    with watched_context(browser, watch) as context:
        page = context.new_page()
        yield page
        if watch.verdict() or request.node.stash.get(_PHASES, {}).get("call", False):
            for number, tab in enumerate(context.pages):
                picture = tmp_path / f"failed-{number}.png"
                tab.screenshot(path=picture)
                print(f"screenshot: {picture}")  # noqa: T201 - pytest shows it below the failure


@pytest.fixture(params=LOOKS, ids=lambda look: look.name)
def each_look(request: pytest.FixtureRequest, chromium_page: Page) -> Look:
    """The test runs at both sizes in light and in dark; ``chromium_page`` has the look already."""
    look: Look = request.param
    look_at(chromium_page, look)
    return look


@pytest.fixture
def axe_clean() -> Callable[..., None]:
    """``axe_clean(page)`` fails when the page breaks a rule of accessibility."""
    return assert_axe_clean


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether a test's call failed, for the fixture that takes pictures."""
    report = yield
    item.stash.setdefault(_PHASES, {})[report.when] = report.failed
    return report
