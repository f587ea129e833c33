"""``curate locate``."""

from __future__ import annotations

from pathlib import Path

import click

from curate.cli.options import output_options, workspace_option
from curate.cli.render import echo, emit_json, say


@click.command(
    name="locate",
    context_settings={"ignore_unknown_options": True},  # negative coordinates look like options
    epilog="Example:  curate locate windows/default/pipe_clip/main/0001.png 120.5 88",
)
@workspace_option
@click.argument("image", metavar="WINDOW")
@click.argument("x_px", metavar="X", type=float)
@click.argument("y_px", metavar="Y", type=float)
@click.option("--to-window", is_flag=True, help="X and Y are frame coordinates; say where they lie in the window.")
@output_options
def command(
    workspace_dir: Path, image: str, x_px: float, y_px: float, *, to_window: bool, as_json: bool, verbosity: int
) -> None:
    """Say where the point X, Y of a cut image WINDOW lies in its frame.

    Coordinates count from the top-left corner of the top-left pixel, so its centre is 0.5 0.5. The answer is x and y,
    in pixels.
    """
    from curate.crop.locate import locate
    from curate.workspace.workspace import find_workspace

    point = locate(find_workspace(workspace_dir), image, x_px, y_px, to_window=to_window)
    if as_json:
        emit_json(point.to_json())
        return
    x, y = point.window_px if to_window else point.frame_px
    echo(f"{x:.4f} {y:.4f}")
    where = f"in window {point.window}/{point.category}/{point.image}" if to_window else f"in frame {point.frame}"
    say(where + ("" if point.inside else " (outside of the window)"), verbosity=verbosity)
