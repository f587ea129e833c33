"""Write the reference pages: ``python -m tests.handbook``."""

from __future__ import annotations

from tests.handbook.pages import FOLDER, PAGES, page

FOLDER.mkdir(exist_ok=True)
for name in PAGES:
    (FOLDER / name).write_text(page(name), encoding="utf-8")
