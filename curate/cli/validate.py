"""``curate validate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.complete import finding_codes
from curate.cli.exit_codes import ExitCode
from curate.cli.options import category_option, jobs_option, layout_options, output_options, workspace_option
from curate.cli.render import (
    echo,
    emit_json,
    execution_for,
    exit_code_for,
    findings_text,
    say,
    say_account,
    summary_text,
)

if TYPE_CHECKING:
    from curate.execution import Execution
    from curate.validate.report import ValidationReport


@click.command(name="validate", epilog="Example:  curate validate published/ --strict")
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@click.option(
    "--explain",
    "explained",
    metavar="CODE",
    shell_complete=finding_codes,
    help="Say what a code means and how to fix it; `all` for every code.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "junit", "github"]),
    default="text",
    show_default=True,
    help="Form of the findings on standard output.",
)
@click.option("--fix", is_flag=True, help="Fix what needs no decision; replaced files are kept in PATH.before-fix.")
@layout_options("Read the dataset in this layout, or by a layout.toml.")
@click.option("--no-cache", is_flag=True, help="Read every file, also those that have not changed since the last run.")
@workspace_option
@category_option
@jobs_option
@output_options
def command(
    path: Path | None,
    explained: str | None,
    form: str,
    layout: str | None,
    workspace_dir: Path,
    categories: tuple[str, ...],
    *,
    strict: bool,
    fix: bool,
    no_cache: bool,
    jobs: int,
    as_json: bool,
    verbosity: int,
) -> int:
    """Check the dataset in PATH, or the workspace (records and exports): layout, images, masks, leakage, order.

    Each finding has a permanent code; --explain CODE says what it means. Exits 1 when there is an error. What the
    authors of a dataset accept stands with a reason in its curate-validate.toml:

    \b
      [[silence]]
      code = "CUR412"
      path = "*/ground_truth/stain/*"
      reason = "a stain may cover the whole window"
    """  # noqa: D301 - Click wants the character
    if explained:
        return _explain(explained, as_json=as_json)
    from curate.disk.cache_folder import default_cache

    execution = execution_for(jobs, verbosity)
    cache = None if no_cache else default_cache()
    report = _validate(path, layout, workspace_dir, categories, execution, cache)
    if fix:
        report = _fix(path, layout, categories, execution, cache, report, verbosity=verbosity)
    echo(_rendered(report, "json" if as_json else form, strict=strict, verbosity=verbosity), nl=False)
    if not as_json and form == "text":
        silenced = f", {len(report.silenced)} silenced" if report.silenced else ""
        counts = f"{report.checked['images']} images and {report.checked['masks']} masks"
        say(f"checked {counts}: {summary_text(report.findings)}{silenced}", verbosity=verbosity)
        say_account(report.account, verbosity=verbosity)
        if not report.checked["images"] and _is_workspace(path):
            say("nothing has been exported yet: run `curate export`", verbosity=verbosity)
    warned = strict and any(finding.severity == "warning" for finding in report.findings)
    return exit_code_for(report.findings) or (ExitCode.FINDINGS if warned else ExitCode.DONE)


def _validate(
    path: Path | None,
    layout: str | None,
    workspace_dir: Path,
    categories: tuple[str, ...],
    execution: Execution,
    cache: Path | None,
) -> ValidationReport:
    from curate.errors import InputError
    from curate.validate.run import accepted_around, record_validation, validate_dataset, validate_workspace
    from curate.workspace.config import read_config
    from curate.workspace.workspace import find_workspace

    if path is not None and not _is_workspace(path):
        accepted = accepted_around(path)
        return validate_dataset(
            path, layout=layout, categories=categories, execution=execution, cache=cache, accepted=accepted
        )
    if layout:
        raise InputError("--layout needs the PATH of a dataset", hint="the layouts of a workspace's exports are known")
    workspace = find_workspace(path or workspace_dir, instead="; for a dataset: `curate validate DATASET`")
    config = read_config(workspace.config_path)
    named = str(path or workspace_dir)
    report = validate_workspace(
        workspace, config, path_root=named, categories=categories, execution=execution, cache=cache
    )
    record_validation(workspace, config, report, categories)
    return report


def _is_workspace(path: Path | None) -> bool:
    from curate.workspace.workspace import CONFIG_NAME

    return path is None or (path / CONFIG_NAME).is_file()


def _fix(
    path: Path | None,
    layout: str | None,
    categories: tuple[str, ...],
    execution: Execution,
    cache: Path | None,
    report: ValidationReport,
    *,
    verbosity: int,
) -> ValidationReport:
    from curate.errors import InputError
    from curate.validate.run import accepted_around, fix_dataset, validate_dataset

    if path is None:
        raise InputError("--fix needs the PATH of a dataset", hint="export again to correct an export")
    kept, fixes = fix_dataset(path, report)
    if not fixes:
        say("nothing could be corrected without a person", verbosity=verbosity)
        return report
    for entry in fixes:
        say(f"corrected {entry.path}: {entry.kind}{f' to {entry.target}' if entry.target else ''}", verbosity=verbosity)
    say(f"replaced files are in {kept}", verbosity=verbosity)
    accepted = accepted_around(path)
    return validate_dataset(
        path, layout=layout, categories=categories, execution=execution, cache=cache, accepted=accepted
    )


def _rendered(report: ValidationReport, form: str, *, strict: bool, verbosity: int = 0) -> str:
    from curate.validate.reporters import github, junit, sarif

    if form == "json":
        return json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"
    if form == "sarif":
        return sarif(report.findings, report.silenced) + "\n"
    if form == "github":
        text = github(report.findings, report.path_root)
        return f"{text}\n" if text else ""
    if form == "junit":
        return junit(report.findings, report.silenced, strict=strict) + "\n"
    text = findings_text(report.findings, verbosity=verbosity)
    return f"{text}\n" if text else ""


def _explain(name: str, *, as_json: bool) -> int:
    from dataclasses import asdict

    from curate.errors import InputError
    from curate.model.codes import BY_CODE

    wanted = sorted(BY_CODE) if name.lower() == "all" else [name.upper()]
    if wanted[0] not in BY_CODE:
        raise InputError(
            f"there is no code {name!r}", hint=f"codes run from {min(BY_CODE)} to {max(BY_CODE)}, or `all`"
        )
    entries = [BY_CODE[entry] for entry in wanted]
    if as_json:
        emit_json([asdict(entry) for entry in entries] if len(entries) > 1 else asdict(entries[0]))
        return ExitCode.DONE
    texts = [
        f"{code.code} ({code.severity}): {code.title}\n\n{code.why}\n\nexample: {code.example}\nfix:     {code.fix}"
        for code in entries
    ]
    echo("\n\n\n".join(texts))
    return ExitCode.DONE
