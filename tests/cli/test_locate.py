from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.crop.locate import locate
from curate.workspace.workspace import find_workspace
from tests.conftest import Curate
from tests.crop.workspaces import png, texture, write_config, write_frames


@pytest.fixture
def cropped(tmp_path: Path, curate: Curate) -> Path:
    write_frames(tmp_path, {"a/1.png": png(texture(80, 60, 1))})
    small = '[categories.part.windows.small]\nmode = "letterbox"\nsize = [40, 40]\n'
    write_config(tmp_path, '{ mode = "crop", box = [10, 20, 30, 40] }', more=small)
    assert curate("crop", "-C", tmp_path).code == 0
    return tmp_path


def test_a_point_of_a_window_in_its_frame(cropped: Path, curate: Curate) -> None:
    result = curate("locate", "-C", cropped, cropped / "windows/default/part/a/1.png", "2.5", "3")
    assert (result.code, result.out) == (0, "12.5000 23.0000\n")
    assert "in frame a/1.png" in result.err


def test_and_back(cropped: Path, curate: Curate) -> None:
    # 80×60 letterboxed into 40×40: halved, 5 rows of padding above.
    result = curate("locate", "-C", cropped, "small/part/a/1.png", "20", "10", "--to-window", "--json")
    document = json.loads(result.out)
    assert (document["window_px"], document["frame_px"], document["inside"]) == ([10.0, 10.0], [20.0, 10.0], True)
    assert (document["frame"], document["window"]) == ("a/1.png", "small")


def test_a_point_outside(cropped: Path, curate: Curate) -> None:
    result = curate("locate", "-C", cropped, "windows/default/part/a/1.png", "-1", "3")
    assert (result.code, result.out) == (0, "9.0000 23.0000\n")
    assert "outside of the window" in result.err


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("1.png", "expected windows/WINDOW/CATEGORY/SERIES/NAME.png"),
        ("/elsewhere/x/y/z/1.png", "expected windows/WINDOW/CATEGORY/SERIES/NAME.png"),
        ("default/part/a/9.png", "no window a/9.png stands there"),
        ("default/part/b/9.png", "there is no such record file"),
    ],
)
def test_no_such_window(cropped: Path, curate: Curate, image: str, words: str) -> None:
    result = curate("locate", "-C", cropped, image, "1", "1")
    assert result.code == 2
    assert words in result.err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.floats(-100, 200), st.floats(-100, 200), st.sampled_from(["default", "small"]))
def test_there_and_back(cropped: Path, x: float, y: float, window: str) -> None:
    workspace, image = find_workspace(cropped), f"{window}/part/a/1.png"
    frame = locate(workspace, image, x, y).frame_px
    back = locate(workspace, image, *frame, to_window=True)
    assert back.window_px == pytest.approx((x, y), abs=1e-9)
    assert back.frame_px == frame
