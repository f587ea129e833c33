from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.drawing import text as letters
from curate.drawing.text import fitted, spelt, write


def _page() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((40, 200, 3), 250, np.uint8)


def test_letters_stand_on_their_baseline() -> None:
    page = _page()
    write(page, "MEH", (10, 30), 14, (40, 40, 40))
    rows, columns = np.nonzero((page != 250).any(axis=2))
    assert rows.max() == 29
    assert 15 <= rows.min() <= 21
    assert 10 <= columns.min() <= 13
    assert page.min() == 40


def test_what_lies_beyond_the_picture_is_cut_off() -> None:
    page = _page()
    for at in ((-20, 30), (190, 30), (10, 2), (10, 45), (10, 400), (900, 20), (-900, 20)):
        write(page, "Wide letters everywhere", at, 20, (0, 0, 0))
    assert (page != 250).any()


@pytest.mark.parametrize("text", ["Häßlich", "Кириллица", "Ελληνικά"])
def test_other_scripts_are_drawn_where_a_font_holds_them(text: str) -> None:
    assert spelt(text) == text
    page, other = _page(), _page()
    write(page, text, (5, 30), 14, (0, 0, 0))
    write(other, "?" * len(text), (5, 30), 14, (0, 0, 0))
    assert (page != other).any()


def test_without_a_font_for_them_letters_lose_their_accents_or_are_named() -> None:
    assert spelt("Schön_é.png", lambda _: False) == "Schon_e.png"
    assert spelt("漢1.png", lambda _: False) == "<6f22>1.png"
    assert spelt("漢1é", lambda letter: letter == "漢") == "漢1e"


def test_control_characters_do_not_reach_the_picture() -> None:
    assert spelt("a\r\nb\tc\u202ed") == "a  b c d"


@given(st.text(max_size=40), st.integers(0, 150))
def test_a_line_fits_and_keeps_its_ends(text: str, width_px: int) -> None:
    whole, line = spelt(text), fitted(text, 12, width_px)
    assert letters.width_of(line, 12) <= width_px or line == ".."
    cuts = [place for place in range(len(line) - 1) if line[place : place + 2] == ".."]
    assert line == whole or any(whole.startswith(line[:place]) and whole.endswith(line[place + 2 :]) for place in cuts)
