"""What was used of all there is, and what was left out for which reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from curate.model.words import Shown


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, or an entry of a document, that was not used; ``place`` says which, ``reason`` why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Account(Shown):
    """How many entries were used, and which were left out: together they are all there is.

    Attributes
    ----------
    used : int
    left_out : tuple of LeftOut
    """

    used: int = 0
    left_out: tuple[LeftOut, ...] = ()

    @property
    def total(self) -> int:
        """All there is."""
        return self.used + len(self.left_out)

    @staticmethod
    def total_of(accounts: Iterable[Account]) -> Account:
        """Add accounts up."""
        listed = list(accounts)
        return Account(sum(one.used for one in listed), tuple(out for one in listed for out in one.left_out))

    def to_json(self) -> dict[str, Any]:
        """Return the account as a JSON document."""
        left_out = [{"place": out.place, "reason": out.reason} for out in self.left_out]
        return {"used": self.used, "left_out": left_out, "total": self.total}

    def lines(self, what: str) -> list[str]:
        """Say it in lines of text: one with the numbers, then one for each reason with the first place.

        >>> Account(3, (LeftOut("a", "hidden"), LeftOut("b", "hidden"))).lines("files")
        ['files: 5 = 3 used + 2 left out', '  2 hidden: a, …']
        """
        counts = Counter(out.reason for out in self.left_out)
        first = {out.reason: out.place for out in reversed(self.left_out)}
        head = f"{what}: {self.total} = {self.used} used + {len(self.left_out)} left out"
        more = {1: ""}
        return [head, *(f"  {n} {reason}: {first[reason]}{more.get(n, ', …')}" for reason, n in counts.items())]


EMPTY = Account()
