"""Which part of the queue a person walks through, what comes next, and how far he has come. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from curate.review.queue import STAGES, ReviewItem

State: TypeAlias = Literal["all", "open", "decided"]
STATES: tuple[State, ...] = ("all", "open", "decided")


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """An item, whether it is decided, and what its frame is called and was shot by."""

    item: ReviewItem
    decided: bool
    label: str = ""
    camera: str = ""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a person wants to see; ``""`` and ``all`` let everything through, ``-`` means without label or camera."""

    category: str = ""
    stage: str = ""
    state: State = "all"
    label: str = ""
    reason: str = ""
    camera: str = ""

    @property
    def query(self) -> dict[str, str]:
        """Return the parts of an address that say it; nothing for what lets everything through."""
        state = "" if self.state == "all" else self.state
        parts = {"category": self.category, "stage": self.stage, "state": state}
        parts |= {"label": self.label, "reason": self.reason, "camera": self.camera}
        return {name: value for name, value in parts.items() if value}

    def in_scope(self, entry: QueueEntry) -> bool:
        """Whether an item is wanted, whatever its state."""
        return (
            self.category in {"", entry.item.category}
            and self.stage in {"", entry.item.stage}
            and self.label in {"", entry.label or "-"}
            and self.camera in {"", entry.camera or "-"}
            and (not self.reason or self.reason in entry.item.kinds_of_reason)
        )

    def covers(self, entry: QueueEntry) -> bool:
        """Whether an item is wanted, by its state too."""
        return self.in_scope(entry) and (self.state == "all" or entry.decided == (self.state == "decided"))


def parse_filter(parts: Mapping[str, Any], categories: Sequence[str]) -> QueueFilter:
    """Return the filter that an address asks for; what it does not know is left out."""
    category, stage, state = (str(parts.get(name, "")) for name in ("category", "stage", "state"))
    label, reason, camera = (str(parts.get(name, "")) for name in ("label", "reason", "camera"))
    return QueueFilter(
        category if category in categories else "",
        next((known for known in STAGES if known == stage), ""),
        next((known for known in STATES if known == state), "all"),
        label,
        reason,
        camera,
    )


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """How far a person has come in what a filter's category and stage hold."""

    decided: int
    total: int

    def __str__(self) -> str:
        return f"{self.decided} of {self.total} decided"


def progress(entries: Sequence[QueueEntry], wanted: QueueFilter) -> ReviewProgress:
    """Count what is decided, whatever the filter's state."""
    scope = [entry.decided for entry in entries if wanted.in_scope(entry)]
    return ReviewProgress(sum(scope), len(scope))


@dataclass(frozen=True, slots=True)
class Steps:
    """Where to go from an item; ids, ``""`` where there is nothing."""

    before: str
    behind: str
    next_open: str


def steps(entries: Sequence[QueueEntry], place: int, wanted: QueueFilter) -> Steps:
    """Return the wanted items before and behind a place, and the next one that is still open.

    Behind the last item the search for an open one goes on from the first, so that nothing that was skipped is lost.
    """
    size = len(entries)
    before = next((other for other in range(place - 1, -1, -1) if wanted.covers(entries[other])), None)
    behind = next((other for other in range(place + 1, size) if wanted.covers(entries[other])), None)
    circle = (*range(place + 1, size), *range(place))
    still = next((other for other in circle if wanted.in_scope(entries[other]) and not entries[other].decided), None)
    return Steps(*("" if other is None else entries[other].item.id for other in (before, behind, still)))
