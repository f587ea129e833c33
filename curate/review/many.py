"""Decide about many things at once: the same choice for each that offers it, each written as a decision of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curate.errors import ConflictError, InputError
from curate.model.words import counted
from curate.review.forms import carry_out, decision_post
from curate.review.snapshot import Snapshot
from curate.workspace.workspace import Workspace

MAX_ITEMS = 200


@dataclass(frozen=True, slots=True)
class ManyDecided:
    """What came of one choice for many things.

    Attributes
    ----------
    made : tuple of (str, int)
        Category and number of each decision that was written.
    problems : tuple of str
        Why the others were not.
    """

    made: tuple[tuple[str, int], ...]
    problems: tuple[str, ...]

    @property
    def said(self) -> str:
        """In a sentence."""
        left = f"; {len(self.problems)} not, see below" if self.problems else ""
        return f"{counted(len(self.made), 'decision', 'decisions')} made{left}"


def decide_many(workspace: Workspace, document: Mapping[str, Any], snapshot: Snapshot) -> ManyDecided:
    """Carry out one choice for all items that a page names.

    An item that does not offer the choice, or about which somebody decided in the meantime, is left as it is and named.

    Raises
    ------
    InputError
        If the items are no list of pairs of an item and the decision that was seen, or too many.
    """
    items = document.get("items")
    if not isinstance(items, list) or not items or len(items) > MAX_ITEMS:
        raise InputError(f"expected 1 to {MAX_ITEMS} items", hint="choose some of the cards")
    made, problems = [], []
    for entry in items:
        if not isinstance(entry, dict):
            raise InputError("an item is no object", hint="load the page again")
        one = {**entry, "action": document.get("action"), "reason": document.get("reason", "")}
        known = snapshot.entry(str(entry.get("item", "")))
        name = known.item.subject if known else "?"
        try:
            post = decision_post(one, snapshot)
            made.append((post.category, carry_out(workspace, post).id))
        except (ConflictError, InputError) as error:
            problems.append(f"{name}: {error.message}")
    return ManyDecided(tuple(made), tuple(problems))
