"""``curate submission``: check, pack and make what ``curate evaluate`` takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from curate.cli.complete import layout_names
from curate.cli.options import category_option, jobs_option, output_options
from curate.cli.render import emit_json, execution_for, exit_code_for, findings_text, say

if TYPE_CHECKING:
    from curate.submission.run import SubmissionReport
    from curate.submissions.predictions import Prediction

Command = TypeVar("Command", bound=Callable[..., Any])


def _dataset_option(function: Command) -> Command:
    function = click.option(
        "--layout", metavar="NAME", shell_complete=layout_names, help="Its layout.  [default: recognised by looking]"
    )(function)
    return click.option(
        "--dataset",
        "dataset_dir",
        metavar="DIR",
        required=True,
        type=click.Path(path_type=Path),
        help="The dataset that was tested on, in any layout.",
    )(function)


def _about_options(function: Command) -> Command:
    for name, text in (
        ("description", "Anything else."),
        ("run", "Which run it is."),
        ("method", "The method's name."),
    ):
        function = click.option(f"--{name}", default="", metavar="TEXT", help=text)(function)
    return function


def _making_options(default_resize: str = "") -> Callable[[Command], Command]:
    def decorate(function: Command) -> Command:
        function = _about_options(function)
        function = click.option(
            "--resize",
            type=click.Choice(["bilinear", "bicubic", "nearest"]),
            default=default_resize or None,
            show_default=bool(default_resize),
            help="Bring maps to their image's size.  Without it another size is refused."
            if not default_resize
            else "How maps are brought to their image's size.",
        )(function)
        function = click.option(
            "--scores", metavar="CSV", type=click.Path(path_type=Path), help="Image scores: columns image and score."
        )(function)
        return _dataset_option(function)

    return decorate


@click.group(name="submission", epilog="Example:  curate submission check my_maps --dataset downloads/BTAD")
def command() -> None:
    """Check, pack and make submissions: one anomaly map for each test image."""


@command.command(
    short_help="Say whether a submission can be evaluated.",
    epilog="Example:  curate submission check my_maps --dataset downloads/BTAD",
)
@click.argument("submission", type=click.Path(path_type=Path))
@_dataset_option
@category_option
@jobs_option
@output_options
def check(
    submission: Path,
    dataset_dir: Path,
    layout: str | None,
    categories: tuple[str, ...],
    *,
    jobs: int,
    as_json: bool,
    verbosity: int,
) -> int:
    """Say whether SUBMISSION can be evaluated: every test image has one readable map of its size."""
    from curate.datasets.dataset import read_dataset
    from curate.submission.run import check_submission

    dataset = read_dataset(dataset_dir, layout, categories=categories)
    report = check_submission(submission, dataset, categories=categories, execution=execution_for(jobs, verbosity))
    return _tell(report, as_json=as_json, said="checked")


@command.command(
    short_help="Check it and put it into a ZIP file.",
    epilog="Example:  curate submission pack my_maps my_maps.zip --dataset downloads/BTAD --method PaDiM",
)
@click.argument("submission", type=click.Path(path_type=Path))
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@_dataset_option
@_about_options
@category_option
@jobs_option
@output_options
def pack(
    submission: Path,
    archive: Path,
    dataset_dir: Path,
    layout: str | None,
    categories: tuple[str, ...],
    *,
    method: str,
    run: str,
    description: str,
    jobs: int,
    as_json: bool,
    verbosity: int,
) -> int:
    """Check SUBMISSION and put it into the ZIP file ARCHIVE; the same submission gives the same bytes."""
    from curate.datasets.dataset import read_dataset
    from curate.submission.run import About, pack_submission

    dataset = read_dataset(dataset_dir, layout, categories=categories)
    about = About(method, run, description)
    execution = execution_for(jobs, verbosity)
    report = pack_submission(submission, dataset, archive, categories=categories, about=about, execution=execution)
    return _tell(report, as_json=as_json, said=f"wrote {archive}")


@command.command(
    "from-arrays",
    short_help="Make one from .npz files.",
    epilog="Example:  curate submission from-arrays maps.npz my_maps --dataset downloads/BTAD",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.argument("destination", type=click.Path(path_type=Path, file_okay=False))
@_making_options()
@category_option
@jobs_option
@output_options
def from_arrays(files: tuple[Path, ...], destination: Path, **options: Any) -> int:
    """Make the submission DESTINATION from .npz FILES: images' names with a stack of maps, or one map a name.

    Names are matched with the dataset's images by their longest common ending.
    """
    from curate.submissions.predictions import read_arrays

    return _make([prediction for file in files for prediction in read_arrays(file)], destination, **options)


@command.command(
    "from-folder",
    short_help="Make one from a folder of maps.",
    epilog="Example:  curate submission from-folder heatmaps my_maps --dataset downloads/BTAD",
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("destination", type=click.Path(path_type=Path, file_okay=False))
@_making_options()
@category_option
@jobs_option
@output_options
def from_folder(folder: Path, destination: Path, **options: Any) -> int:
    """Make the submission DESTINATION from a FOLDER of maps (PNG, TIFF, npy, npz), however its files are arranged."""
    from curate.submissions.predictions import list_maps

    return _make(list_maps(folder), destination, **options)


@command.command(
    "from-anomalib",
    short_help="Make one from predictions of anomalib.",
    epilog="Example:  curate submission from-anomalib results/Padim my_maps --dataset exported --method PaDiM",
)
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("destination", type=click.Path(path_type=Path, file_okay=False))
@_making_options("bilinear")
@category_option
@jobs_option
@output_options
def from_anomalib(run_dir: Path, destination: Path, **options: Any) -> int:
    """Make the submission DESTINATION from predictions of anomalib that were saved in RUN, a file or a folder.

    anomalib saves pictures of its maps, never the scores. Save what Engine.predict returns with
    curate.submissions.predictions.save_predictions (predictions.npz), or as tables of tensors with torch.save.
    """
    from curate.submissions.predictions import find_predictions, read_arrays

    files = find_predictions(run_dir)
    return _make([prediction for file in files for prediction in read_arrays(file)], destination, **options)


def _make(
    predictions: list[Prediction],
    destination: Path,
    *,
    dataset_dir: Path,
    layout: str | None,
    categories: tuple[str, ...],
    scores: Path | None,
    resize: str | None,
    method: str,
    run: str,
    description: str,
    jobs: int,
    as_json: bool,
    verbosity: int,
) -> int:
    from curate.datasets.dataset import read_dataset
    from curate.submission.run import About, make_submission
    from curate.submissions.predictions import read_score_table

    report = make_submission(
        predictions,
        read_dataset(dataset_dir, layout, categories=categories),
        destination,
        categories=categories,
        scores=read_score_table(scores) if scores else None,
        resize=resize or "",
        about=About(method, run, description),
        execution=execution_for(jobs, verbosity),
    )
    insisted = f" --layout {layout}" if layout else ""
    said = f"wrote {destination}; next: curate evaluate {destination} --dataset {dataset_dir}{insisted}"
    return _tell(report, as_json=as_json, said=said if report.written else "wrote nothing")


def _tell(report: SubmissionReport, *, as_json: bool, said: str) -> int:
    if as_json:
        emit_json(report.to_json())
        return exit_code_for(report.findings)
    for name, count in report.maps.items():
        extra = f", {report.scores[name]} image scores" if report.scores[name] else ""
        click.echo(f"{name}: {count} maps{extra}")
    if report.findings:
        say(findings_text(report.findings))
    say(said)
    return exit_code_for(report.findings)
