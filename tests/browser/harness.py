"""What tests of pages share: a real Chromium, a watch on what a page does, accessibility rules, and looks.

The fixtures stand in ``conftest.py``. A test of a page looks like this::

    def test_the_filter(chromium_page, each_look, axe_clean):
        chromium_page.goto(report.as_uri())
        chromium_page.get_by_label("Defect").select_option("scratch")
        axe_clean(chromium_page)

It fails, beside its own assertions, when the page writes an error to the console, raises, opens a dialogue or asks for
anything outside this machine.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--headless",
    # Whatever a page asks for, nothing leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
LOCAL_SCHEMES = {"file", "data", "blob", "about"}
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
TIMEOUT_MS = 15_000
"""How long a locator or a page may take on a busy machine with two cores; nothing waits this long when all is well."""

Scheme = Literal["light", "dark"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True)
class Look:
    """A window's size in CSS pixels and a colour scheme."""

    name: str
    width: int
    height: int
    scheme: Scheme


DESKTOP = Look("desktop-light", 1440, 900, "light")
PHONE = Look("phone-light", 390, 844, "light")
LOOKS = (DESKTOP, Look("desktop-dark", 1440, 900, "dark"), PHONE, Look("phone-dark", 390, 844, "dark"))


def chromium_program() -> str | None:
    """Return the path of Chromium, or None; ``CURATE_CHROMIUM`` names another one."""
    return os.environ.get("CURATE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def missing_parts() -> list[str]:
    """Return what must be installed before a page can be tested."""
    packages = {"playwright": "playwright", "axe_playwright_python": "axe-playwright-python"}
    missing = [name for module, name in packages.items() if importlib.util.find_spec(module) is None]
    return missing if chromium_program() else [*missing, "chromium"]


@dataclass
class Watch:
    """What pages of one browser context did that they should not do.

    Attributes
    ----------
    requested
        Every URL that was asked for, in order; ``data:`` ones are left out.
    problems
        One sentence each, expected or not.
    """

    requested: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Say that a problem which contains a match of this pattern must come, and is none.

        Chromium writes an error to the console for every answer of 400 and more, so a test of a refusal says
        ``watch.expect("status of 409")``.
        """
        self._expected.append(pattern)

    def verdict(self) -> list[str]:
        """Return the problems that nobody expected, and the expected ones that did not come."""
        unexpected = [line for line in self.problems if not any(re.search(each, line) for each in self._expected)]
        never = [each for each in self._expected if not any(re.search(each, line) for line in self.problems)]
        return unexpected + [f"expected and did not come: {pattern}" for pattern in never]

    def attach(self, context: BrowserContext) -> None:
        """Listen to all pages that this context has now or later."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"uncaught: {error.error}"))
        context.on("request", lambda request: self._request(request.url))
        context.on("dialog", self._dialog)
        context.on("page", self._page)

    def _console(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        # The browser asks for /favicon.ico by itself, at a time of its own, where a page names no icon.
        if message.type == "error" and urlsplit(url).path != "/favicon.ico":
            self.problems.append(f"console error: {message.text} ({url})")

    def _dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self.problems.append(f"dialogue: {dialog.type} {dialog.message}")
        dialog.dismiss()

    def _page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._request(socket.url))
        page.on("crash", lambda _: self.problems.append("the page crashed"))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "data":
            self.requested.append(url)
        if parts.scheme not in LOCAL_SCHEMES and parts.hostname not in LOCAL_HOSTS:
            self.problems.append(f"request to another host: {url}")


@contextmanager
def watched_context(browser: Browser, watch: Watch) -> Iterator[BrowserContext]:
    """Yield a fresh context (no cookies, no storage) and fail at its end on what its pages should not have done."""
    context = browser.new_context(
        viewport={"width": DESKTOP.width, "height": DESKTOP.height},
        color_scheme=DESKTOP.scheme,
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
        service_workers="block",
    )
    try:
        context.set_default_timeout(TIMEOUT_MS)
        watch.attach(context)
        yield context
        settle(context)
        if watch.verdict():
            raise AssertionError("in the browser:\n" + "\n".join(watch.verdict()))
    finally:
        context.close()


def settle(context: BrowserContext) -> None:
    """Let every open page run what is due and tell it, so that no error comes after the verdict."""
    for page in context.pages:
        page.evaluate("() => new Promise(done => setTimeout(done, 0))")


def look_at(page: Page, look: Look) -> None:
    """Give a page another size and colour scheme."""
    page.set_viewport_size({"width": look.width, "height": look.height})
    page.emulate_media(color_scheme=look.scheme)


def assert_axe_clean(page: Page, *, within: str = "", without: tuple[str, ...] = ()) -> None:
    """Fail when axe-core finds a violation of WCAG 2.2 A and AA or of its best practices.

    Parameters
    ----------
    page
        An open page, in the state that is to be judged.
    within
        A CSS selector: only this part.
    without
        Rules of axe that are switched off here; the test says why.
    """
    # Through the debugger's protocol, so that a page's Content-Security-Policy does not matter.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe_script())
    options = {
        "runOnly": {"type": "tag", "values": RULES},
        "rules": {rule: {"enabled": False} for rule in without},
        "resultTypes": ["violations"],
    }
    found = page.evaluate("([within, options]) => axe.run(within || document, options)", [within, options])
    lines = [line for violation in found["violations"] for line in _violation(violation)]
    if lines:
        raise AssertionError("axe found:\n" + "\n".join(lines))


def _violation(violation: dict[str, Any]) -> list[str]:
    nodes = violation["nodes"]
    shown = [f"    {' '.join(map(str, node['target']))}: {node['failureSummary']}" for node in nodes[:5]]
    return [f"{violation['impact']} {violation['id']} ({len(nodes)} ×): {violation['help']}", *shown]


def axe_script() -> str:
    """Return the text of axe-core."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def assert_fits(page: Page) -> None:
    """Fail when the page must be scrolled sideways."""
    needed, there = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
    assert needed <= there, f"the page is {needed} px wide in a window of {there} px"
