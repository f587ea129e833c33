"""What every finding code must say about itself."""

from __future__ import annotations

from dataclasses import dataclass

from curate.model.finding import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """A permanent finding code and its documentation.

    Attributes
    ----------
    code : str
        ``CUR`` and three digits.
    severity : str
        ``error``, ``warning`` or ``info``.
    title : str
        A few words.
    why : str
        What goes wrong for the user of the dataset when this is left alone.
    example : str
        A small case that fires it.
    fix : str
        The next step; also the default hint of a finding.
    """

    code: str
    severity: Severity
    title: str
    why: str
    example: str
    fix: str
