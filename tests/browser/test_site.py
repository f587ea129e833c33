"""The documentation site as somebody sees it who unpacked it: opened from the disk, without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
REQUIRED = os.environ.get("CURATE_DOCS") == "required"
PAGES = ("index", "metrics", "notebooks/researcher", "reference/commands")

pytestmark = pytest.mark.skipif(not REQUIRED and find_spec("material") is None, reason="needs the extra docs")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built so that every warning stops it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.usefixtures("each_look")
def test_pages_fit_every_look(site: Path, chromium_page: Page) -> None:
    for name in PAGES:
        chromium_page.goto((site / f"{name}.html").as_uri())
        assert chromium_page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name


def test_search_works_from_the_disk(site: Path, chromium_page: Page) -> None:
    chromium_page.goto((site / "index.html").as_uri())
    chromium_page.get_by_role("textbox", name="Search").fill("saturation threshold")
    found = chromium_page.locator(".md-search-result__item")
    found.first.wait_for()
    assert any("Glossary" in text for text in found.all_inner_texts())


def test_equations_need_no_script(site: Path) -> None:
    assert (site / "metrics.html").read_text("utf-8").count("<math") >= 6
