"""``curate evaluate``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from curate.cli.exit_codes import ExitCode
from curate.cli.options import (
    category_option,
    jobs_option,
    layout_options,
    output_options,
    scheduler_option,
    workspace_option,
)
from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say, say_account
from curate.model.evaluation_options import FURTHER_METRICS, RESAMPLINGS, EvaluationOptions

if TYPE_CHECKING:
    from curate.evaluate.many import ManyReport
    from curate.evaluate.run import EvaluationReport
    from curate.execution import Execution
    from curate.model.finding import Finding
    from curate.model.result import Detection, Localization, Result, ResultMean
    from curate.submissions.concealed import TruthKey

_SHOWN = 10


class _Request(NamedTuple):
    """What is asked for, besides the settings that change a number."""

    submissions: tuple[Path, ...]
    dataset_dir: Path | None
    layout: str | None
    output: Path | None
    output_dir: Path | None
    key_path: Path | None
    limits: tuple[int, int, float]
    recorded: Path | None
    workspace_dir: Path
    no_validate: bool
    as_json: bool
    verbosity: int


@click.command(
    name="evaluate",
    epilog="Example:  curate evaluate my_maps --dataset autovi --output result.json",
)
@click.argument("submissions", metavar="SUBMISSION…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--dataset",
    "dataset_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Dataset, in any layout that is known.",
    show_default="the workspace's export",
)
@layout_options("The dataset's layout, or a layout.toml.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Also write the result here.")
@click.option(
    "--output-dir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Of several submissions: write the result of each here, and skip those that are current.",
)
@click.option(
    "--key",
    "key_path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Of `curate conceal`: the submissions name images as the public half does.",
)
@click.option("--max-bytes", metavar="N", type=click.IntRange(min=0), default=0, help="Refuse larger submissions.")
@click.option("--max-images", metavar="N", type=click.IntRange(min=0), default=0, help="Refuse those with more maps.")
@click.option(
    "--max-seconds", metavar="S", type=click.FloatRange(min=0), default=0, help="Refuse those that take longer."
)
@click.option("--allow-missing", is_flag=True, help="Score what is there; the result names what is not.")
@click.option(
    "--resize",
    type=click.Choice(RESAMPLINGS),
    callback=lambda _context, _option, value: value or "",
    help="Resample maps whose size is not their image's.",
    show_default="refuse them",
)
@click.option(
    "--bootstrap",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    help="Resamples for 95 % intervals.",
    show_default=True,
)
@click.option("--seed", metavar="N", type=click.IntRange(min=0), default=0, help="Of the bootstrap.", show_default=True)
@click.option(
    "--also",
    type=click.Choice(FURTHER_METRICS),
    multiple=True,
    callback=lambda _context, _option, value: value or None,
    help="Compute this metric, too; may be repeated.",
)
@click.option("--no-validate", is_flag=True, help="Do not check the dataset first.")
@click.option(
    "--verify",
    "recorded",
    metavar="RESULT",
    type=click.Path(path_type=Path),
    help="Compute a recorded result again, with its settings, and say whether the same numbers come out.",
)
@workspace_option
@category_option
@jobs_option
@scheduler_option
@output_options
def command(*, jobs: int, scheduler: str, **given: Any) -> int:
    """Score the anomaly maps in each SUBMISSION, exactly, by the rules of the AutoVI and MVTec papers.

    It holds <category>/test/<defect or good>/<image>.png (or tiff, npy, npz); maps of a single category may lie
    directly under it, and several runs side by side. A submission with a missing, extra or broken map is refused with a
    list of all of them and exit code 1, and nothing is written.

    Several need --output-dir. One that is broken, or over a limit, is refused and stops no other; the exit code is
    then 1, and 2 where a file could not be looked at.

    Errors of the dataset's test images and masks, which change the numbers, are listed, noted in the result, and give
    exit code 1, too.
    """
    given["limits"] = tuple(given.pop(name) for name in ("max_bytes", "max_images", "max_seconds"))
    asked = _Request(**{name: given.pop(name) for name in _Request._fields})
    _refuse_mixed(asked)
    options = EvaluationOptions(**given)
    root = _dataset_root(asked.dataset_dir, asked.workspace_dir)
    if asked.recorded and not asked.layout:
        from curate.evaluate.verify import recorded_layout

        asked = asked._replace(layout=recorded_layout(asked.recorded))
    found = None
    if not asked.no_validate:  # here, also where the scoring runs on a cluster
        found = _check_dataset(root, asked.layout, options.categories, execution_for(jobs, asked.verbosity))
    key = _key_of(asked, root, execution_for(jobs, asked.verbosity)) if asked.key_path else None
    execution = execution_for(jobs, asked.verbosity, scheduler)
    if asked.recorded:
        return _verify(asked, asked.recorded, root, found, key, execution)
    if asked.output_dir:
        return _many(asked, root, replace(options, layout=asked.layout), found, key, execution)
    from curate.evaluate.run import evaluate_submission

    report = evaluate_submission(
        asked.submissions[0],
        root,
        options=options,
        layout=asked.layout,
        dataset_findings=found,
        key=key,
        execution=execution,
    )
    _say_about_dataset(report, found, root, asked)
    return _show(report, asked)


def _refuse_mixed(asked: _Request) -> None:
    """Refuse options that belong to one submission where there are several, and the other way round."""
    if asked.output_dir is None and len(asked.submissions) > 1:
        raise click.UsageError("several submissions need --output-dir DIR")
    if asked.output_dir is not None and (asked.output or asked.recorded):
        raise click.UsageError("--output-dir goes with neither --output nor --verify")
    if asked.output_dir is None and any(asked.limits):
        raise click.UsageError("--max-bytes, --max-images and --max-seconds go with --output-dir")


def _key_of(asked: _Request, root: Path, execution: Execution) -> TruthKey | None:
    from curate.datasets.dataset import read_dataset
    from curate.evaluate.identity import know_dataset, refuse_other_key
    from curate.submissions.concealed import read_key

    key = read_key(asked.key_path) if asked.key_path else None
    if key:
        refuse_other_key(key, know_dataset(root, read_dataset(root, asked.layout), execution))
    return key


def _many(
    asked: _Request,
    root: Path,
    options: EvaluationOptions,
    found: tuple[Finding, ...] | None,
    key: TruthKey | None,
    execution: Execution,
) -> int:
    from curate.evaluate.many import SubmissionLimits, evaluate_many

    report = evaluate_many(
        asked.submissions,
        root,
        asked.output_dir or Path(),
        options=options,
        limits=SubmissionLimits(*asked.limits),
        dataset_findings=found,
        key=key,
        execution=execution,
        say=lambda text: say(text, verbosity=asked.verbosity - 1),
    )
    if asked.as_json:
        emit_json(report.to_json())
    else:
        width = max(len(entry.name) for entry in report.outcomes)
        for entry in report.outcomes:
            who = " · ".join(part for part in (entry.team, entry.method) if part)
            echo(f"{entry.name:<{width}}  {entry.state:<8}  {'; '.join(entry.reasons) or who}")
    _say_about_dataset(report, found, root, asked)
    good = len(report.outcomes) - len(report.refused) - len(report.unread)
    unread = f", {len(report.unread)} could not be looked at" if report.unread else ""
    say(
        f"{good} accepted, {len(report.refused)} refused{unread}; results in {report.output}", verbosity=asked.verbosity
    )
    if report.unread:
        return ExitCode.BAD_INPUT
    return ExitCode.FINDINGS if report.refused or report.dataset_errors else ExitCode.DONE


def _verify(
    asked: _Request,
    recorded: Path,
    root: Path,
    found: tuple[Finding, ...] | None,
    key: TruthKey | None,
    execution: Execution,
) -> int:
    from curate.evaluate.verify import verify_result

    outcome = verify_result(
        recorded, asked.submissions[0], root, layout=asked.layout, dataset_findings=found, key=key, execution=execution
    )
    _say_about_dataset(outcome.report, found, root, asked)
    if outcome.report.result is None:
        return _show(outcome.report, asked._replace(output=None))
    if asked.as_json:
        emit_json(outcome.to_json())
    else:
        shown = outcome.differences[:_SHOWN]
        more = len(outcome.differences) - len(shown)
        verdict = "does not come out again" if shown else "the same numbers come out"
        lines = [f"{recorded}: {verdict}", *shown, *([f"… and {more} more"] if more else [])]
        echo("\n".join([*lines, *(f"not verified: {text}" for text in outcome.unverified)]))
    return ExitCode.FINDINGS if outcome.differences else ExitCode.DONE


def _check_dataset(
    root: Path, layout: str | None, categories: tuple[str, ...], execution: Execution
) -> tuple[Finding, ...]:
    """Look for errors of the dataset; what was found is remembered until one of its files changes."""
    from curate.datasets.findings_cache import remembered_findings

    def check() -> tuple[Finding, ...]:
        # Much to import, and mostly the findings are remembered.
        from curate.validate.run import CHECKS_FOR_ERRORS, validate_dataset

        report = validate_dataset(
            root, layout=layout, categories=categories, execution=execution, checks=CHECKS_FOR_ERRORS
        )
        return report.findings

    return remembered_findings(root, categories, check, layout=layout)


def _say_about_dataset(
    report: EvaluationReport | ManyReport, found: tuple[Finding, ...] | None, root: Path, asked: _Request
) -> None:
    """Say on standard error what is wrong with the dataset: what changes the numbers, other errors as a count."""
    if report.dataset_errors:
        listing = findings_text(report.dataset_errors)
        say(f"these errors of the dataset change the numbers, which cannot be compared:\n{listing}")
    if report.remarks:
        listing = findings_text(report.remarks)
        say(f"look at these masks and files of the dataset first:\n{listing}", verbosity=asked.verbosity)
    say_account(report.account, verbosity=asked.verbosity)
    others = sum(finding.severity == "error" for finding in found or ()) - len(report.dataset_errors)
    if others:
        more = "more " if report.dataset_errors else ""
        command = f"curate validate {root}{f' --layout {asked.layout}' if asked.layout else ''}"
        say(f"the dataset has {others} {more}error(s): `{command}` explains them", verbosity=asked.verbosity)


def _show(report: EvaluationReport, asked: _Request) -> int:
    from curate.submissions.results import write_result

    if asked.as_json:
        emit_json(report.to_json())
    if report.result is None:
        if not asked.as_json:
            echo(findings_text(report.findings, verbosity=asked.verbosity))
        count = len(report.findings)
        say(f"refused: nothing was scored ({count} finding{'s' if count > 1 else ''})", verbosity=asked.verbosity)
        return exit_code_for(report.findings) or ExitCode.FINDINGS
    if report.findings:
        say(findings_text(report.findings, verbosity=asked.verbosity), verbosity=asked.verbosity)
    if asked.output:
        write_result(asked.output, report.result)
        say(f"wrote {asked.output}", verbosity=asked.verbosity)
    if not asked.as_json:
        echo(result_table(report.result))
    return ExitCode.FINDINGS if report.dataset_errors else ExitCode.DONE


def _dataset_root(dataset_dir: Path | None, workspace_dir: Path) -> Path:
    """Return the named dataset, or the workspace's export."""
    if dataset_dir is not None:
        return dataset_dir
    from curate.errors import MissingError
    from curate.workspace.workspace import find_workspace

    try:
        root = find_workspace(workspace_dir).build("autovi")
    except MissingError as error:
        raise MissingError(
            "is no workspace, and no dataset was named", path=workspace_dir, hint="name one with --dataset DIR"
        ) from error
    if not root.is_dir():
        raise MissingError("there is no exported dataset", path=root, hint="run `curate export`, or name --dataset DIR")
    return root


