"""Read a saturation threshold that an expert attached to a region; its unit must be stated."""

from __future__ import annotations

import re

from curate.model.defect import Saturation

_TEXT = re.compile(r"^\s*(?P<number>[0-9]*\.?[0-9]+)\s*(?P<unit>%|[a-z]*)\s*$", re.IGNORECASE)
_UNITS = {
    "px": "px",
    "pixel": "px",
    "pixels": "px",
    "absolute": "px",
    "%": "percent",
    "percent": "percent",
    "fraction": "fraction",
    "relative": "fraction",
}


def is_threshold_name(control: str) -> bool:
    """Whether a control's or attribute's name says that its value is a saturation threshold.

    >>> is_threshold_name("saturation_px"), is_threshold_name("sat"), is_threshold_name("severity")
    (True, True, False)
    """
    words = re.split(r"[^a-z]+", control.lower())
    return any(word in {"sat", "threshold"} or word.startswith("satur") for word in words)


def unit_in(text: str) -> str:
    """Return the unit that a name or choice states: ``px``, ``percent``, ``fraction``, or ``""``.

    >>> unit_in("saturation_px"), unit_in("relative"), unit_in("saturation")
    ('px', 'fraction', '')
    """
    for word in re.split(r"[^a-z%]+", text.lower()):
        if word in _UNITS:
            return _UNITS[word]
    return ""


def threshold(value: object, unit: str = "") -> Saturation:
    """Make a threshold of a number or a text such as ``800 px``, ``50 %`` or ``0.5``.

    Parameters
    ----------
    value : object
        Number or text; a unit in the text wins over ``unit``.
    unit : str
        ``px``, ``percent``, ``fraction``, or ``""``: then a number of at most 1 is a fraction, and a larger one is
        refused, because 37 might be pixels or percent.

    Raises
    ------
    ValueError
        If it is no threshold; the message says why.

    Examples
    --------
    >>> str(threshold("800 px")), str(threshold(50, "percent")), str(threshold(0.25))
    ('800 px', '0.5', '0.25')
    """
    match = _TEXT.match(str(value))
    if not match:
        raise ValueError(f"{value!r} is no threshold; expected a fraction such as 0.5, '50 %' or '800 px'")
    number, written = float(match["number"]), match["unit"].lower()
    if written and written not in _UNITS:
        raise ValueError(f"{value!r} has the unknown unit {written!r}; expected px, % or a plain fraction")
    stated = _UNITS[written] if written else unit
    if stated == "px":
        return Saturation(int(number) if number == int(number) else number, relative=False)
    if stated == "percent":
        return Saturation(number / 100)
    if not stated and number > 1:
        raise ValueError(f"{value!r} without a unit may be pixels or percent; state the unit")
    return Saturation(number)
