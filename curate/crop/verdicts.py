"""Judge the windows of a category: each by itself, then among its neighbours, then as people decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from curate.crop.items import PlacedWindow
from curate.crop.judge import (
    ACCEPTED,
    Thresholds,
    Verdict,
    calibrate,
    judge_box,
    judge_fit,
    judge_match,
    judge_overhang,
    judge_positions,
    worst,
)
from curate.crop.known import Found, Known
from curate.crop.place import Place, overhang_px
from curate.crop.still import STILL, StillPoints, one_constant_place
from curate.geometry.affine import Affine
from curate.model.capture import Window


@dataclass(frozen=True, slots=True)
class JudgedWindow:
    """A placed window and its verdict."""

    placed: PlacedWindow
    verdict: Verdict

    @property
    def accepted(self) -> bool:
        """Whether it is cut."""
        return self.verdict.status == "accepted"

    def cannot_follow(self) -> str:
        """Say why a person's decision cannot be carried out; ``""`` where it is."""
        task = self.placed.task
        said = task.decision
        if said is None or said.verdict == "reject":
            return ""
        if said.x_px is not None and task.place_by_hand() is None:
            return f"windows of mode {task.config.mode} cannot be placed"
        return "" if self.accepted else self.verdict.reason

    def row(self, known: Known) -> Window:
        """Return the record's row; ``known`` says which images stand there."""
        placed, task = self.placed, self.placed.task
        size = task.config.size_px or (task.capture.width_px, task.capture.height_px)
        place = placed.place() or Place(Affine(), *size)
        affine, found, said = place.affine, placed.found, task.decision
        done_with, sha256 = known.images.get(task.name, ("", ""))
        current = self.accepted and done_with == placed.cut_key()
        return Window(
            frame=task.capture.frame,
            image=task.image,
            status=self.verdict.status,
            reason=self.verdict.reason,
            mode=task.config.mode,
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
            found_with=task.key if found else "",
            cut_with=done_with if current else "",
            decided_by="person" if said else "",
            patches=found.patches if found else None,
            rival_x_px=found.rival_x_px if found else None,
            rival_y_px=found.rival_y_px if found else None,
            rival_agreement=found.rival_agreement if found else None,
            rival_refined=found.rival_refined if found else None,
        )


def judge_windows(windows: Sequence[PlacedWindow]) -> tuple[list[JudgedWindow], dict[str, Thresholds]]:
    """Judge every window, in the given order.

    Parameters
    ----------
    windows : sequence of PlacedWindow
        Of one category; those of one series stand together, in shooting order.

    Returns
    -------
    list of JudgedWindow
    dict of str to Thresholds
        What matches were judged by, by window name; only of windows that are matched.
    """
    places: dict[str, list[int]] = {}
    for place, window in enumerate(windows):
        places.setdefault(window.task.window, []).append(place)
    verdicts: dict[int, Verdict] = {}
    limits = {}
    for name, own in places.items():
        config = windows[own[0]].task.config
        thresholds = calibrate(config, [found for place in own if (found := windows[place].found)])
        mine = [JudgedWindow(windows[place], judge_alone(windows[place], thresholds)) for place in own]
        if config.mode == "match":
            limits[name] = thresholds
            mine = _judged_by_neighbours(_judged_by_camera(mine, thresholds), thresholds)
        verdicts |= {place: overruled(entry.placed, entry.verdict) for place, entry in zip(own, mine, strict=True)}
    return [JudgedWindow(window, verdicts[place]) for place, window in enumerate(windows)], limits


def judge_alone(
    placed: PlacedWindow, limits: Thresholds, judge: Callable[[Found, Thresholds], Verdict] = judge_match
) -> Verdict:
    """Judge a window by itself, without its neighbours and without what a person said."""
    place, capture = placed.place_by_rule(), placed.task.capture
    if placed.failure or place is None:
        return Verdict("rejected", placed.failure or "no place was found")
    if placed.found is None:
        return judge_box(place, capture.width_px, capture.height_px)
    return worst(judge(placed.found, limits), judge_overhang(place, capture.width_px, capture.height_px))


