"""``curate evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curate.cli.complete import layout_names
from curate.cli.exit_codes import ExitCode
from curate.cli.options import category_option, jobs_option, output_options, scheduler_option, workspace_option
from curate.cli.render import emit_json, execution_for, findings_text, say
from curate.evaluate.options import RESAMPLINGS, EvaluationOptions, Resampling

if TYPE_CHECKING:
    from curate.evaluate.run import EvaluationReport, VerificationReport
    from curate.execution import Execution
    from curate.model.finding import Finding

_SHOWN = 10


@click.command(
    name="evaluate",
    epilog="Example:  curate evaluate my_maps --dataset autovi --output result.json",
)
@click.argument("submission", type=click.Path(path_type=Path))
@click.option(
    "--dataset",
    "dataset_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Dataset, in any layout that is known.  [default: the workspace's export]",
)
@click.option(
    "--layout",
    metavar="NAME",
    shell_complete=layout_names,
    help="The dataset's layout.  [default: recognised by looking]",
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Also write the result here.")
@click.option("--allow-missing", is_flag=True, help="Score what is there; the result names what is not.")
@click.option(
    "--resize",
    type=click.Choice(RESAMPLINGS),
    help="Resample maps whose size is not their image's.  [default: refuse them]",
)
@click.option(
    "--bootstrap",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    help="Resamples for 95 % intervals.  [default: 0]",
)
@click.option("--seed", metavar="N", type=click.IntRange(min=0), default=0, help="Of the bootstrap.  [default: 0]")
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
def command(
    submission: Path,
    dataset_dir: Path | None,
    layout: str | None,
    output: Path | None,
    recorded: Path | None,
    resize: Resampling | None,
    bootstrap: int,
    seed: int,
    workspace_dir: Path,
    categories: tuple[str, ...],
    jobs: int,
    scheduler: str,
    *,
    allow_missing: bool,
    no_validate: bool,
    as_json: bool,
    verbosity: int,
) -> int:
    """Score the anomaly maps in SUBMISSION, exactly, by the rules of the AutoVI and MVTec papers.

    SUBMISSION holds <category>/test/<defect or good>/<image>.png (or tiff, npy, npz); maps of a single category may lie
    directly under it, and several runs side by side. A submission with a missing, extra or broken map is refused with a
    list of all of them and exit code 1, and nothing is written.

    Errors of the dataset's test images and masks, which change the numbers, are listed, noted in the result, and give
    exit code 1, too.
    """
    from curate.evaluate.run import evaluate_submission, recorded_layout, verify_result

    root = _dataset_root(dataset_dir, workspace_dir)
    if recorded and not layout:
        layout = recorded_layout(recorded)
    execution = execution_for(jobs, verbosity, scheduler)
    found = None if no_validate else _check_dataset(root, layout, categories, execution_for(jobs, verbosity))
    if recorded:
        outcome = verify_result(recorded, submission, root, layout=layout, dataset_findings=found, execution=execution)
        _say_errors(found, outcome.report.doubts, root, layout, verbosity=verbosity)
        return _show_verification(outcome, recorded, as_json=as_json, verbosity=verbosity)
    options = EvaluationOptions(categories, allow_missing, resize or "", bootstrap, seed)
    report = evaluate_submission(
        submission, root, options=options, layout=layout, dataset_findings=found, execution=execution
    )
    _say_errors(found, report.doubts, root, layout, verbosity=verbosity)
    return _show(report, output, as_json=as_json, verbosity=verbosity)


def _check_dataset(
    root: Path, layout: str | None, categories: tuple[str, ...], execution: Execution
) -> tuple[Finding, ...]:
    """Validate the dataset; what was found is remembered until one of its files changes."""
    from curate.datasets.findings_cache import remembered_findings

    def check() -> tuple[Finding, ...]:
        from curate.validate.run import validate_dataset  # much to import, and mostly the findings are remembered

        return validate_dataset(root, layout=layout, categories=categories, execution=execution).findings

    return remembered_findings(root, categories, check, layout=layout)


def _say_errors(
    found: tuple[Finding, ...] | None, doubts: tuple[Finding, ...], root: Path, layout: str | None, *, verbosity: int
) -> None:
    """Say on standard error what is wrong with the dataset: always what changes the numbers, the rest as a count."""
    if doubts:
        say(f"these errors of the dataset change the numbers, which cannot be compared:\n{findings_text(doubts)}")
    others = sum(finding.severity == "error" for finding in found or ()) - len(doubts)
    if others:
        more = "more " if doubts else ""
        command = f"curate validate {root}{f' --layout {layout}' if layout else ''}"
        say(f"the dataset has {others} {more}error(s): `{command}` explains them", verbosity=verbosity)


def _show(report: EvaluationReport, output: Path | None, *, as_json: bool, verbosity: int) -> int:
    from curate.submissions.results import write_result

    if as_json:
        emit_json(report.to_json())
    if report.result is None:
        if not as_json:
            click.echo(findings_text(report.findings))
        count = len(report.findings)
        say(f"refused: nothing was scored ({count} finding{'s' if count > 1 else ''})", verbosity=verbosity)
        return ExitCode.FINDINGS
    if output:
        write_result(output, report.result)
        say(f"wrote {output}", verbosity=verbosity)
    if not as_json:
        click.echo(result_table(report.result))
    return ExitCode.FINDINGS if report.doubts else ExitCode.DONE


def _show_verification(outcome: VerificationReport, recorded: Path, *, as_json: bool, verbosity: int) -> int:
    if outcome.report.result is None:
        return _show(outcome.report, None, as_json=as_json, verbosity=verbosity)
    if as_json:
        emit_json(outcome.to_json())
    elif outcome.differences:
        shown = outcome.differences[:_SHOWN]
        more = len(outcome.differences) - len(shown)
        click.echo(
            "\n".join([f"{recorded}: does not come out again", *shown, *([f"… and {more} more"] if more else [])])
        )
    else:
        click.echo(f"{recorded}: the same numbers come out")
    return ExitCode.FINDINGS if outcome.differences else ExitCode.DONE


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


def result_table(result: dict[str, Any]) -> str:
    """Render the headline numbers: one row a category and their mean, in per cent."""
    std = result.get("std", {"categories": {}, "mean": {}})
    rows = [
        [name, *_numbers(block["localization"], block["detection"], std["categories"].get(name, {}))]
        for name, block in result["categories"].items()
    ]
    if len(rows) > 1:
        rows.append(
            ["mean", *_numbers(result["mean"], result["mean"], {"localization": std["mean"], "detection": std["mean"]})]
        )
    header = ["category", "sPRO@0.01", "sPRO@0.05", "sPRO@0.3", "PRO@0.3", "AUROC", "AP", "TPR@TNR95"]
    widths = [max(len(row[place]) for row in [header, *rows]) for place in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in [header, *rows])
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:], *_notes(result)])


def _numbers(places: dict[str, Any], images: dict[str, Any], std: dict[str, Any]) -> list[str]:
    values, spread = (
        _headline(*parts) for parts in ((places, images), (std.get("localization"), std.get("detection")))
    )
    return [
        "n/a" if value is None else f"{100 * value:.2f}" + (f" ± {100 * sigma:.2f}" if sigma is not None else "")
        for value, sigma in zip(values, spread, strict=True)
    ]


def _headline(places: dict[str, Any] | None, images: dict[str, Any] | None) -> list[float | None]:
    if not places or not images:
        return [None] * 7
    return [
        *(places["au_spro"][limit] for limit in ("0.01", "0.05", "0.3")),
        places["au_pro"]["0.3"],
        images["auroc"],
        images["ap"],
        images["tpr_at_tnr"]["0.95"],
    ]


def _notes(result: dict[str, Any]) -> list[str]:
    notes = [
        f"note: {name}: {note}"
        for name, block in result["categories"].items()
        for part in (block["localization"], block["detection"], block)
        for note in part.get("notes", ())
    ]
    return ["areas under curves up to the false positive rate after @, in per cent", *_intervals(result), *notes]


def _intervals(result: dict[str, Any]) -> list[str]:
    """Say within which limits the headline numbers lie, a line a category, where they were resampled."""
    lines = []
    for name, block in result["categories"].items():
        known = block.get("intervals")
        if not known:
            continue
        spans = {
            "sPRO@0.05": known["au_spro"]["0.05"],
            "AUROC": known.get("auroc"),
            "AP": known.get("ap"),
            "TPR@TNR95": known.get("tpr_at_tnr", {}).get("0.95"),
        }
        told = [f"{title} {100 * span[0]:.2f} to {100 * span[1]:.2f}" for title, span in spans.items() if span]
        lines.append(f"{100 * known['level']:g} % of {known['resamples']} resamples: {name}: {', '.join(told)}")
    return lines
