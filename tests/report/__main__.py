"""Accept what the report's data is now: ``python -m tests.report``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.report.golden import CASES, FOLDER, page_text

FOLDER.mkdir(exist_ok=True)
for case in CASES:
    with tempfile.TemporaryDirectory() as scratch:
        (FOLDER / f"{case}.json").write_text(page_text(case, Path(scratch)), encoding="utf-8")
