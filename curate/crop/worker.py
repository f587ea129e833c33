"""One frame's work: look for its parts, decide, cut its windows. Pure: bytes and pixels in, pixels out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from curate.crop.judge import (
    ACCEPTED,
    Thresholds,
    Verdict,
    calibrate,
    judge_box,
    judge_match,
    judge_overhang,
    judge_positions,
    worst,
)
from curate.crop.known import Found, Known, cut_with, found_with
from curate.crop.place import Place, overhang_px, place_around, place_by_hand, place_fixed
from curate.crop.template import Template
from curate.crop.tiles import tile_frame
from curate.geometry.affine import Affine
from curate.geometry.shapes import turned
from curate.model.capture import Capture, Window
from curate.model.config import WindowConfig
from curate.model.decision import Decision

_LONGEST_NAME = 255
"""Bytes of one file name on every usual file system."""


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
    fixed : Place or None
        The place of a tile.
    failure : str
        Why the frame cannot be placed or cut at all.
    decision : Decision or None
        What a person said of this window in this frame. It never changes what becomes of other frames.
    verdict : Verdict
    """

    plan: WindowPlan
    capture: Capture
    image: str
    found: Found | None = None
    fixed: Place | None = None
    failure: str = ""
    decision: Decision | None = None
    verdict: Verdict = field(default=ACCEPTED)

    @property
    def key(self) -> str:
        """Fingerprint of the position that must be known; ``""`` where nothing is matched, or a person placed it."""
        return "" if self.decision and self.decision.verdict == "place" else self.plan.key_of(self.capture)

    @property
    def searching(self) -> bool:
        """Whether the frame must still be matched."""
        return bool(self.key) and self.found is None and not self.failure

    def place(self) -> Place | None:
        """Return where the window lies: where a person put it, else where it was found; None while nobody knows."""
        return self._place_by_hand() or self._place_by_rule()

    def _place_by_hand(self) -> Place | None:
        said = self.decision
        if said is None or said.x_px is None or said.y_px is None:
            return None
        return place_by_hand(self.plan.config, said.x_px, said.y_px)

    def _place_by_rule(self) -> Place | None:
        config, capture = self.plan.config, self.capture
        if self.fixed is not None:
            return self.fixed
        if not self.plan.matches:
            return place_fixed(config, capture.width_px, capture.height_px)
        if self.found is None or config.size_px is None:
            return None
        dx, dy = turned(*config.offset_px, self.found.rotation_deg or 0.0)
        return place_around(self.found.x_px + dx, self.found.y_px + dy, config.size_px)

    def judge_alone(self, limits: Thresholds) -> Verdict:
        """Judge the frame by itself, without its neighbours and without what a person said."""
        place = self._place_by_rule()
        if self.failure or place is None:
            return Verdict("rejected", self.failure or "no place was found")
        if self.found is None:
            return judge_box(place, self.capture.width_px, self.capture.height_px)
        return worst(
            judge_match(self.found, limits),
            judge_overhang(place, self.capture.width_px, self.capture.height_px),
        )

    def overruled(self, verdict: Verdict) -> Verdict:
        """Return what a person makes of a verdict: accepted is only what can be cut."""
        if self.decision is None:
            return verdict
        if self.decision.verdict == "reject":
            return Verdict("rejected", self.decision.by_hand)
        place = self.place()
        if self.failure or place is None or (self.decision.verdict == "place" and self._place_by_hand() is None):
            return verdict
        shown = judge_box(place, self.capture.width_px, self.capture.height_px)
        return Verdict("accepted", self.decision.by_hand) if shown == ACCEPTED else shown

    def cannot_follow(self) -> str:
        """Say why a person's decision cannot be carried out; ``""`` where it is."""
        said = self.decision
        if said is None or said.verdict == "reject":
            return ""
        if said.x_px is not None and self._place_by_hand() is None:
            return f"windows of mode {self.plan.config.mode} cannot be placed"
        return "" if self.verdict.status == "accepted" else self.verdict.reason

    def cut_key(self) -> str:
        """Return the fingerprint of the cut image; ``""`` where there is no place."""
        place = self.place()
        return cut_with(self.capture.sha256, place, self.plan.config.pad_value) if place else ""

    def row(self, known: Known) -> Window:
        """Return the record's row."""
        size = self.plan.config.size_px or (self.capture.width_px, self.capture.height_px)
        place = self.place() or Place(Affine(), *size)
        affine, found, said = place.affine, self.found, self.decision
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
            rotation_deg=found.rotation_deg if found else said.rotation_deg if said else None,
            refined=found.refined if found else None,
            agreement=found.agreement if found else None,
            template=found.template if found else "",
            found_with=self.key if found else "",
            cut_with=self.cut_key() if current else "",
            decided_by="person" if said else "",
        )


