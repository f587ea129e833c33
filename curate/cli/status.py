"""``curate status``."""

from __future__ import annotations

from pathlib import Path

import click

from curate.cli.options import category_option, output_options, workspace_option
from curate.cli.render import echo, emit_json, findings_text, say


@click.command(name="status", epilog="Example:  curate status -C my_line")
@workspace_option
@category_option
@output_options
def command(workspace_dir: Path, categories: tuple[str, ...], *, as_json: bool, verbosity: int) -> None:
    """Say for every category and stage whether it is done, and what to run next; nothing when nothing is left to run.

    stale: it must run again. failed: it ran, and gave nothing that can be used. away: the record is there, the files
    are not. Each says why; -v gives every reason. What is open about the order of frames follows until it is settled.
    """
    from curate.model.codes.names import STALE_RECORD
    from curate.status.run import workspace_status
    from curate.workspace.config import read_config
    from curate.workspace.workspace import find_workspace

    workspace = find_workspace(workspace_dir)
    report = workspace_status(workspace, read_config(workspace.config_path), categories)
    if as_json:
        emit_json(report.to_json())
        return
    if verbosity >= 0:
        width = max((len(stage.category) for stage in report.stages), default=0)
        longest = max((len(stage.stage) for stage in report.stages), default=0)
        for stage in report.stages:
            shown = stage.reasons if verbosity > 0 else stage.reasons[:1]
            more = f" (and {len(stage.reasons) - 1} more)" if len(stage.reasons) > len(shown) else ""
            why = f": {'; '.join(shown)}{more}" if shown else ""
            echo(f"{stage.category:{width}}  {stage.stage:{longest}}  {stage.state}{why}")
    standing = [finding for finding in report.findings if finding.code != STALE_RECORD]
    if standing:
        say(findings_text(standing), verbosity=verbosity)
    for line in report.next_commands:
        echo(f"next: {line}")
    if not report.next_commands:
        say("nothing is left to run; curate report shows what there is", verbosity=verbosity)
