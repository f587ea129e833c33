from __future__ import annotations

import json
from typing import Any

from curate.submissions.results import result_text

DOCUMENT: dict[str, Any] = {
    "name": "[\n  1,\n  2\n]",
    "numbers": [0.5, -1e-05, None, 3],
    "empty": [],
    "words": ["a", "1"],
    "nested": [[1, 2], [3]],
    "images": [{"image": 'test/good/"a\\', "label": "good", "score": 1.5}],
}


def test_arrays_of_numbers_and_images_stand_on_one_line() -> None:
    text = result_text(DOCUMENT)
    assert json.loads(text) == DOCUMENT
    lines = [line.strip().removesuffix(",") for line in text.splitlines()]
    assert '"numbers": [0.5, -1e-05, null, 3]' in lines
    assert "[1, 2]" in lines
    assert '{"image": "test/good/\\"a\\\\", "label": "good", "score": 1.5}' in lines
    assert lines[lines.index('"words": [') + 1] == '"a"'


def test_a_byte_that_is_no_utf8_is_escaped() -> None:
    assert json.loads(result_text({"image": "\udcff"})) == {"image": "\udcff"}
