from __future__ import annotations

from pathlib import Path

import pytest

from curate.disk.schema import load_schema
from curate.errors import ConfigError
from curate.model.defect import Saturation
from curate.workspace.config import parse_config, parse_saturation, read_config
from curate.workspace.config_problems import WINDOW_KEYS
from curate.workspace.config_template import config_template

GOOD = """\
[dataset]
name = "line 3"
[categories.pipe_clip]
window = { mode = "match", template = "templates/pipe_clip.png", size = [400, 300] }
split = { policy = "chronological", train = 200 }
[categories.pipe_clip.windows.small]
mode = "crop"
box = [1, 2, 3, 4]
[categories.pipe_clip.defects.unclipped]
kind = "logical"
saturation = "800 px"
regions = "merge"
"""


def test_the_example_of_the_docs_is_read() -> None:
    config = parse_config(GOOD, Path("curate.toml"))
    category = config.categories["pipe_clip"]
    assert config.name == "line 3"
    assert list(category.windows) == ["default", "small"]
    assert category.windows["default"].size_px == (400, 300)
    assert category.windows["small"].box_px == (1, 2, 3, 4)
    assert category.split.train == 200
    assert category.defects["unclipped"].saturation == Saturation(800, relative=False)
    assert category.defects["unclipped"].regions == "merge"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('colour = "red"', "line 14: unknown key 'colour'"),
        ("saturaton = 0.5", "line 14: unknown key 'saturaton'; did you mean 'saturation'?"),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known(line: str, message: str) -> None:
    text = GOOD + "[categories.pipe_clip.defects.cut]\n" + line + "\n"
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Path("curate.toml"))
    assert message in str(caught.value)


def test_every_problem_is_listed_at_once() -> None:
    text = '[dataset]\nnam = "x"\n[categories.a]\nsplit = { train = 1.5 }\n[categories.a.defects.b]\nsaturation = 0\n'
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Path("curate.toml"))
    message = str(caught.value)
    assert "3 problem(s)" in message
    assert "line 2: unknown key 'nam'; did you mean 'name'?" in message
    assert "line 4: categories.a.split.train" in message
    assert "line 6: categories.a.defects.b.saturation" in message


def test_broken_toml_says_where() -> None:
    with pytest.raises(ConfigError, match="line 1"):
        parse_config("[dataset\n", Path("curate.toml"))


def test_a_template_with_every_comment_taken_away_is_still_valid() -> None:
    text = config_template("x", ("part",))
    parse_config(text, Path("curate.toml"))
    block = text[text.index("# [categories.part.defects.scratch]") :]
    example = "".join(line.removeprefix("# ") for line in block.splitlines(keepends=True))
    assert parse_config(text + example, Path("curate.toml")).categories["part"].defects["scratch"].regions == "each"


@pytest.mark.parametrize("value", ["800", "px", "0.5 px", "-1 px"])
def test_saturation_text_must_be_whole_pixels(value: str) -> None:
    with pytest.raises(ValueError, match="pixels"):
        parse_saturation(value)


@pytest.mark.parametrize(
    ("saturation", "area_px", "expected"),
    [
        (Saturation(0.7), 10, 7),  # int(0.7 * 10) is 7 in double precision
        (Saturation(0.3), 3, 1),  # truncates to 0, which the published scripts divide by
        (Saturation(0.29), 100, 28),  # 0.29 * 100 is 28.999999999999996
        (Saturation(1.0), 5, 5),
        (Saturation(800, relative=False), 500, 500),
        (Saturation(800, relative=False), 900, 800),
    ],
)
def test_saturation_area(saturation: Saturation, area_px: int, expected: int) -> None:
    assert saturation.area_px(area_px) == expected


@pytest.mark.parametrize(("value", "relative"), [(0.0, True), (1.5, True), (0, False), (1.5, False)])
def test_impossible_saturations_are_refused(value: float, *, relative: bool) -> None:
    with pytest.raises(ValueError, match="saturation threshold"):
        Saturation(value, relative=relative)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[dataset]\nname = 3", "line 2: dataset.name: found 3; expected text in quotes"),
        ('dataset = "x"', "line 1: dataset: found 'x'; expected a table"),
        (
            "[categories.a]\nsplit = { train = 1.5 }",
            "line 2: categories.a.split.train: found 1.5; expected a fraction of the good frames, below 1, or how many",
        ),
        (
            "[categories.a.defects.b]\nsaturation = 5",
            "line 2: categories.a.defects.b.saturation: found 5; expected a fraction of the region in (0, 1], or an",
        ),
        ("[categories.a.defects.b]\nsaturation = nan", "found nan; expected a finite number"),
        ("[categories.a.defects.good]\nsaturation = 1.0", "found 'good' as a name; expected a defect's name"),
        ('[categories."a/b"]', "found 'a/b' as a name; expected a folder name"),
        ('[categories."a\\nb"]', "as a name; expected a folder name"),
        ("[categories.a]\nwindow = { size = [3, 3] }", "categories.a.window: 'mode' is a required property"),
        (
            '[categories.a]\nwindow = { mode = "resize", size = [3, 3], box = [1, 1, 1, 1] }',
            "line 2: 'box' means nothing in mode 'resize'; it takes size",
        ),
        (
            '[categories.a]\nwindow = { mode = "resize", size = [1000000, 3] }',
            "categories.a.window.size.0: found 1000000; expected at most 65536",
        ),
        ("a = " + "[" * 3000 + "]" * 3000, "is not valid TOML"),
    ],
)
def test_messages_say_what_was_found_and_expected(line: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(line + "\n", Path("curate.toml"))
    assert expected in str(caught.value)


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "curate.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_config(tmp_path / "curate.toml").name == "line 3"


def test_every_key_of_a_window_means_something_in_some_mode() -> None:
    schema = load_schema("curate-toml")["$defs"]["window"]["properties"]
    assert set().union(*WINDOW_KEYS.values()) == set(schema) - {"mode"}
    assert set(WINDOW_KEYS) == set(schema["mode"]["enum"])
