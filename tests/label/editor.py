"""Drive the real editor of Label Studio in a headless Chromium."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.label_studio.process import ServerSettings

_TIMEOUT_MS = 60_000
_CALM_MS = 1_500
"""The editor answers the mouse with animations; a person waits for them too."""


_FILL = """([width, height]) => {
  const stage = window.Konva.stages.find(candidate => candidate.find('Ellipse').length);
  const ellipse = stage.find('Ellipse')[0];
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  context.scale(width / stage.width(), height / stage.height());
  context.translate(ellipse.x(), ellipse.y());
  context.rotate(ellipse.rotation() * Math.PI / 180);
  context.ellipse(0, 0, ellipse.radiusX(), ellipse.radiusY(), 0, 0, 2 * Math.PI);
  context.fill();
  return Array.from(context.getImageData(0, 0, width, height).data.filter((_, index) => index % 4 === 3));
}"""
"""What the editor's own canvas fills, at the picture's resolution: the coverage of each pixel."""


def draw_turned_ellipse(
    chromium: str, settings: ServerSettings, project: int, task: int, size_px: tuple[int, int]
) -> NDArray[np.uint8]:
    """Log in, open a task, draw an ellipse with the mouse, turn it by its handle, and submit.

    Returns
    -------
    ndarray of uint8, shape (height, width)
        How far the editor's own canvas covers each pixel of the picture, 0..255.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(_TIMEOUT_MS)
        page.goto(f"{settings.url}/user/login/")
        page.fill("input[name=email]", settings.user)
        page.fill("input[name=password]", settings.password)
        page.keyboard.press("Enter")
        page.wait_for_function("!location.pathname.includes('login')")
        page.goto(f"{settings.url}/projects/{project}/data?task={task}")
        filled = _draw(page, size_px)
        browser.close()
    return filled


def _draw(page: Any, size_px: tuple[int, int]) -> NDArray[np.uint8]:
    page.wait_for_selector("canvas")
    page.wait_for_timeout(_CALM_MS)
    canvas = page.locator("canvas").first.bounding_box()
    middle = (canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2)
    half_width, half_height = canvas["width"] / 5, canvas["height"] / 8
    page.keyboard.press("3")  # the second row of labels is the ellipse's; its first one
    _drag(page, middle, (middle[0] + half_width, middle[1] + half_height))
    page.mouse.click(*middle)  # choose it: handles appear, the one that turns stands above its middle
    page.wait_for_timeout(_CALM_MS)
    _drag(page, (middle[0], middle[1] - half_height - 50), (middle[0] + 90, middle[1] - half_height - 20))
    width, height = size_px
    filled = np.array(page.evaluate(_FILL, [width, height]), dtype=np.uint8).reshape(height, width)
    with page.expect_response(lambda answer: "/annotations" in answer.url and answer.request.method == "POST"):
        page.get_by_role("button", name="Submit").click()
    return filled


def _drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()
    page.wait_for_timeout(_CALM_MS)