def _judged_by_camera(windows: Sequence[JudgedWindow], limits: Thresholds) -> list[JudgedWindow]:
    """Judge again by what each camera sees again and again: a still point is not the part, and rivals nothing."""
    judged = list(windows)
    cameras = [window.placed.task.capture.camera for window in windows]
    for camera in dict.fromkeys(cameras):
        own = [place for place, name in enumerate(cameras) if name == camera and windows[place].placed.found]
        verdicts = _by_still_points([windows[place] for place in own], limits)
        for place, verdict in zip(own, verdicts, strict=True):
            judged[place] = replace(windows[place], verdict=verdict)
    return judged


def _by_still_points(windows: Sequence[JudgedWindow], limits: Thresholds) -> Iterator[Verdict]:
    """Yield the verdict on each window of one camera."""
    found = [window.placed.found for window in windows if window.placed.found]
    good = [window.placed.found for window in windows if window.accepted and window.placed.found]
    size = windows[0].placed.task.config.size_px or (1, 1) if windows else (1, 1)
    points = StillPoints.of(found, good, size)
    constant = one_constant_place(good, len(found), size)
    for window, match in zip(windows, found, strict=True):
        if window.accepted and match.evidence.is_weak and (constant or points.holds(match.x_px, match.y_px)):
            where = f"({match.x_px:.0f}, {match.y_px:.0f})"
            yield Verdict("review", f"{STILL}: the camera shows it at {where} in other frames, too")
        elif window.verdict.status == "review" and points.explain_rival(match):
            yield judge_alone(window.placed, limits, judge_fit)
        else:
            yield window.verdict


def _judged_by_neighbours(windows: Sequence[JudgedWindow], limits: Thresholds) -> list[JudgedWindow]:
    """Judge again, among each series, what is accepted by itself."""
    judged: list[JudgedWindow] = []
    for _, group in groupby(windows, key=lambda window: window.placed.task.capture.series):
        series = list(group)
        good = [(entry.placed.found, entry.placed.task.config) for entry in series if entry.accepted]
        positions = [(found.x_px, found.y_px) for found, _ in good if found]
        size = good[0][1].size_px if good else None
        verdicts = iter(judge_positions(positions, limits, size or (1, 1)))
        judged += [replace(entry, verdict=next(verdicts)) if entry.accepted else entry for entry in series]
    return judged


def overruled(placed: PlacedWindow, verdict: Verdict) -> Verdict:
    """Return what a person makes of a verdict: accepted is only what can be cut."""
    task = placed.task
    said = task.decision
    if said is None:
        return verdict
    if said.verdict == "reject":
        return Verdict("rejected", said.by_hand)
    place = placed.place()
    if placed.failure or place is None or (said.verdict == "place" and task.place_by_hand() is None):
        return verdict
    shown = judge_box(place, task.capture.width_px, task.capture.height_px)
    return Verdict("accepted", said.by_hand) if shown == ACCEPTED else shown


def overhanging(windows: Sequence[JudgedWindow]) -> str:
    """Say how far a window's box reaches beyond the frames it is cut from, and how many; ``""`` where it does not.

    Parameters
    ----------
    windows : sequence of JudgedWindow
        All of one definition.
    """
    own = [window for window in windows if window.accepted and not window.placed.task.decision]
    if not own or own[0].placed.task.config.mode != "crop":
        return ""
    beyond = []
    for window in own:
        place, capture = window.placed.place(), window.placed.task.capture
        reach = overhang_px(place, capture.width_px, capture.height_px) if place else 0.0
        if reach:
            beyond.append((reach, capture))
    if not beyond:
        return ""
    reach, capture = max(beyond, key=lambda entry: entry[0])
    task = own[0].placed.task
    return (
        f"{task.window}: box = {list(task.config.box_px or ())} reaches up to {reach:.0f} px beyond {len(beyond)} of "
        f"{len(own)} frames ({capture.frame}: {capture.width_px}×{capture.height_px} px); "
        f"filled with pad_value {task.config.pad_value}"
    )
