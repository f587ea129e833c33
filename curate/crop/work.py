"""One frame's work: look for its parts, decide, cut its windows. Pure: bytes and pixels in, pixels out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from curate.crop.judge import ACCEPTED, Verdict, judge_match, judge_overhang, worst
from curate.crop.known import Found, Known, cut_with, found_with
from curate.crop.place import Place, place_around, place_fixed
from curate.crop.template import Template
from curate.geometry.affine import Affine
from curate.model.capture import Capture, Window
from curate.model.config import WindowConfig


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """One window definition of a category, ready to be carried out.

    Attributes
    ----------
    name : str
    config : WindowConfig
    templates : tuple of Template
        Empty unless the mode is ``match``.
    search : object
        JSON document of all that a position depends on besides the frame.
    """

    name: str
    config: WindowConfig
    templates: tuple[Template, ...] = ()
    search: Any = None

    @property
    def matches(self) -> bool:
        """Whether frames must be looked at to place this window."""
        return self.config.mode == "match"

    def key_of(self, capture: Capture) -> str:
        """Return the fingerprint of a frame's position; ``""`` when nothing is matched."""
        return found_with(capture.sha256, self.search) if self.matches else ""


@dataclass(slots=True)
class Item:
    """One window of one frame on its way to a row of the record.

    Attributes
    ----------
    plan : WindowPlan
    capture : Capture
    image : str
    found : Found or None
        The position, once it is known.
    failure : str
        Why the frame cannot be placed or cut at all.
    verdict : Verdict
    """

    plan: WindowPlan
    capture: Capture
    image: str
    found: Found | None = None
    failure: str = ""
    verdict: Verdict = field(default=ACCEPTED)

    @property
    def searching(self) -> bool:
        """Whether the frame must still be matched."""
        return self.plan.matches and self.found is None and not self.failure

    def place(self) -> Place | None:
        """Return where the window lies; None as long as nobody knows."""
        config, capture = self.plan.config, self.capture
        if not self.plan.matches:
            return place_fixed(config, capture.width_px, capture.height_px)
        if self.found is None or config.size_px is None:
            return None
        return place_around(self.found.x_px, self.found.y_px, config.size_px)

    def judge_alone(self) -> Verdict:
        """Judge the frame by itself, without its neighbours."""
        place = self.place()
        if self.failure or place is None:
            return Verdict("rejected", self.failure or "no place was found")
        if self.found is None:
            return ACCEPTED
        return worst(
            judge_match(self.found.score, self.found.second, self.plan.config),
            judge_overhang(place, self.capture.width_px, self.capture.height_px),
        )

    def cut_key(self) -> str:
        """Return the fingerprint of the cut image; ``""`` where there is no place."""
        place = self.place()
        return cut_with(self.capture.sha256, place, self.plan.config.pad_value) if place else ""

    def row(self, known: Known) -> Window:
        """Return the record's row."""
        size = self.plan.config.size_px or (self.capture.width_px, self.capture.height_px)
        place = self.place() or Place(Affine(), *size)
        affine, found = place.affine, self.found
        done_with, sha256 = known.images.get((self.plan.name, self.image), ("", ""))
        current = self.verdict.status == "accepted" and done_with == self.cut_key()
        return Window(
            frame=self.capture.frame,
            image=self.image,
            status=self.verdict.status,
            reason=self.verdict.reason,
            mode=self.plan.config.mode,
            m00=affine.a,
            m01=affine.b,
            m02=affine.c,
            m10=affine.d,
            m11=affine.e,
            m12=affine.f,
            width_px=place.width_px,
            height_px=place.height_px,
            score=found.score if found else None,
            second=found.second if found else None,
            sha256=sha256 if current else "",
            x_px=found.x_px if found else None,
            y_px=found.y_px if found else None,
            rotation_deg=found.rotation_deg if found else None,
            refined=found.refined if found else None,
            template=found.template if found else "",
            found_with=self.plan.key_of(self.capture) if found else "",
            cut_with=self.cut_key() if current else "",
        )


def make_items(plan: WindowPlan, captures: Sequence[Capture], images: dict[str, str], known: Known) -> list[Item]:
    """Return one item a frame, with the positions that are known already."""
    return [
        Item(plan, capture, images[capture.frame], known.positions.get(plan.key_of(capture))) for capture in captures
    ]
