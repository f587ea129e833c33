"""Cut a template out of a reference frame: ``curate crop --template-from FRAME --box x,y,w,h``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from curate.crop.place import cut, overhang_px, place_box
from curate.crop.template import prepare_template
from curate.disk.atomic import write_bytes
from curate.errors import InputError, MissingError
from curate.imaging.images import Pixels, decode_upright, encode_png, read_file
from curate.model.config import CategoryConfig
from curate.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class MadeTemplate:
    """What :func:`cut_template` did.

    Attributes
    ----------
    path : str
        The template, relative to the workspace.
    written : bool
        False when it stood there already with the same pixels, or in a dry run.
    """

    path: str
    written: bool


def cut_template(
    workspace: Workspace,
    category: CategoryConfig,
    frame: str,
    box_px: tuple[int, int, int, int],
    *,
    replace: bool = False,
    dry_run: bool = False,
) -> MadeTemplate:
    """Cut a template out of a frame and store it where ``curate.toml`` names it.

    Parameters
    ----------
    frame : str
        ``<series>/<file>`` of the category, or the path of an image file.
    box_px : tuple of int
        x, y, width, height in the upright frame.
    replace : bool
        Take the place of another template that stands there.
    dry_run : bool
        Check only.

    Raises
    ------
    MissingError
        If the frame is neither, or no window of the category names exactly one template.
    InputError
        If the box leaves the frame, what it shows is flat or too small, or another template stands there already and
        is not to be replaced.
    """
    name = _template_name(category)
    source = workspace.captures(category.name) / frame
    source = source if source.is_file() else Path(frame)
    if not source.is_file():
        raise MissingError(
            f"is neither a frame of {category.name} (<series>/<file>) nor a file",
            path=frame,
            hint=f"look into {workspace.relative(workspace.captures(category.name))}",
        )
    pixels = _cut_box(source, frame, box_px)
    prepare_template(pixels, f"box {','.join(map(str, box_px))} of {frame}")
    content = encode_png(pixels)
    target = workspace.root / name
    if target.exists():
        if read_file(target) == content:
            return MadeTemplate(name, written=False)
        if not replace:
            raise InputError(
                "stands there already and shows something else",
                path=target,
                hint="delete it, or name another file in curate.toml: every frame will be matched anew",
            )
    if not dry_run:
        write_bytes(target, content, durable=True)
    return MadeTemplate(name, written=not dry_run)


def _template_name(category: CategoryConfig) -> str:
    names = {config.templates for config in category.windows.values() if config.mode == "match"}
    if len(names) != 1 or len(min(names)) != 1:
        raise MissingError(
            f"category {category.name} names {'several templates' if names else 'no template'}, expected one to cut",
            path="curate.toml",
            hint=f'write window = {{ mode = "match", template = "templates/{category.name}.png", size = [400, 400] }}',
        )
    return min(names)[0]


def _cut_box(source: Path, frame: str, box_px: tuple[int, int, int, int]) -> Pixels:
    content = read_file(source)
    pixels = decode_upright(content, source)
    height, width = pixels.shape[:2]
    place = place_box(*box_px)
    if min(box_px[2:]) < 1 or overhang_px(place, width, height):
        raise InputError(
            f"box {','.join(map(str, box_px))} (x, y, width, height) does not lie inside the frame of {width}×{height}",
            path=frame,
        )
    return cut(pixels, place, 0)
