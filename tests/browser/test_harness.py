"""The tests in a browser can fail: each thing that they watch for is done here once by a page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.harness import PHONE, Look, Watch, assert_axe_clean, assert_fits, look_at, watched_context

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]

GOOD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Frames</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; img-src data:">
</head><body><header><h1>Frames</h1></header><main><h2>Part</h2><button>Accept</button>{}</main></body></html>
"""


def page_with(folder: Path, body: str = "") -> str:
    path = folder / "page.html"
    path.write_text(GOOD.format(body), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<script>console.error('all is lost')</script>", "console error: all is lost"),
        ("<script>throw new Error('thrown')</script>", "uncaught: thrown"),
        ("<script>setTimeout(() => { throw new Error('later') })</script>", "uncaught: later"),
        ("<script>Promise.reject(new Error('nobody cared'))</script>", "uncaught: nobody cared"),
        ("<script>alert('injected')</script>", "dialogue: alert injected"),
        ("<script>fetch('data:,x')</script>", "console error: .*Content Security Policy"),
        ("<iframe title='x' src='missing.html'></iframe>", "console error: "),
    ],
)
def test_a_page_that_misbehaves_fails(browser: Browser, tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said), watched_context(browser, Watch()) as context:
        context.new_page().goto(page_with(tmp_path, body))


@pytest.mark.parametrize(
    "body",
    [
        "<img alt='' src='https://example.com/a.png'>",
        "<script src='http://10.0.0.1/a.js'></script>",
        "<script>new WebSocket('wss://example.com/live')</script>",
        "<link rel='stylesheet' href='//fonts.example.com/a.css'>",
    ],
)
def test_a_request_to_another_host_fails(browser: Browser, tmp_path: Path, body: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><title>x</title>{body}", encoding="utf-8")
    handler = partial(QuietHandler, directory=str(tmp_path))
    with serve(handler) as url, pytest.raises(AssertionError, match="request to another host"):  # noqa: SIM117
        with watched_context(browser, Watch()) as context:
            context.new_page().goto(f"{url}/page.html")


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None: ...


class serve:  # noqa: N801 - used like a function
    def __init__(self, handler: Callable[..., SimpleHTTPRequestHandler]) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='>", "image-alt"),
        ("<p><font color='#bbbbbb'>faint</font></p>", "color-contrast"),
        ("<input type='text'>", "label"),
        ("<h5>skips two levels</h5>", "heading-order"),
        ("<div tabindex='3'>first</div>", "tabindex"),
    ],
)
def test_a_page_that_shuts_people_out_fails(chromium_page: Page, tmp_path: Path, body: str, rule: str) -> None:
    chromium_page.goto(page_with(tmp_path, body))
    with pytest.raises(AssertionError, match=rule):
        assert_axe_clean(chromium_page)
    assert_axe_clean(chromium_page, without=(rule,))
    assert_axe_clean(chromium_page, within="header")


def test_a_good_page_passes(
    chromium_page: Page, each_look: Look, axe_clean: Callable[[Any], None], watch: Watch, tmp_path: Path
) -> None:
    url = page_with(tmp_path)
    chromium_page.goto(url)
    axe_clean(chromium_page)
    assert_fits(chromium_page)
    assert watch.requested == [url]
    seen = chromium_page.evaluate("() => [innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches]")
    assert seen == [each_look.width, each_look.height, each_look.scheme == "dark"]


def test_a_page_too_wide_fails(chromium_page: Page, tmp_path: Path) -> None:
    chromium_page.goto(page_with(tmp_path, "<p>" + "M" * 80 + "</p>"))
    assert_fits(chromium_page)
    look_at(chromium_page, PHONE)
    with pytest.raises(AssertionError, match="390 px"):
        assert_fits(chromium_page)


def test_a_second_tab_is_watched_too(browser: Browser, tmp_path: Path) -> None:
    url = page_with(tmp_path, "<script>console.error('in tab two')</script>")
    with pytest.raises(AssertionError, match="in tab two"), watched_context(browser, Watch()) as context:
        [context.new_page(), context.new_page()][1].goto(url)


def test_an_expected_problem_must_come(browser: Browser, tmp_path: Path) -> None:
    url = page_with(tmp_path, "<script>console.error('status of 409')</script>")
    for body_url, pattern, verdict in [
        (url, "status of 409", ""),
        (url, "status of 403", "status of 409"),
        ("about:blank", "status of 409", "did not come"),
    ]:
        watch = Watch()
        watch.expect(pattern)
        with browser.new_context() as context:
            watch.attach(context)
            page = context.new_page()
            page.goto(body_url)
            page.evaluate("1")
        assert (verdict in "\n".join(watch.verdict())) if verdict else watch.verdict() == []


def test_an_ordinary_page_over_http_is_no_problem(chromium_page: Page, watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><html lang='en'><title>x</title><h1>x</h1>", encoding="utf-8")
    with serve(partial(QuietHandler, directory=str(tmp_path))) as url:
        chromium_page.goto(f"{url}/page.html")
        assert watch.requested == [f"{url}/page.html"]
        watch.expect("status of 404")
        chromium_page.goto(f"{url}/none.html")


INNER = """
def test_fails(chromium_page):
    chromium_page.set_content("<h1>Frames</h1>")
    assert chromium_page.title() == "another"

def test_misbehaves(chromium_page):
    chromium_page.evaluate("console.error('all is lost')")
"""


def run_inner(folder: Path, **environment: str) -> str:
    (folder / "test_inner.py").write_text(INNER, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.browser.conftest", "-p", "no:cacheprovider", "-rs"]
    where = ["--rootdir", str(folder), "--basetemp", str(folder / "base"), str(folder / "test_inner.py")]
    env = {**os.environ, **environment}
    done = subprocess.run([*command, *where], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return done.stdout


def test_a_failure_leaves_a_picture(browser: Browser, tmp_path: Path) -> None:
    del browser  # where there is none, this test is skipped with the others
    said = run_inner(tmp_path)
    assert "1 failed, 1 passed, 1 error" in said
    assert "console error: all is lost" in said
    pictures = sorted(tmp_path.rglob("failed-0.png"))
    assert [f"screenshot: {picture}" in said for picture in pictures] == [True, True]


def test_without_chromium_it_is_skipped_with_a_notice_unless_required(tmp_path: Path) -> None:
    nowhere = {"PATH": str(tmp_path), "CURATE_CHROMIUM": ""}
    skipped = run_inner(tmp_path, **nowhere, CURATE_BROWSER="")
    assert "2 skipped" in skipped
    assert re.search(r"no tests in a real browser: .*chromium not installed", skipped)
    assert "2 errors" in run_inner(tmp_path, **nowhere, CURATE_BROWSER="required")