def make_items(
    plan: WindowPlan,
    captures: Sequence[Capture],
    images: dict[str, str],
    known: Known,
    decided: Mapping[tuple[str, str], Decision],
) -> list[Item]:
    """Return one item a frame, or one a tile, with the positions that are known already.

    Parameters
    ----------
    images : dict of str to str
        Name of the cut image of each frame.
    decided : mapping of (str, str) to Decision
        What people said, by window and frame.
    """
    if plan.config.mode == "tile":
        items = [item for capture in captures for item in _tile_items(plan, capture, images[capture.frame])]
    else:
        items = [Item(plan, capture, images[capture.frame]) for capture in captures]
    for item in items:
        item.decision = decided.get((plan.name, item.capture.frame))
        item.found = known.positions.get(item.key) if item.key else None
        size_bytes = len(item.image.rpartition("/")[2].encode())
        if size_bytes > _LONGEST_NAME and not item.failure:
            item.failure = f"its image's name would have {size_bytes} bytes, file systems hold {_LONGEST_NAME}"
    return items


def _tile_items(plan: WindowPlan, capture: Capture, image: str) -> list[Item]:
    config = plan.config
    size = config.size_px or (capture.width_px, capture.height_px)
    tiles = tile_frame(capture.width_px, capture.height_px, size, config.overlap, config.border)
    if not tiles:
        failure = f"the frame is {capture.width_px}×{capture.height_px} px, smaller than a tile"
        return [Item(plan, capture, image, failure=failure)]
    stem = image.removesuffix(".png")
    return [Item(plan, capture, f"{stem}{tile.suffix}.png", fixed=tile.place) for tile in tiles]


def padded(plan: WindowPlan, items: Sequence[Item]) -> str:
    """Say how far a window's box reaches beyond the frames it is cut from, and how many; ``""`` where it does not."""
    if plan.config.mode != "crop":
        return ""
    own = [item for item in items if item.plan is plan and item.verdict.status == "accepted" and not item.decision]
    beyond = []
    for item in own:
        place, capture = item.place(), item.capture
        reach = overhang_px(place, capture.width_px, capture.height_px) if place else 0.0
        if reach:
            beyond.append((reach, capture))
    if not beyond:
        return ""
    reach, capture = max(beyond, key=lambda entry: entry[0])
    return (
        f"{plan.name}: box = {list(plan.config.box_px or ())} reaches up to {reach:.0f} px beyond {len(beyond)} of "
        f"{len(own)} frames ({capture.frame}: {capture.width_px}×{capture.height_px} px); "
        f"filled with pad_value {plan.config.pad_value}"
    )


def judge(items: Sequence[Item]) -> dict[str, Thresholds]:
    """Judge every item, by itself and among its neighbours in shooting order; then people have their say.

    Returns
    -------
    dict of str to Thresholds
        By window, for those that are matched.
    """
    by_window: dict[str, list[Item]] = {}
    for item in items:
        by_window.setdefault(item.plan.name, []).append(item)
    limits = {}
    for name, own in by_window.items():
        thresholds = calibrate(own[0].plan.config, [item.found for item in own if item.found])
        for item in own:
            item.verdict = item.judge_alone(thresholds)
        if own[0].plan.matches:
            limits[name] = thresholds
            _judge_neighbours(own, thresholds)
        for item in own:
            item.verdict = item.overruled(item.verdict)
    return limits


def _judge_neighbours(items: Sequence[Item], limits: Thresholds) -> None:
    for _, group in groupby(items, key=lambda item: item.capture.series):
        good = [item for item in group if item.verdict.status == "accepted"]
        positions = [(item.found.x_px, item.found.y_px) for item in good if item.found]
        size = items[0].plan.config.size_px or (1, 1)
        for item, verdict in zip(good, judge_positions(positions, limits, size), strict=True):
            item.verdict = verdict
