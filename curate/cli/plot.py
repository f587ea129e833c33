"""``curate plot``: static pictures for papers and talks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from curate.cli.complete import layout_names, split_names, window_names
from curate.cli.exit_codes import ExitCode
from curate.cli.main import SuggestingGroup
from curate.cli.options import category_option, jobs_option, output_options, workspace_option
from curate.cli.render import echo, emit_json, execution_for, say

if TYPE_CHECKING:
    from curate.plot.run import PlotReport

Command = TypeVar("Command", bound=Callable[..., Any])

_KINDS = ("spro", "roc", "pr", "pixel-roc")
"""Of :mod:`curate.view.curves`, which need not be loaded for --help."""


def _figure_options(function: Command) -> Command:
    """``-o``, ``--width`` and ``--dpi``."""
    function = click.option(
        "--dpi", metavar="N", type=click.IntRange(36, 2400), default=300, show_default=True, help="Dots per inch."
    )(function)
    function = click.option(
        "--width",
        metavar="WIDTH",
        default="",
        help="single (3.3 in, one column of a paper), double (6.9 in), or inches.",
        show_default="as fits",
    )(function)
    return click.option(
        "-o",
        "--output",
        metavar="FILE",
        required=True,
        type=click.Path(path_type=Path),
        help="Write there: .png, .svg or .pdf.",
    )(function)


@click.group(
    name="plot",
    cls=SuggestingGroup,
    epilog="Example:  curate plot curves results/*.json -o curves.pdf",
)
def command() -> None:
    """Draw static pictures, for papers and talks: PNG, SVG or PDF.

    Fonts are embedded, colours can be distinguished with any colour vision, and the same input gives the same bytes.
    Needs Matplotlib, the extra `plot`.
    """


@command.command(
    name="curves",
    short_help="Compare methods: sPRO, ROC, precision and recall.",
    epilog="Example:  curate plot curves patchcore.json efficientad.json --kind spro --log -o curves.pdf",
)
@click.argument("results", metavar="RESULT…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(_KINDS), default="spro", show_default=True, help="What is drawn.")
@click.option("--log", is_flag=True, help="Logarithmic axis of false positive rates.")
@click.option(
    "--to",
    "end",
    metavar="FPR",
    type=click.FloatRange(0.0, 1.0, min_open=True),
    help="Largest false positive rate shown.",
    show_default="0.3 for spro, else 1",
)
@category_option
@_figure_options
@output_options
def curves_command(results: tuple[Path, ...], output: Path, *, as_json: bool, verbosity: int, **options: Any) -> int:
    """Compare the curves of methods, a panel per category.

    Each RESULT is a file that `curate evaluate --output` wrote. Results of the same method are its runs: their mean is
    drawn, and a band of one standard deviation. The legend names the area under each curve; limits are dotted.
    """
    from curate.plot.options import FigureSize
    from curate.plot.run import plot_curves
    from curate.plot.style import parse_width

    asked = _AskedCurves(**options)
    report = plot_curves(
        results,
        output,
        kind=asked.kind,
        categories=asked.categories,
        end=asked.end or 0.0,
        log=asked.log,
        size=FigureSize(parse_width(asked.width) if asked.width else 0.0, asked.dpi),
    )
    return _show(report, as_json=as_json, verbosity=verbosity)


@dataclass(frozen=True)
class _AskedCurves:
    """Options of ``plot curves`` as Click gives them."""

    kind: Literal["spro", "roc", "pr", "pixel-roc"]
    end: float | None
    log: bool
    categories: tuple[str, ...]
    width: str
    dpi: int


@command.command(
    name="timeline",
    short_help="Show splits, defects and drift over the frames.",
    epilog="Example:  curate plot timeline -c pipe_clip --by time -o timeline.pdf",
)
@click.option(
    "--by",
    type=click.Choice(["order", "time"]),
    default="order",
    show_default=True,
    help="Place frames by their number, or by their clock.",
)
@click.option(
    "--window", metavar="NAME", default="", shell_complete=window_names, help="Window.", show_default="default"
)
@click.option("--split", metavar="NAME", default="", shell_complete=split_names, help="Split.", show_default="default")
@workspace_option
@category_option
@_figure_options
@output_options
def timeline_command(output: Path, *, as_json: bool, verbosity: int, **options: Any) -> int:
    """Show the frames of a workspace in the order they were shot.

    A row per label, coloured by split, with what was set aside crossed; below it position, turn, mean grey and match,
    each with its running median, as far as stages have measured them.
    """
    from curate.plot.options import FigureSize
    from curate.plot.run import plot_timeline
    from curate.plot.style import DOUBLE_IN, parse_width
    from curate.workspace.workspace import open_workspace

    asked = _AskedTimeline(**options)
    workspace, _, chosen = open_workspace(asked.workspace_dir, asked.categories)
    report = plot_timeline(
        workspace,
        chosen,
        output,
        window=asked.window,
        split=asked.split,
        by_time=asked.by == "time",
        size=FigureSize(parse_width(asked.width) if asked.width else DOUBLE_IN, asked.dpi),
    )
    return _show(report, as_json=as_json, verbosity=verbosity)


@dataclass(frozen=True)
class _AskedTimeline:
    """Options of ``plot timeline`` as Click gives them."""

    by: Literal["order", "time"]
    window: str
    split: str
    workspace_dir: Path
    categories: tuple[str, ...]
    width: str
    dpi: int


@command.command(
    name="sheet",
    short_help="Lay out a contact sheet, or a method's worst cases.",
    epilog="Example:  curate plot sheet published/ -c pipe_clip --by label --columns 10 -o sheet.png",
)
@click.argument("dataset", metavar="[DATASET]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--by", type=click.Choice(["label", "split"]), default="label", show_default=True, help="What groups the pictures."
)
@click.option(
    "--top",
    type=click.Choice(["worst"]),
    help="Show the worst false positives and negatives; with --result and --submission.",
)
@click.option(
    "-n",
    "--count",
    metavar="N",
    type=click.IntRange(min=1),
    help="Pictures per group.",
    show_default="24, with --top worst 12",
)
@click.option(
    "--result", metavar="FILE", type=click.Path(path_type=Path), help="Result of the submission, for --top worst."
)
@click.option("--submission", metavar="DIR", type=click.Path(path_type=Path), help="Its maps, for --top worst.")
@click.option("--run", metavar="NAME", default="", help="Run of the submission.", show_default="the first")
@click.option(
    "--columns", metavar="N", type=click.IntRange(1, 100), help="Pictures per row.", show_default="8, of pairs 4"
)
@click.option(
    "--tile", metavar="PX", type=click.IntRange(min=8), help="Most pixels of a picture.", show_default="as --dpi"
)
@click.option("--layout", metavar="NAME", shell_complete=layout_names, help="Insist on a layout of DATASET.")
@click.option("--window", metavar="NAME", default="", shell_complete=window_names, help="Window of a workspace.")
@click.option("--split", metavar="NAME", default="", shell_complete=split_names, help="Split of a workspace.")
@workspace_option
@category_option
@jobs_option
@_figure_options
@output_options
def sheet_command(dataset: Path | None, output: Path, *, as_json: bool, verbosity: int, **options: Any) -> int:
    """Lay out pictures of DATASET (default: the workspace's windows) with captions and their regions outlined.

    With --top worst: the good images with the highest and the defective ones with the lowest scores of a submission,
    each beside its anomaly map, of DATASET (default: the workspace's export).
    """
    asked = _AskedSheet(**options)
    if asked.top and (asked.result is None or asked.submission is None):
        raise click.UsageError("--top worst needs --result FILE and --submission DIR")
    if not asked.top and (asked.result or asked.submission or asked.run):
        raise click.UsageError("--result, --submission and --run belong to --top worst")
    report = _draw_sheet(asked, dataset, output, verbosity)
    return _show(report, as_json=as_json, verbosity=verbosity)


@dataclass(frozen=True)
class _AskedSheet:
    """Options of ``plot sheet`` as Click gives them: None or ``""`` where a person left one out."""

    by: Literal["label", "split"]
    top: str | None
    count: int | None
    result: Path | None
    submission: Path | None
    run: str
    columns: int | None
    tile: int | None
    layout: str | None
    window: str
    split: str
    workspace_dir: Path
    categories: tuple[str, ...]
    jobs: int
    width: str
    dpi: int


def _draw_sheet(asked: _AskedSheet, dataset: Path | None, output: Path, verbosity: int) -> PlotReport:
    """Draw what was asked for: worst cases, a dataset, or a workspace's windows."""
    from curate.plot.options import SheetOptions
    from curate.plot.run import plot_dataset_sheet, plot_workspace_sheet, plot_worst_sheet
    from curate.plot.style import DOUBLE_IN, parse_width
    from curate.workspace.workspace import find_workspace, open_workspace

    options = SheetOptions(
        asked.by,
        asked.count or (12 if asked.top else 24),
        asked.columns or 0,
        asked.tile or 0,
        parse_width(asked.width) if asked.width else DOUBLE_IN,
        asked.dpi,
        execution_for(asked.jobs, verbosity),
    )
    where: dict[str, Any] = {"layout": asked.layout, "categories": asked.categories}
    if asked.result and asked.submission:
        root = dataset or find_workspace(asked.workspace_dir).build("autovi")
        return plot_worst_sheet(root, asked.submission, asked.result, output, options, run=asked.run, **where)
    if dataset:
        return plot_dataset_sheet(dataset, output, options, **where)
    workspace, _, chosen = open_workspace(asked.workspace_dir, asked.categories)
    return plot_workspace_sheet(workspace, chosen, output, options, window=asked.window, split=asked.split)


@command.command(
    name="overlay",
    short_help="Put images beside ground truth and anomaly maps.",
    epilog="Example:  curate plot overlay published/ test/dent/0003 --submission patchcore/ -o overlay.pdf",
)
@click.argument("dataset", metavar="DATASET", type=click.Path(path_type=Path))
@click.argument("images", metavar="IMAGE…", nargs=-1, required=True)
@click.option(
    "--submission",
    "submissions",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Anomaly maps of a method, a column per submission; may be repeated.",
)
@click.option("--run", metavar="NAME", default="", help="Run of the submissions.", show_default="the first")
@click.option(
    "--scale",
    metavar="LOW HIGH",
    nargs=2,
    type=float,
    help="Scores drawn darkest and brightest.",
    show_default="median and maximum of a method's maps shown",
)
@click.option("--layout", metavar="NAME", shell_complete=layout_names, help="Insist on a layout.")
@category_option
@_figure_options
@output_options
def overlay_command(
    dataset: Path, images: tuple[str, ...], output: Path, *, as_json: bool, verbosity: int, **options: Any
) -> int:
    """Put images of DATASET beside their ground truth and the anomaly maps of methods, with colour bars.

    An IMAGE is named as submissions name it, test/<label>/<image>, or by its path; with its category before it where
    several have one.
    """
    from curate.plot.options import FigureSize, OverlayMaps
    from curate.plot.run import plot_overlay
    from curate.plot.style import DOUBLE_IN, parse_width

    scale, width = options["scale"], options["width"]
    if scale and not scale[0] < scale[1]:
        raise click.UsageError(f"--scale needs LOW below HIGH, found {scale[0]:g} and {scale[1]:g}")
    report = plot_overlay(
        dataset,
        images,
        output,
        maps=OverlayMaps(options["submissions"], options["run"], scale),
        layout=options["layout"],
        categories=options["categories"],
        size=FigureSize(parse_width(width) if width else DOUBLE_IN, options["dpi"]),
    )
    return _show(report, as_json=as_json, verbosity=verbosity)


def _show(report: PlotReport, *, as_json: bool, verbosity: int) -> ExitCode:
    """Say what was written and what could not be read: one such picture makes a finding of the command."""
    for problem in report.problems:
        say(f"not drawn: {problem}", verbosity=verbosity)
    if as_json:
        emit_json(report.to_json())
    else:
        echo(str(report.path))
    return ExitCode.FINDINGS if report.problems else ExitCode.DONE
