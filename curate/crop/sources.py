"""Read what the crop stage starts from: captures, templates, earlier records, the journal of a killed run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from curate.crop.items import WindowPlan
from curate.crop.judge import ACCEPTED, judge_box
from curate.crop.known import Known
from curate.crop.match import fits
from curate.crop.place import place_fixed
from curate.crop.template import Template, as_mask, prepare_templates
from curate.disk.hashing import sha256_bytes
from curate.disk.journal import Journal
from curate.disk.tables import read_table
from curate.errors import CurateError, InputError, MissingError
from curate.imaging.images import Pixels, decode_upright, read_file
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig, WindowConfig
from curate.workspace.workspace import Workspace, records_in


def read_captures(workspace: Workspace, category: str) -> dict[str, list[Capture]]:
    """Return the frames of each series, in shooting order."""
    return {
        series: read_table(workspace.captures_record(category, series), Capture)
        for series in workspace.series_of(category)
    }


def recorded_series(workspace: Workspace, window: str, category: str) -> list[str]:
    """Return the series that have a record of a window, in natural order."""
    folder = workspace.windows_record(window, category, "x").parent
    return records_in(folder)


def read_known(workspace: Workspace, category: CategoryConfig, journal: Journal) -> Known:
    """Gather what earlier runs found, the killed one last.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    records = [
        Known.of_rows(window, read_table(workspace.windows_record(window, category.name, series), Window))
        for window in category.windows
        for series in recorded_series(workspace, window, category.name)
    ]
    return Known.merged([*records, Known.of_journal(journal.read())])


def load_plans(workspace: Workspace, category: CategoryConfig, captures: Sequence[Capture]) -> list[WindowPlan]:
    """Read the templates of every window of a category.

    Raises
    ------
    InputError
        With all problems of all templates in one message.
    """
    plans: list[WindowPlan] = []
    problems: list[CurateError] = []
    for name, config in category.windows.items():
        try:
            plans.append(_load_plan(workspace, category.name, name, config, captures))
        except CurateError as error:
            problems.append(error)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise InputError("\n".join(str(problem) for problem in problems))
    return plans


def _load_plan(
    workspace: Workspace, category: str, name: str, config: WindowConfig, captures: Sequence[Capture]
) -> WindowPlan:
    if config.mode != "match":
        _check_box(name, config, captures)
        return WindowPlan(name, config)
    mask, mask_digest = _read_picture(workspace.root / config.mask) if config.mask else (None, "")
    visible = None if mask is None else as_mask(mask)
    templates: list[Template] = []
    digests = []
    for file in config.templates:
        pixels, digest = _read_template(workspace.root / file, category, captures)
        templates += prepare_templates(pixels, file, visible, config.rotation_deg)
        digests.append([file, digest])
    _check_size(templates, captures)
    search = {"templates": digests, "mask": mask_digest, "rotation_deg": config.rotation_deg}
    return WindowPlan(name, config, tuple(templates), search)


def _check_box(name: str, config: WindowConfig, captures: Sequence[Capture]) -> None:
    """Refuse a box that shows nothing of any frame."""
    if config.mode != "crop" or config.box_px is None or not captures:
        return
    places = [(place_fixed(config, capture.width_px, capture.height_px), capture) for capture in captures]
    if any(judge_box(place, capture.width_px, capture.height_px) == ACCEPTED for place, capture in places):
        return
    width, height = max((capture.width_px, capture.height_px) for capture in captures)
    raise InputError(
        f"window {name}: box = {list(config.box_px)} lies wholly outside every frame "
        f"(the widest is {width}×{height} px)",
        path="curate.toml",
        hint="give the window's left, top, width and height in frame pixels: box = [x, y, width, height]",
    )


def _check_size(templates: Sequence[Template], captures: Sequence[Capture]) -> None:
    for template in templates:
        if captures and not any(fits(template, capture.width_px, capture.height_px) for capture in captures):
            width, height = max((capture.width_px, capture.height_px) for capture in captures)
            raise InputError(
                f"is {template.width_px}×{template.height_px} px, larger than every frame (the widest is "
                f"{width}×{height})",
                path=template.name,
                hint="cut a template out of one of the frames: curate crop --template-from FRAME --box x,y,w,h",
            )


def _read_template(path: Path, category: str, captures: Sequence[Capture]) -> tuple[Pixels, str]:
    try:
        return _read_picture(path)
    except MissingError as error:  # no stage before this one makes it
        frame = captures[0].frame if captures else "SERIES/FILE"
        raise MissingError(
            error.message,
            path=path,
            hint=f"cut it out of a frame: curate crop -c {category} --template-from {shlex.quote(frame)} "
            "--box X,Y,WIDTH,HEIGHT (the part and its surroundings, in frame pixels)",
        ) from error


def _read_picture(path: Path) -> tuple[Pixels, str]:
    content = read_file(path)
    return decode_upright(content, path), sha256_bytes(content)
