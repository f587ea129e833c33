from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.crop.names import image_names


def test_a_name_that_a_full_name_would_take_gives_way_too() -> None:
    # a.jpg and a.png share a stem, so a.jpg becomes a.jpg.png, which is what a.jpg.tif would be called.
    assert image_names(["s/a.jpg", "s/a.png", "s/a.jpg.tif"]) == {
        "s/a.jpg": "s/a.jpg.png",
        "s/a.png": "s/a.png.png",
        "s/a.jpg.tif": "s/a.jpg.tif.png",
    }


def test_a_time_stamp_keeps_its_fraction() -> None:
    frame = "s/2020-07-01T10-57-42.599776585Z.jpg"
    assert image_names([frame]) == {frame: "s/2020-07-01T10-57-42.599776585Z.png"}


NAMES = st.builds(
    "s/{}.{}".format, st.sampled_from(["a", "A", "b", "a.jpg", "a.png"]), st.sampled_from(["jpg", "png", "JPG"])
)


@given(st.lists(NAMES, unique_by=str.casefold))
def test_no_two_frames_share_a_name(frames: list[str]) -> None:
    names = image_names(frames)
    assert len({name.casefold() for name in names.values()}) == len(frames)