def result_table(result: Result) -> str:
    """Render the headline numbers: one row per category and one of their means, in percent."""
    rows = [
        [name, *_numbers(entry.localization, entry.detection, _spread(result, name))]
        for name, entry in result.categories.items()
    ]
    if len(rows) > 1:
        spread = _headline(result.std.mean, result.std.mean) if result.std else None
        rows.append(["mean", *_numbers(result.mean, result.mean, spread)])
    header = ["category", "sPRO@0.01", "sPRO@0.05", "sPRO@0.3", "PRO@0.3", "AUROC", "AP", "TPR@TNR95"]
    widths = [max(len(row[place]) for row in [header, *rows]) for place in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in [header, *rows])
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:], *_notes(result)])


def _numbers(
    places: Localization | ResultMean, images: Detection | ResultMean, spread: list[float | None] | None
) -> list[str]:
    values = _headline(places, images)
    return [
        "n/a" if value is None else f"{100 * value:.2f}" + (f" ± {100 * sigma:.2f}" if sigma is not None else "")
        for value, sigma in zip(values, spread or [None] * len(values), strict=True)
    ]


def _spread(result: Result, category: str) -> list[float | None] | None:
    entry = result.std.categories.get(category) if result.std else None
    return _headline(entry.localization, entry.detection) if entry else None


