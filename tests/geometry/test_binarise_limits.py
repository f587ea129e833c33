"""Where the rules for masks of several levels and colours begin and end, each case worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from curate.geometry.binarise import SeveralValuesError, binarise, colours_of


def picture(*parts: tuple[int, int, int, int, int], side: int = 40, ground: int = 0, levels: int = 0) -> NDArray[Any]:
    """A square of one grey with boxes (row, column, height, width, value), and single dark pixels of many levels."""
    pixels = np.full((side, side), ground, np.uint8)
    for number in range(levels):  # apart from each other, in the last rows; all within the darkest quarter
        pixels[side - 1 - 2 * (number // 10), 2 * (number % 10)] = ground + 1 + number
    for row, column, height, width, value in parts:
        pixels[row : row + height, column : column + width] = value
    return pixels


def verdict(pixels: NDArray[Any]) -> str:
    """``mask``, ``classes`` or ``refused``."""
    try:
        binarise(pixels)
    except SeveralValuesError:
        return "classes"
    except ValueError:
        return "refused"
    return "mask"


BRIGHT = (0, 0, 10, 10, 200)


@pytest.mark.parametrize(
    ("plateau", "expected"),
    [
        ((20, 20, 5, 5, 100), "classes"),  # 25 pixels that fill a square of five
        ((20, 20, 4, 6, 100), "mask"),  # 24 do not
        ((20, 20, 3, 20, 100), "mask"),  # nor does a band, however long
        ((20, 20, 5, 5, 50), "mask"),  # a quarter of the way from 0 to 200: background
        ((20, 20, 5, 5, 51), "classes"),
        ((20, 20, 5, 5, 149), "classes"),
        ((20, 20, 5, 5, 150), "mask"),  # three quarters: the mark
    ],
)
def test_of_many_levels_a_filled_square_between_the_quarters_is_a_class(plateau: Any, expected: str) -> None:
    assert verdict(picture(BRIGHT, plateau, levels=20)) == expected


@pytest.mark.parametrize(("value", "expected"), [(70, "mask"), (71, "classes"), (169, "classes"), (170, "mask")])
def test_quarters_are_counted_from_the_darkest_level(value: int, expected: str) -> None:
    # From 20 to 220 a quarter is 50: 70 still belongs to the ground, 170 to the mark.
    pixels = picture((0, 0, 10, 10, 220), (20, 20, 5, 5, value), ground=20, levels=20)
    assert verdict(pixels) == expected


@pytest.mark.parametrize(("value", "expected"), [(70, "mask"), (71, "refused"), (169, "refused"), (170, "mask")])
def test_a_mask_has_a_gap_between_dark_and_bright(value: int, expected: str) -> None:
    # 40 pixels in a line of one, 60 bright ones: 40 % of what is not dark lies between, more than 35 %.
    pixels = picture((0, 0, 6, 10, 220), (8, 0, 1, 20, value), (10, 0, 1, 20, value), side=20, ground=20, levels=20)
    assert verdict(pixels) == expected


@pytest.mark.parametrize(("between", "expected"), [(35, "mask"), (36, "refused")])
def test_a_third_between_dark_and_bright_is_too_much(between: int, expected: str) -> None:
    # 35 of 100 is 35 %, 36 of 101 is more.
    pixels = picture((20, 0, 5, 13, 200), (30, 0, 1, between, 100), levels=20)[20:]
    assert verdict(pixels) == expected


@pytest.mark.parametrize(("more", "expected"), [(0, "mask"), (1, "refused")])
def test_a_soft_stroke_on_nine_tenths_of_background_is_a_mask(more: int, expected: str) -> None:
    # 60 between and 100 bright of 1600: 1440 are dark, which is 90 %; one fewer is less.
    pixels = picture(BRIGHT, (20, 20, 3, 20, 100), (15, 20, 1, more, 100), levels=20)
    assert verdict(pixels) == expected


def test_soft_edges_are_cut_at_half_of_the_way_from_dark_to_bright() -> None:
    # Half of the way from 20 to 221 is 120.5: 121 and more is the mark.
    pixels = picture((0, 0, 10, 10, 221), (20, 20, 1, 1, 120), (20, 30, 1, 1, 121), ground=20)
    mask, said = binarise(pixels)
    assert (mask[20, 20], mask[20, 30], int(mask.sum())) == (False, True, 101)
    assert said == "has 4 grey levels; it is cut at half, 121"


@pytest.mark.parametrize(("levels", "expected"), [(13, "classes"), (14, "mask")])
def test_sixteen_levels_are_few(levels: int, expected: str) -> None:
    # Ground, mark, plateau of 3×3 and single pixels: of few levels it is a class, of many it must fill 5×5.
    assert verdict(picture(BRIGHT, (20, 20, 3, 3, 100), levels=levels)) == expected


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([(20, 20), (20, 25), (20, 30), (20, 35)], "classes"),  # four pixels with nothing brighter beside them
        ([(20, 20), (20, 25), (20, 30)], "mask"),  # three may be noise
        ([(20, 20), (20, 25), (0, 10), (5, 10)], "mask"),  # half of them beside the mark: an edge
        ([(20, 20), (20, 25), (20, 30), (0, 10), (5, 10)], "classes"),  # most of them apart from it
    ],
)
def test_of_few_levels_pixels_apart_from_brighter_ones_are_a_class(places: Any, expected: str) -> None:
    assert verdict(picture(BRIGHT, *((row, column, 1, 1, 100) for row, column in places))) == expected


@pytest.mark.parametrize(("highest", "expected"), [(32, "classes"), (33, "mask")])
def test_numbers_up_to_32_are_classes(highest: int, expected: str) -> None:
    assert verdict(picture((0, 0, 3, 3, highest), (10, 10, 1, 1, 1))) == expected


@pytest.mark.parametrize(("rows", "said"), [(20, ""), (21, "marks 52% of the picture: it may be inverted")])
def test_a_mask_of_more_than_half_may_be_inverted(rows: int, said: str) -> None:
    assert binarise(picture((0, 0, rows, 40, 255)))[1] == said


def coloured(*colours: tuple[int, int, int], ground: tuple[int, int, int] = (0, 0, 0)) -> NDArray[Any]:
    """A ground with a square of the first colour, and a pixel of each other one."""
    pixels = np.full((20, 40, 3), ground, np.uint8)
    pixels[:5, :5] = colours[0]
    for place, colour in enumerate(colours[1:]):
        pixels[10, 2 * place] = colour
    return pixels


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        (((200, 0, 0), (100, 4, 0)), "mask"),  # off the line between black and blue by 4, which is 2 % of its length
        (((200, 0, 0), (100, 5, 0)), "classes"),
        (((40, 0, 0), (20, 1, 0)), "mask"),  # of a short line by one step
        (((40, 0, 0), (20, 1, 1)), "classes"),
    ],
)
def test_mixtures_of_two_colours_are_soft_edges(colours: Any, expected: str) -> None:
    assert verdict(coloured(*colours)) == expected


def test_a_colour_on_the_other_side_of_the_background_is_no_mixture() -> None:
    assert verdict(coloured((220, 100, 100), (160, 100, 100), ground=(100, 100, 100))) == "mask"
    assert verdict(coloured((220, 100, 100), (40, 100, 100), ground=(100, 100, 100))) == "classes"


def test_half_of_a_colour_belongs_to_it() -> None:
    mask, said = binarise(coloured((200, 0, 0), (100, 0, 0), (98, 0, 0)))
    assert (mask[10, 0], mask[10, 2], int(mask.sum())) == (True, False, 26)
    assert said.endswith("it is cut at half, 128")


@pytest.mark.parametrize(("shades", "message"), [(4096, "grey levels with no gap"), (4097, "has 4097 colours")])
def test_more_than_4096_colours_are_no_mask(shades: int, message: str) -> None:
    pixels = np.zeros((1, shades, 3), np.uint16)
    pixels[0, :, 0] = np.arange(shades)
    with pytest.raises(ValueError, match=message):
        binarise(pixels)


@pytest.mark.parametrize(("count", "error"), [(16, SeveralValuesError), (17, ValueError)])
def test_sixteen_colours_are_classes_and_more_are_a_picture(count: int, error: type[ValueError]) -> None:
    colours = [(10 * number, 255 - 10 * number, 0) for number in range(1, count)]  # and the ground
    with pytest.raises(ValueError, match=r"classes or instances" if error is SeveralValuesError else "has 17 colours"):
        binarise(coloured(*colours))


def test_all_colours_mark_where_somebody_says_so() -> None:
    mask, said = binarise(coloured((200, 0, 0), (0, 200, 0), (0, 0, 200)), all_mark=True)
    assert int(mask.sum()) == 27
    assert said == "has 3 colours besides the background; all of them mark the defect"


def test_the_message_lists_eight_values_and_counts_the_rest() -> None:
    assert str(SeveralValuesError({value: 2 * value for value in range(1, 9)})).endswith("7 (14 px), 8 (16 px)")
    assert str(SeveralValuesError({value: 2 * value for value in range(1, 18)})).endswith("8 (16 px) and 9 more")
    assert "#0102ff (3 px)" in str(SeveralValuesError({(255, 2, 1): 3}))  # blue, green, red


def test_colours_are_told_by_their_first_three_channels() -> None:
    colours, place, counts = colours_of(np.array([[[1, 2, 65535, 7], [1, 2, 65535, 8]], [[0, 0, 5, 7], [0, 9, 0, 7]]]))
    assert colours.tolist() == [[0, 0, 5], [0, 9, 0], [1, 2, 65535]]
    assert (place.tolist(), counts.tolist()) == ([[2, 2], [0, 1]], [1, 1, 2])
    grey = colours_of(np.array([[3, 0], [3, 3]], np.uint8))
    assert [part.tolist() for part in grey] == [[[0, 0, 0], [3, 3, 3]], [[1, 0], [1, 1]], [1, 3]]
