from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from curate.errors import InputError, MissingError
from curate.plot import style
from curate.plot.style import checked_form, parse_width, ready_for


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.PNG.txt", ".png"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"expected one of .png, .svg, .pdf"):
        checked_form(Path(name))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        checked_form(tmp_path / "a.png")
    assert checked_form(tmp_path / "B.PDF") == ".pdf"


@pytest.mark.parametrize("text", ["", "wide", "0", "0.5", "nan", "1e9", "-3"])
def test_nonsensical_widths_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--width"):
        parse_width(text)
    assert parse_width("double") == 6.9


def test_without_matplotlib_the_next_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    with pytest.raises(MissingError, match=r"next: pip install '\S+\[plot\]'"):
        ready_for(Path("a.png"))


def _figure() -> Any:
    figure = style.new_figure(2.0, 1.5)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1])
    axes.set_title("schön ± 1")
    return figure


def write_all(folder: Path) -> None:
    with style.styled():
        for form in style.FORMS:
            style.write_figure(_figure(), folder / f"a{form}")


def test_the_same_picture_has_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    write_all(tmp_path / "here")
    script = (
        f"from pathlib import Path; from tests.plot.test_style import *; write_all(Path({str(tmp_path)!r}) / 'there')"
    )
    environment = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PATH": "", "MPLBACKEND": "svg", "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, cwd=Path(__file__).parents[2])
    for form in style.FORMS:
        assert (tmp_path / f"here/a{form}").read_bytes() == (tmp_path / f"there/a{form}").read_bytes()


def test_fonts_are_inside_and_no_clock_or_program_is_named(tmp_path: Path) -> None:
    with style.styled():
        for form in ("png", "svg", "pdf"):
            style.write_figure(_figure(), tmp_path / f"a.{form}")
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "<text" not in svg
    assert "<dc:date" not in svg
    for content in (pdf, svg.encode(), (tmp_path / "a.png").read_bytes()):
        assert str(tmp_path).encode() not in content
    assert b"Software" not in (tmp_path / "a.png").read_bytes()


def test_settings_of_a_program_around_come_back() -> None:
    import matplotlib as mpl

    before = mpl.rcParams["font.size"]
    mpl.rcParams["font.size"] = 31.0
    with style.styled():
        assert mpl.rcParams["font.size"] == 8
    assert mpl.rcParams["font.size"] == 31.0
    mpl.rcParams["font.size"] = before


def test_a_picture_larger_than_can_be_is_refused(tmp_path: Path) -> None:
    with style.styled(), pytest.raises(InputError, match="lower --dpi or --width"):
        style.write_figure(style.new_figure(2.0, 400.0), tmp_path / "a.png", dpi=300)
    assert list(tmp_path.iterdir()) == []