def _headline(places: Localization | ResultMean, images: Detection | ResultMean) -> list[float | None]:
    areas = [places.au_spro[limit] for limit in ("0.01", "0.05", "0.3")]
    return [*areas, (places.au_pro or {}).get("0.3"), images.auroc, images.ap, images.tpr_at_tnr["0.95"]]


def _notes(result: Result) -> list[str]:
    notes = [f"note: {name}: {note}" for name, entry in result.categories.items() for note in entry.all_notes]
    return ["areas under curves up to the false positive rate after @, in percent", *_intervals(result), *notes]


def _intervals(result: Result) -> list[str]:
    """Say within which limits the headline numbers lie, a line per category, where they were resampled."""
    lines = []
    for name, entry in result.categories.items():
        known = entry.intervals
        if not known:
            continue
        spans = {
            "sPRO@0.05": (known.au_spro or {}).get("0.05"),
            "AUROC": known.auroc,
            "AP": known.ap,
            "TPR@TNR95": (known.tpr_at_tnr or {}).get("0.95"),
        }
        words = [f"{title} {100 * span[0]:.2f} to {100 * span[1]:.2f}" for title, span in spans.items() if span]
        lines.append(f"{100 * known.level:g} % of {known.resamples} resamples: {name}: {', '.join(words)}")
    return lines
