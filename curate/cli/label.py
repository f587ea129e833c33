"""``curate label``: what experts drew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from curate.cli.complete import defect_names
from curate.cli.exit_codes import ExitCode
from curate.cli.label_live import pull_command, push_command, serve_command
from curate.cli.main import SuggestingGroup
from curate.cli.options import category_option, dry_run_option, output_options, workspace_option
from curate.cli.render import echo, emit_json, exit_code_for, findings_text, say, say_account
from curate.model.words import counted

if TYPE_CHECKING:
    from curate.label.report import LabelReport
    from curate.model.config import CategoryConfig
    from curate.workspace.workspace import Workspace


_SHOWN = 5


@click.group(
    name="label", cls=SuggestingGroup, epilog="Example:  curate label import project-3-export.json -c pipe_clip"
)
def command() -> None:
    """Take in what experts drew."""


@command.command(
    name="import",
    short_help="Read exports of annotation tools, or folders of masks.",
    epilog="Example:  curate label import project-3-export.json -c pipe_clip",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@workspace_option
@category_option
@click.option(
    "--format",
    "format_name",
    metavar="NAME",
    default="auto",
    show_default="auto, recognised by looking",
    help="Format of the files.",
)
@click.option(
    "--defect",
    metavar="NAME",
    default="",
    shell_complete=defect_names,
    help="Defect of regions and masks that have no name.",
)
@click.option(
    "--rename", metavar="OLD=NEW", multiple=True, help="Take label or class number OLD for NEW; may be repeated."
)
@click.option(
    "--angle-unit",
    type=click.Choice(["auto", "rad", "deg"]),
    default="auto",
    show_default=True,
    help="Unit of the angles in a table of ellipses that does not say.",
)
@click.option(
    "--split-masks",
    is_flag=True,
    help="Make each connected piece of a mask image a region, not the image as a whole.",
)
@click.option(
    "--values",
    metavar="N=NAME,...",
    default="",
    help="What the values of mask pictures stand for; 'ignore' is background: 60=dent,255=ignore.",
)
@click.option("--annotator", metavar="NAME", default="", help="Take only what this annotator drew.")
@click.option(
    "--merge",
    type=click.Choice(["latest", "majority"]),
    default="latest",
    show_default=True,
    help="When several people annotated an image: the latest annotation, or the majority for each pixel.",
)
@click.option(
    "--series",
    metavar="NAME",
    multiple=True,
    show_default="all",
    help="The files speak of frames of this series only; may be repeated.",
)
@click.option(
    "--rest",
    type=click.Choice(["good"]),
    help="The files show every defect: frames that they do not name, and that nobody has annotated, are good.",
)
@dry_run_option
@output_options
def import_command(
    files: tuple[Path, ...],
    workspace_dir: Path,
    categories: tuple[str, ...],
    *,
    format_name: str,
    defect: str,
    rename: tuple[str, ...],
    angle_unit: Literal["auto", "rad", "deg"],
    annotator: str,
    merge: Literal["latest", "majority"],
    split_masks: bool,
    values: str,
    series: tuple[str, ...],
    rest: str | None,
    dry_run: bool,
    as_json: bool,
    verbosity: int,
) -> int:
    """Read annotations of one category from FILEs: exports of annotation tools, or folders of masks.

    Images are matched to frames, or to windows cut from them, by name. Frames named in the files get the new
    annotation, all others keep theirs. The result is records/annotations/CATEGORY.jsonl, in frame pixels.
    """
    from curate.formats.mask_values import legend_of_values
    from curate.formats.records import ReadOptions
    from curate.label.plan import OpinionChoice
    from curate.label.run import import_labels
    from curate.label.scope import LabelScope

    _check_format(format_name)
    workspace, category = one_category(workspace_dir, categories)
    _check_defect(defect, category)
    report = import_labels(
        workspace,
        category,
        files,
        format_name=format_name,
        options=ReadOptions(defect, _renames(rename), angle_unit, split_masks, legend_of_values(values)),
        choice=OpinionChoice(annotator, merge),
        scope=LabelScope(series, rest == "good"),
        dry_run=dry_run,
        on_wait=say,
    )
    if as_json:
        emit_json({"dry_run": dry_run, **report.to_json()})
        return _import_code(report)
    if report.findings:
        say(findings_text(report.findings, verbosity=verbosity))
    say_account(report.account, verbosity=verbosity)
    echo(import_text(report))
    _say_next(report, verbosity=verbosity)
    return _import_code(report)


def import_text(report: LabelReport) -> str:
    """Say in a line what was taken, and in a second one which labels are others now."""
    rest = f", {report.rest} of them not named in the files" if report.rest else ""
    taken = f"{report.imported} frames ({report.good} good{rest}) with {report.regions} regions"
    lines = [f"{report.category}: {taken}; {report.kept} frames kept as they were"]
    if report.changed:
        shown = [f"{frame} {old} → {now or 'no label'}" for frame, (old, now) in list(report.changed.items())[:_SHOWN]]
        more = f" and {len(report.changed) - _SHOWN} more" if len(report.changed) > _SHOWN else ""
        lines.append(f"  labels changed: {len(report.changed)} ({', '.join(shown)}{more})")
    if report.redrawn:
        lines.append(f"  regions changed, label as before: {counted(report.redrawn, 'frame', 'frames')}")
    return "\n".join(lines)


def _import_code(report: LabelReport) -> ExitCode:
    """Return 1 when something is wrong, or nothing was read: success of nothing is none."""
    return exit_code_for(report.findings) if report.imported else ExitCode.FINDINGS


def _say_next(report: LabelReport, *, verbosity: int) -> None:
    """Say what to do next; where defects are unknown, which, and what to write into curate.toml."""
    if report.unknown:
        from curate.workspace.config_template import toml_key

        counts = ", ".join(f"{name} {count}" for name, count in report.unknown.items())
        tables = (f"  [categories.{toml_key(report.category)}.defects.{toml_key(name)}]" for name in report.unknown)
        say(
            "\n".join([f"unknown defects: {counts}; if they are intended, add to curate.toml:", *tables]),
            verbosity=verbosity,
        )
    if not report.imported:
        say("nothing was imported: no frame has a new annotation")
    if exit_code_for(report.findings):
        say("next: fix what is listed and run the same command again; then curate mask", verbosity=verbosity)
    else:
        say("next: curate mask", verbosity=verbosity)


@command.command(
    name="export",
    short_help="Write annotations for another tool.",
    epilog="Example:  curate label export pipe_clip.xml --format cvat -c pipe_clip",
)
@click.argument("destination", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["label-studio", "label-studio-predictions", "coco", "cvat"]),
    required=True,
    help="What to write.",
)
@click.option("--prefix", metavar="TEXT", default="", help="Put this before SERIES/FILE in image names: a path or URL.")
@workspace_option
@category_option
@output_options
def export_command(
    destination: Path,
    workspace_dir: Path,
    categories: tuple[str, ...],
    *,
    format_name: str,
    prefix: str,
    as_json: bool,
    verbosity: int,
) -> int:
    """Write a category's annotations to FILE for another tool, in frame pixels.

    What the format cannot hold as it is becomes the same pixels, and is named.
    """
    from curate.label.export import export_labels

    workspace, category = one_category(workspace_dir, categories)
    report = export_labels(workspace, category, destination, format_name=format_name, prefix=prefix)
    if as_json:
        emit_json(report.to_json())
        return exit_code_for(report.findings)
    if report.findings:
        say(findings_text(report.findings, verbosity=verbosity))
    say(f"wrote {report.regions} regions of {report.frames} frames to {destination}", verbosity=verbosity)
    return exit_code_for(report.findings)


@command.command(
    name="agreement",
    short_help="Compare what several annotators drew.",
    epilog="Example:  curate label agreement export.json -c pipe_clip",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--show", metavar="N", default=10, show_default=True, help="Number of images to list.")
@workspace_option
@category_option
@output_options
def agreement_command(
    files: tuple[Path, ...],
    workspace_dir: Path,
    categories: tuple[str, ...],
    *,
    show: int,
    as_json: bool,
    verbosity: int,
) -> int:
    """Compare what several annotators drew on the same images: IoU and Dice for each pair and defect.

    Images on which they differ most are listed first. Nothing is written.
    """
    from curate.label.run import agreement

    workspace, category = one_category(workspace_dir, categories)
    report = agreement(workspace, category, files)
    if as_json:
        emit_json(report.to_json())
        return exit_code_for(report.findings)
    if report.findings:
        say(findings_text(report.findings, verbosity=verbosity))
    if not report.pairs:
        say("no image was marked by one of two annotators who both saw it", verbosity=verbosity)
    for entry in report.pairs:
        names = f"{entry.first or 'unknown'} and {entry.second or 'unknown'}"
        scores = f"IoU {entry.mean_iou:.3f}, Dice {entry.mean_dice:.3f} over {entry.pictures} images"
        echo(f"{names}, {entry.defect}: {scores}")
    for comparison in report.comparisons[:show]:
        echo(f"  discuss {comparison.frame}: {comparison.defect}, IoU {comparison.iou:.3f}")
    return exit_code_for(report.findings)


@command.command(
    name="saturation",
    short_help="Set thresholds of single regions from a CSV.",
    epilog="Example:  curate label saturation thresholds.csv -c pipe_clip",
)
@click.argument("table", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@workspace_option
@category_option
@output_options
def saturation_command(
    table: Path, workspace_dir: Path, categories: tuple[str, ...], *, as_json: bool, verbosity: int
) -> int:
    """Give single regions their own saturation threshold from a CSV with the columns frame, region and saturation.

    A threshold is a fraction (0.5), a share (50 %) or an area (800 px). Importing a frame's annotations again
    drops them.
    """
    from curate.label.run import set_thresholds

    workspace, category = one_category(workspace_dir, categories)
    count, findings = set_thresholds(workspace, category, table)
    if as_json:
        emit_json({"category": category.name, "regions": count, "findings": [entry.to_json() for entry in findings]})
        return exit_code_for(findings)
    if findings:
        say(findings_text(findings, verbosity=verbosity))
    echo(f"{category.name}: {count} regions have their own threshold now")
    say("next: curate mask", verbosity=verbosity)
    return exit_code_for(findings)


def one_category(workspace_dir: Path, categories: tuple[str, ...]) -> tuple[Workspace, CategoryConfig]:
    """Open a workspace for a command that works on exactly one category."""
    from curate.workspace.workspace import open_workspace

    workspace, _, chosen = open_workspace(workspace_dir, categories)
    if len(chosen) != 1:
        names = ", ".join(category.name for category in chosen)
        raise click.UsageError(f"say which category the annotations belong to with -c; there are {names}")
    return workspace, chosen[0]


def _check_format(name: str) -> None:
    from curate.formats.registry import NAMES

    if name not in {"auto", *NAMES}:
        raise click.BadParameter(f"unknown format {name!r}; known: auto, {', '.join(NAMES)}", param_hint="--format")


def _check_defect(name: str, category: CategoryConfig) -> None:
    if name and name not in category.defects:
        known = ", ".join(category.defects) or "none"
        raise click.BadParameter(f"{name!r} is no defect of {category.name}; known: {known}", param_hint="--defect")


def _renames(pairs: tuple[str, ...]) -> dict[str, str]:
    renames = {}
    for pair in pairs:
        old, sign, new = pair.partition("=")
        if not (old and sign and new):
            raise click.BadParameter(f"expected OLD=NEW, found {pair!r}", param_hint="--rename")
        renames[old] = new
    return renames


command.add_command(push_command)
command.add_command(pull_command)
command.add_command(serve_command)
