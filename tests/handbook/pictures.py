"""Draw the pictures of the pages: ``python -m tests.handbook.pictures``; needs Chromium and the extra ``test-browser``.

It follows the tutorial and the how-to in temporary folders and pictures what lies there; the report is that of
``curate demo``.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
from PIL import Image

from curate.disk.tables import read_table
from curate.drawing.palette import GREEN, VERMILLION, bgr
from curate.drawing.sheets import Tile, contact_sheet
from curate.drawing.text import write
from curate.model.screening import Screening
from curate.workspace.workspace import Workspace
from tests.browser.harness import DESKTOP, FLAGS, LOOKS, PHONE, Look, chromium_program
from tests.handbook.steps import run_steps, steps_of

if TYPE_CHECKING:
    from curate.drawing.pictures import Picture

DOCS = Path(__file__).parents[2] / "docs"
IMAGES = DOCS / "images"
_BOX = (337, 195, 400, 400)
_MOST_BYTES = 300_000
_REPORTS = {
    "report.png": (DESKTOP, ""),
    "report-gallery.png": (DESKTOP, "Gallery"),
    "report-dark.png": (LOOKS[1], "Capture"),
    "report-phone.png": (PHONE, "Gallery"),
}
"""Look of the browser and the heading that stands at the top; ``""`` is the page's beginning."""
_CALM_MS = 1_000
"""How long pictures and charts that come into sight may take."""

_CATEGORY = "cover_screw"


def draw(folder: Path) -> None:
    """Follow both pages in a folder and draw every picture."""
    for name in ("how-to-score-a-submission.md", "tutorial.md"):
        (folder / name).mkdir()
        done = run_steps(steps_of((DOCS / name).read_text(encoding="utf-8")), folder / name)
        assert all(entry.code == entry.step.code for entry in done), [e for e in done if e.code != e.step.code][:1]
    shrink(Image.open(folder / "how-to-score-a-submission.md" / "curves.png"), IMAGES / "curves.png", 1000)
    folder /= "tutorial.md"
    line = Workspace(folder / "line")
    save(frame(line), "frame.png", 640)
    save(windows(line), "windows.png", 900)
    save(set_aside(line), "screening.png", 900)
    draw_report(folder / "demo")
    draw_worst(folder / "demo")
    draw_review(folder / "demo")


def draw_report(demo: Path) -> None:
    """Photograph the report of a finished demo."""
    for name, (look, heading) in _REPORTS.items():
        photograph((demo / "report.html").as_uri(), look, demo / name, heading=heading)
        shrink(Image.open(demo / name), IMAGES / name, 1440 if not heading else 1000)


def draw_worst(demo: Path) -> None:
    """Draw a method's worst cases as ``curate plot`` does."""
    target = demo.parent / "worst.png"
    scored = ["--submission", str(demo / "submission"), "--result", str(demo / "result.json")]
    chosen = ["-C", str(demo), "-c", _CATEGORY, "--top", "worst", "--count", "4", "--dpi", "150"]
    subprocess.run([sys.executable, "-m", "curate", "plot", "sheet", *chosen, *scored, "-o", str(target)], check=True)
    shrink(Image.open(target), IMAGES / target.name, 1000)


def draw_review(demo: Path) -> None:
    """Photograph the review page where something reaches into the window."""
    command = [sys.executable, "-m", "curate", "review", "-C", str(demo), "-c", _CATEGORY, "--json", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = json.loads(server.stdout.readline())["url"]
        picture = demo.parent / "review.png"
        photograph(address, DESKTOP, picture, link=re.compile("img72"))
        server.send_signal(signal.SIGINT)
    shrink(Image.open(picture), IMAGES / picture.name, 1000)


def frame(line: Workspace) -> Picture:
    """Return the frame that the template is cut from, with its box."""
    picture = _read(line.captures(_CATEGORY) / "main" / "img70.jpg")
    x, y, width, height = _BOX
    cv2.rectangle(picture, (x, y), (x + width, y + height), bgr(GREEN), 3)
    write(picture, "337,195,400,400", (x, y - 12), 18, (255, 255, 255))
    return picture


def windows(line: Workspace) -> Picture:
    """Return the first two rows of the ten of the sheet that ``curate crop --sheet`` drew."""
    sheet = _read(line.root / "sheets" / f"{_CATEGORY}-default-frames.png")
    title_px, margin_px = 28, 8
    return sheet[: title_px + 2 * (sheet.shape[0] - title_px - margin_px) // 10]


def set_aside(line: Workspace) -> Picture:
    """Return the frames that screening set aside, each with its reasons."""
    rows = [row for row in read_table(line.screening_record(_CATEGORY, "main"), Screening) if row.decision == "reject"]
    tiles = []
    for row in rows:
        cut = line.windows("default", _CATEGORY) / Path(row.frame).with_suffix(".png")
        picture = _read(cut if cut.is_file() else line.captures(_CATEGORY) / row.frame)
        tiles.append(Tile(picture, (Path(row.frame).name, row.reason), VERMILLION, framed=True))
    return contact_sheet(tiles, f"{len(tiles)} of 60 frames set aside", columns=4, tile_px=220)


def photograph(
    address: str, look: Look, target: Path, *, heading: str = "", link: re.Pattern[str] | None = None
) -> None:
    """Take a picture of a page, or of the one behind a link, from a heading on, when it has come to rest."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_program(), args=list(FLAGS))
        tab = browser.new_page(
            viewport={"width": look.width, "height": look.height}, color_scheme=look.scheme, reduced_motion="reduce"
        )
        tab.goto(address)
        if link:
            tab.get_by_role("link", name=link).first.click()
        if heading:
            tab.get_by_role("heading", name=heading, exact=True).evaluate("element => element.scrollIntoView()")
        tab.wait_for_load_state("networkidle")
        tab.wait_for_timeout(_CALM_MS)
        tab.screenshot(path=target)
        browser.close()


def save(picture: Picture, name: str, width_px: int) -> None:
    """Write a picture with at most so many pixels across."""
    shrink(Image.fromarray(picture[:, :, ::-1]), IMAGES / name, width_px)


def shrink(image: Image.Image, path: Path, width_px: int) -> None:
    """Write a PNG with the 256 colours that fit best, and refuse one that a page should not carry."""
    if image.width > width_px:
        image = image.resize((width_px, round(image.height * width_px / image.width)), Image.Resampling.LANCZOS)
    image.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE).save(path, optimize=True)
    assert path.stat().st_size <= _MOST_BYTES, f"{path.name}: {path.stat().st_size} bytes"


def _read(path: Path) -> Picture:
    picture = cv2.imread(str(path))
    assert picture is not None, path
    return picture  # type: ignore[return-value]


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        draw(Path(scratch))
