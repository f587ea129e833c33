from __future__ import annotations

import re
from pathlib import Path

from curate.formats.registry import NAMES, WRITERS
from curate.model.codes import BY_CODE

PAGE = Path(__file__).parents[2] / "docs" / "labels.md"


def test_the_page_names_every_format_and_only_known_codes() -> None:
    text = PAGE.read_text(encoding="utf-8")
    reading, writing = text.split("## Writing")
    assert sorted(re.findall(r"^\| `([a-z-]+)` \|", reading, re.MULTILINE)) == sorted(NAMES)
    rows = re.findall(r"^\| (`.*?`) \|", writing, re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`([a-z-]+)`", row)) == sorted(WRITERS)
    assert set(re.findall(r"CUR\d{3}", text)) <= set(BY_CODE)
