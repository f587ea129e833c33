"""``curate evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from curate.cli.exit_codes import ExitCode
from curate.cli.options import category_option, jobs_option, output_options, workspace_option
from curate.cli.render import emit_json, execution_for, findings_text, say


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
    help="Dataset in the AutoVI layout.  [default: the workspace's export]",
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Also write the result here.")
@workspace_option
@category_option
@jobs_option
@output_options
def command(
    submission: Path,
    dataset_dir: Path | None,
    output: Path | None,
    workspace_dir: Path,
    categories: tuple[str, ...],
    jobs: int,
    *,
    as_json: bool,
    verbosity: int,
) -> int:
    """Score the anomaly maps in SUBMISSION, exactly, by the rules of the AutoVI and MVTec papers.

    SUBMISSION holds <category>/test/<defect or good>/<image>.png (or tiff, npy, npz); maps of a single category may lie
    directly under it, and several runs side by side. A submission with a missing, extra or broken map is refused with a
    list of all of them and exit code 1, and nothing is written.
    """
    from curate.evaluate.run import evaluate_submission
    from curate.files.atomic import write_json

    root = _dataset_root(dataset_dir, workspace_dir)
    execution = execution_for(jobs, verbosity)
    report = evaluate_submission(submission, root, categories=categories, execution=execution)
    if as_json:
        emit_json(report.to_json())
    if report.result is None:
        if not as_json:
            click.echo(findings_text(report.findings))
        say(f"refused: nothing was scored ({len(report.findings)} findings)", verbosity=verbosity)
        return ExitCode.FINDINGS
    if output:
        write_json(output, report.result)
        say(f"wrote {output}", verbosity=verbosity)
    if not as_json:
        click.echo(result_table(report.result))
    return ExitCode.DONE


def _dataset_root(dataset_dir: Path | None, workspace_dir: Path) -> Path:
    """Return the named dataset, or the workspace's export."""
    if dataset_dir is not None:
        return dataset_dir
    from curate.errors import MissingError
    from curate.files.workspace import find_workspace

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
    rows = [
        [name, *_numbers(block["localization"], block["detection"])] for name, block in result["categories"].items()
    ]
    if len(rows) > 1:
        rows.append(["mean", *_numbers(result["mean"], result["mean"])])
    header = ["category", "sPRO@0.01", "sPRO@0.05", "sPRO@0.3", "PRO@0.3", "AUROC", "AP", "TPR@TNR95"]
    widths = [max(len(row[place]) for row in [header, *rows]) for place in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in [header, *rows])
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:], *_notes(result)])


def _numbers(places: dict[str, Any], images: dict[str, Any]) -> list[str]:
    values = [
        *(places["au_spro"][limit] for limit in ("0.01", "0.05", "0.3")),
        places["au_pro"]["0.3"],
        images["auroc"],
        images["ap"],
        images["tpr_at_tnr"]["0.95"],
    ]
    return ["n/a" if value is None else f"{100 * value:.2f}" for value in values]


def _notes(result: dict[str, Any]) -> list[str]:
    notes = [
        f"note: {name}: {note}"
        for name, block in result["categories"].items()
        for part in ("localization", "detection")
        for note in block[part].get("notes", ())
    ]
    return ["areas under curves up to the false positive rate after @, in per cent", *notes]
