"""What the values and colours of a mask picture stand for: label maps beside it, and what a person says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.errors import InputError
from curate.geometry.binarise import colours_of

Colour: TypeAlias = tuple[int, int, int]
"""Blue, green, red; three equal numbers for a grey value."""
Legend: TypeAlias = Mapping[Colour, str]

_UNMARKED = frozenset({"background", "ignore", "void", "unlabeled", "unlabelled", "bg"})
"""Names of what marks no defect, underscores apart."""
_COLUMNS = 2


def legend_of_values(text: str) -> dict[Colour, str]:
    """Read ``60=dent,200=scratch,255=ignore``.

    >>> legend_of_values("60=dent, 255=ignore")
    {(60, 60, 60): 'dent', (255, 255, 255): 'ignore'}

    Raises
    ------
    InputError
        If a part is not VALUE=NAME.
    """
    legend: dict[Colour, str] = {}
    for part in filter(str.strip, text.split(",")):
        value, sign, name = (piece.strip() for piece in part.partition("="))
        if not (sign and name and value.isdigit()):
            raise InputError(
                f"{part.strip()!r} is not VALUE=NAME", hint="write for example --values 60=dent,255=ignore"
            )
        legend[(int(value),) * 3] = name
    return legend


def legend_of_file(name: str, text: str) -> dict[Colour, str]:
    """Read a label map: CVAT's and VOC's ``labelmap.txt``, or X-AnyLabeling's JSON of grey values or colours.

    Raises
    ------
    ValueError
        If it is none; the message says why.
    """
    if name.lower().endswith(".json"):
        return _of_json(json.loads(text))
    legend = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        label, sign, rest = line.partition(":")
        numbers = [int(part) for part in rest.split(":")[0].split(",") if part.strip()]
        if not (sign and len(numbers) == 3):  # noqa: PLR2004 - red, green, blue
            raise ValueError(f"{line!r} is not name:red,green,blue::")
        legend[numbers[2], numbers[1], numbers[0]] = label.strip()
    return legend


def _of_json(document: Any) -> dict[Colour, str]:
    colours = document.get("colors", document) if isinstance(document, dict) else None
    if not isinstance(colours, dict) or not colours:
        raise ValueError("is no label map: expected names with grey values or colours")
    legend = {}
    for name, value in colours.items():
        numbers = [int(part) for part in (value if isinstance(value, list) else [value] * 3)]
        legend[numbers[2], numbers[1], numbers[0]] = str(name)
    return legend


def is_unmarked(name: str) -> bool:
    """Whether a name of a legend stands for the background, or for what is to be ignored."""
    return name.strip("_").lower() in _UNMARKED


def masks_by_legend(pixels: NDArray[Any], legend: Legend) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return what each name of a legend marks, in the legend's order.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (height, width, 3 or 4)
    legend : mapping
        Zero that it does not name is background.

    Raises
    ------
    ValueError
        If a value is not named; the message lists all such values with their numbers of pixels.
    """
    colours, place, counts = colours_of(pixels)
    names = [legend.get(tuple(colour), "background" if not any(colour) else None) for colour in colours.tolist()]
    strange = [
        f"{_shown(tuple(colour))} ({count} px)"
        for colour, count, name in zip(colours.tolist(), counts.tolist(), names, strict=True)
        if name is None
    ]
    if strange:
        known = ", ".join(f"{_shown(colour)}={name}" for colour, name in legend.items())
        raise ValueError(f"holds values that nothing names: {', '.join(strange[:8])}; named are {known}")
    marking = dict.fromkeys(name for name in legend.values() if not is_unmarked(name) and name in names)
    return [(name, np.isin(place, [at for at, own in enumerate(names) if own == name])) for name in marking]


def instances(pixels: NDArray[Any]) -> list[NDArray[np.bool_]]:
    """Return the pixels of each value besides the background, in the order of their first pixel."""
    colours, place, _ = colours_of(pixels)
    masks = [np.asarray(place == index) for index, colour in enumerate(colours) if colour.any()]
    return sorted(masks, key=lambda mask: int(np.argmax(mask)))


def nearest(pixels: NDArray[Any], colours: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each pixel which of some colours (blue, green, red) is nearest to it."""
    picture = pixels[..., None].repeat(3, axis=2) if pixels.ndim == _COLUMNS else pixels[..., :3]
    best = np.zeros(picture.shape[:2], np.int64)
    least = np.full(picture.shape[:2], np.iinfo(np.int64).max)
    for index, colour in enumerate(colours):
        distance = ((picture.astype(np.int64) - colour) ** 2).sum(axis=2)
        best[distance < least] = index
        least = np.minimum(least, distance)
    return best


def pieces(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Split a mask into its connected pieces (8 neighbours), in the order of their first pixel."""
    import cv2

    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    masks = [labels == index for index in range(1, count)]
    return sorted(masks, key=lambda piece: int(np.argmax(piece)))


def _shown(colour: Iterable[int]) -> str:
    blue, green, red = colour
    return str(blue) if blue == green == red else f"#{red:02x}{green:02x}{blue:02x}"
