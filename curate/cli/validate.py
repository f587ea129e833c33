"""``curate validate``."""

from __future__ import annotations

from pathlib import Path

import click

from curate.cli.exit_codes import ExitCode
from curate.cli.options import category_option, jobs_option, output_options, workspace_option
from curate.cli.render import emit_json, execution_for, exit_code_for, findings_text, say, summary_text


@click.command(name="validate", epilog="Example:  curate validate published/ --strict")
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@click.option("--explain", "explained", metavar="CODE", help="Say what a code means and how to mend it.")
@workspace_option
@category_option
@jobs_option
@output_options
def command(
    path: Path | None,
    explained: str | None,
    workspace_dir: Path,
    categories: tuple[str, ...],
    *,
    strict: bool,
    jobs: int,
    as_json: bool,
    verbosity: int,
) -> int:
    """Check the dataset in PATH (default: the workspace's export): layout, images, masks, leakage, order.

    Each finding has a permanent code; --explain CODE says what it means. Exits 1 when there is an error.
    """
    if explained:
        return _explain(explained, as_json=as_json)
    from curate.files.workspace import find_workspace
    from curate.validate.run import validate_dataset

    root = path or find_workspace(workspace_dir).build("autovi")
    report = validate_dataset(root, categories=categories, execution=execution_for(jobs, verbosity))
    if as_json:
        emit_json(report.to_json())
    else:
        text = findings_text(report.findings)
        if text:
            click.echo(text)
        say(
            f"checked {report.checked['images']} images and {report.checked['masks']} masks: "
            f"{summary_text(report.findings)}",
            verbosity=verbosity,
        )
    warned = strict and any(finding.severity == "warning" for finding in report.findings)
    return ExitCode.FINDINGS if warned else exit_code_for(report.findings)


def _explain(name: str, *, as_json: bool) -> int:
    from dataclasses import asdict

    from curate.errors import InputError
    from curate.model.codes import BY_CODE

    code = BY_CODE.get(name.upper())
    if code is None:
        raise InputError(f"there is no code {name!r}", hint=f"codes run from {min(BY_CODE)} to {max(BY_CODE)}")
    if as_json:
        emit_json(asdict(code))
    else:
        click.echo(f"{code.code} ({code.severity}): {code.title}\n")
        click.echo(f"{code.why}\n\nexample: {code.example}\nmend:    {code.mend}")
    return ExitCode.DONE
