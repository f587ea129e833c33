"""``curate submission``: check, pack and make what ``curate evaluate`` takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from curate.cli.complete import layout_names
from curate.cli.main import SuggestingGroup
from curate.cli.options import category_option, destination_of, jobs_option, output_folder_option, output_options
from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say

if TYPE_CHECKING:
    from curate.submission.options import SubmissionOptions
    from curate.submission.run import SubmissionReport
    from curate.submissions.predictions import Prediction

Command = TypeVar("Command", bound=Callable[..., Any])


def _dataset_option(function: Command) -> Command:
    function = click.option(
        "--layout",
        metavar="NAME",
        shell_complete=layout_names,
        show_default="recognised by looking",
        help="Its layout.",
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


@click.group(
    name="submission", cls=SuggestingGroup, epilog="Example:  curate submission check my_maps --dataset downloads/BTAD"
)
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
    *,
    dataset_dir: Path,
    layout: str | None,
    categories: tuple[str, ...],
    jobs: int,
    as_json: bool,
    verbosity: int,
) -> int:
    """Say whether SUBMISSION can be evaluated: every test image has one readable map of its size."""
    from curate.datasets.dataset import read_dataset
    from curate.submission.run import check_submission

    dataset = read_dataset(dataset_dir, layout, categories=categories)
    report = check_submission(submission, dataset, categories=categories, execution=execution_for(jobs, verbosity))
    return _show(report, as_json=as_json, said="checked")


@command.command(
    short_help="Check it and put it into one file to send.",
    epilog="Example:  curate submission pack my_maps -o my_maps.zip --dataset downloads/BTAD --method PaDiM",
)
@click.argument("submission", type=click.Path(path_type=Path))
@click.argument("archive", metavar="", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="ZIP file to write."
)
@click.option(
    "--form",
    type=click.Choice(["zip", "mvtec-ad-2"]),
    default="zip",
    show_default=True,
    help="What is written: a ZIP file for curate, or the .tar.gz that the server of MVTec AD 2 takes.",
)
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="[CATEGORY=]SCORE",
    help="For mvtec-ad-2: greater scores are marked in its masks; none leaves masks out.  [repeatable]",
)
@_dataset_option
@_about_options
@category_option
@jobs_option
@output_options
def pack(
    submission: Path,
    archive: Path | None,
    output: Path | None,
    *,
    dataset_dir: Path,
    layout: str | None,
    categories: tuple[str, ...],
    jobs: int,
    as_json: bool,
    verbosity: int,
    form: str,
    thresholds: tuple[str, ...],
    **about: str,
) -> int:
    """Check SUBMISSION and put it into one file; the same submission gives the same bytes."""
    from curate.datasets.dataset import read_dataset
    from curate.submission.options import SubmissionAbout
    from curate.submission.run import pack_submission
    from curate.submission.server import pack_for_server

    target = destination_of(archive, output)
    for_server = form == "mvtec-ad-2"
    unused = [f"--{name}" for name, text in about.items() if text] if for_server else ["--threshold"] * bool(thresholds)
    if unused:
        raise click.UsageError(f"{', '.join(unused)}: the form {form} has no place for it")
    dataset = read_dataset(dataset_dir, layout, categories=categories)
    execution = execution_for(jobs, verbosity)
    if for_server:
        report = pack_for_server(submission, dataset, target, thresholds=thresholds, execution=execution)
    else:
        report = pack_submission(
            submission,
            dataset,
            target,
            categories=categories,
            about=SubmissionAbout(**about),
            execution=execution,
        )
    return _show(report, as_json=as_json, said=f"wrote {target}" if report.written else "wrote nothing")


@command.command(
    "from-arrays",
    short_help="Make one from .npz files.",
    epilog="Example:  curate submission from-arrays maps.npz -o my_maps --dataset downloads/BTAD",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_folder_option()
@_making_options()
@category_option
@jobs_option
@output_options
def from_arrays(files: tuple[Path, ...], output: Path | None, **options: Any) -> int:
    """Make a submission from .npz FILES: images' names with a stack of maps, or one map per name.

    Names are matched with the dataset's images by their longest common ending.
    """
    from curate.submissions.predictions import read_arrays

    if output is None and len(files) > 1:
        *files, output = files  # type: ignore[assignment]  # as the destination could be named before -o
    root = destination_of(None, output)
    return _make([prediction for file in files for prediction in read_arrays(file)], root, **options)


@command.command(
    "from-folder",
    short_help="Make one from a folder of maps.",
    epilog="Example:  curate submission from-folder heatmaps -o my_maps --dataset downloads/BTAD",
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("destination", metavar="", required=False, type=click.Path(path_type=Path, file_okay=False))
@output_folder_option()
@_making_options()
@category_option
@jobs_option
@output_options
def from_folder(folder: Path, destination: Path | None, output: Path | None, **options: Any) -> int:
    """Make a submission from a FOLDER, zip or tar file of maps (PNG, TIFF, npy, npz), however they are arranged."""
    from curate.submissions.archive import submission_folder
    from curate.submissions.predictions import list_maps

    root = destination_of(destination, output)
    with submission_folder(folder) as unpacked:
        return _make(list_maps(unpacked), root, **options)


@command.command(
    "from-anomalib",
    short_help="Make one from predictions of anomalib.",
    epilog="Example:  curate submission from-anomalib results/Padim -o my_maps --dataset exported --method PaDiM",
)
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("destination", metavar="", required=False, type=click.Path(path_type=Path, file_okay=False))
@output_folder_option()
@_making_options("bilinear")
@click.option(
    "--crop-from",
    metavar="PX",
    type=click.IntRange(min=1),
    help="The model saw a centre crop: side that images were resized to first.",
)
@click.option(
    "--to",
    "crop_to",
    metavar="PX",
    type=click.IntRange(min=1),
    help="Side of that crop; what lies outside is not scored.",
)
@category_option
@jobs_option
@output_options
def from_anomalib(
    run_dir: Path,
    destination: Path | None,
    output: Path | None,
    *,
    crop_from: int | None,
    crop_to: int | None,
    **options: Any,
) -> int:
    """Make a submission from predictions of anomalib that were saved in RUN, a file or a folder.

    anomalib saves pictures of its maps, never the scores. Save what Engine.predict returns with
    curate.submissions.predictions.save_predictions (predictions.npz), or as tables of tensors with torch.save.
    """
    from curate.submissions.predictions import find_predictions, read_arrays

    if (crop_from is None) != (crop_to is None) or (crop_from or 0) < (crop_to or 0):
        raise click.UsageError("a centre crop is given by both sides, the larger first: --crop-from 256 --to 224")
    crop = (crop_from, crop_to) if crop_from else None
    root = destination_of(destination, output)
    files = find_predictions(run_dir)
    return _make([prediction for file in files for prediction in read_arrays(file)], root, centre_crop=crop, **options)


def _make(
    predictions: list[Prediction],
    destination: Path,
    *,
    dataset_dir: Path,
    layout: str | None,
    categories: tuple[str, ...],
    jobs: int,
    as_json: bool,
    verbosity: int,
    **options: Any,
) -> int:
    from curate.datasets.dataset import read_dataset
    from curate.submission.run import make_submission

    report = make_submission(
        predictions,
        read_dataset(dataset_dir, layout, categories=categories),
        destination,
        categories=categories,
        options=_options(**options),
        execution=execution_for(jobs, verbosity),
        on_wait=partial(say, verbosity=verbosity),
    )
    insisted = f" --layout {layout}" if layout else ""
    said = f"wrote {destination}; next: curate evaluate {destination} --dataset {dataset_dir}{insisted}"
    return _show(report, as_json=as_json, said=said if report.written else "wrote nothing")


def _options(
    scores: Path | None, resize: str | None, centre_crop: tuple[int, int] | None = None, **about: str
) -> SubmissionOptions:
    from curate.submission.options import SubmissionAbout, SubmissionOptions
    from curate.submissions.predictions import read_score_table

    table = read_score_table(scores) if scores else {}
    return SubmissionOptions(table, resize or "", SubmissionAbout(**about), centre_crop)


def _show(report: SubmissionReport, *, as_json: bool, said: str) -> int:
    if as_json:
        emit_json(report.to_json())
        return exit_code_for(report.findings)
    for name, count in report.maps.items():
        extra = f", {report.scores[name]} image scores" if report.scores[name] else ""
        echo(f"{name}: {count} maps{extra}")
    if report.findings:
        say(findings_text(report.findings))
    say(said)
    return exit_code_for(report.findings)
