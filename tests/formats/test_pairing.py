from __future__ import annotations

import pytest

from curate.formats.pairing import KnownPicture, PictureIndex, Unpaired, candidate_paths, frame_targets, window_targets
from curate.formats.records import ImageRef
from tests.annotated import capture, window


def index() -> PictureIndex:
    captures = [
        capture("a/0001.jpg"),
        capture("b/0001.jpg"),
        capture("b/IMG 7 (ü).jpg"),
        capture("b/plain.tif"),
        capture("b/deadbeef-x.png"),
        capture("c/one.png", 640, 400),
    ]
    frames = frame_targets(captures, "part")
    by_frame = {target.frame: target for target in frames}
    windows = [window("c/one.png", "c/one.png", (1, 0, -100, 0, 1, -50), (200, 100))]
    return PictureIndex([*frames, *window_targets(windows, by_frame, "default", "part")])


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("a/0001.jpg", "a/0001.jpg"),
        ("C:\\shots\\b\\0001.jpg", "b/0001.jpg"),
        ("/data/upload/3/1a2b3c4d-plain.tif", "b/plain.tif"),
        ("/data/upload/3/1a2b3c4d-IMG_7_%C3%BC.jpg", "b/IMG 7 (ü).jpg"),
        ("/data/upload/3/0a0a0a0a-deadbeef-x.png", "b/deadbeef-x.png"),
        ("deadbeef-x.png", "b/deadbeef-x.png"),
        ("/data/local-files/?d=captures/part/b/IMG%207%20%28%C3%BC%29.jpg", "b/IMG 7 (ü).jpg"),
        ("https://host/bucket/a/0001.jpg?X-Sig=1", "a/0001.jpg"),
        ("s3://bucket/plain.TIF", "b/plain.tif"),
        ("previews/plain.png", "b/plain.tif"),
    ],
)
def test_names_that_mean_one_frame(name: str, frame: str) -> None:
    target = index().find(ImageRef(name))
    assert isinstance(target, KnownPicture), target
    assert target.frame == frame


def test_ambiguity_is_said_and_size_decides() -> None:
    unclear = index().find(ImageRef("0001.jpg"))
    assert isinstance(unclear, Unpaired)
    assert unclear.code == "CUR502"
    assert "captures/part/a/0001.jpg, captures/part/b/0001.jpg" in unclear.message
    assert isinstance(index().find(ImageRef("one.png")), Unpaired)
    by_size = index().find(ImageRef("one.png", (200, 100)))
    assert isinstance(by_size, KnownPicture)
    assert by_size.window == "default"
    by_path = index().find(ImageRef("/x/windows/default/part/c/one.png"))
    assert isinstance(by_path, KnownPicture)
    assert by_path.window == "default"
    unknown = index().find(ImageRef("zzz.png"))
    assert isinstance(unknown, Unpaired)
    assert unknown.code == "CUR501"


def test_our_own_keys_win() -> None:
    target = index().find(ImageRef("/data/upload/1/whatever.png", frame="c/one.png", window="default"))
    assert isinstance(target, KnownPicture)
    assert target.to_frame.apply(0, 0) == (100, 50)


def test_candidate_paths_of_local_files() -> None:
    assert candidate_paths("/data/local-files/?d=x%2Fy.png") == [("x", "y.png")]


def test_the_stated_size_tells_a_frame_from_its_window() -> None:
    frames = frame_targets([capture("c/two.jpg")], "part")
    windows = window_targets(
        [window("c/two.jpg", "c/two.png", (1, 0, 0, 0, 1, 0), (200, 100))], {"c/two.jpg": frames[0]}, "default", "part"
    )
    both = PictureIndex([*frames, *windows])
    for size, expected in [((640, 400), ""), ((200, 100), "default"), (None, "default"), ((7, 7), "default")]:
        target = both.find(ImageRef("two.png", size))
        assert isinstance(target, KnownPicture)
        assert target.window == expected
