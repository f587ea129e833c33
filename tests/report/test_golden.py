from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tests.report.golden import CASES, FOLDER, page_text


@pytest.mark.parametrize("case", CASES)
def test_the_data_inside_the_page_is_what_somebody_looked_at(case: str, tmp_path: Path) -> None:
    stored = (FOLDER / f"{case}.json").read_text(encoding="utf-8")
    now = page_text(case, tmp_path)
    if now != stored:
        changes = difflib.unified_diff(stored.splitlines(), now.splitlines(), "stored", "now", n=1, lineterm="")
        pytest.fail("look at the page, then accept it with `python -m tests.report`\n" + "\n".join([*changes][:40]))
