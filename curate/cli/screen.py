"""``curate screen``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.options import category_option, dry_run_option, jobs_option, output_options, workspace_option

if TYPE_CHECKING:
    from curate.screen.published import MeasureComparison
    from curate.screen.report import ScreenReport

_NO_LABEL = "(no label)"
_NAMED = 5


@click.command(name="screen", epilog="Example:  curate screen -c pipe_clip --keep main/DSC_0042.JPG")
@click.option("--keep", metavar="ID", multiple=True, help="Keep this frame whatever the rules say; may be repeated.")
@click.option("--reject", metavar="ID", multiple=True, help="Set this frame aside; may be repeated.")
@click.option("--reason", metavar="TEXT", default="", help="Why, for --keep and --reject: recorded with the decision.")
@click.option(
    "--compare",
    type=click.Choice(["blur_effect", "estimate_sigma"]),
    multiple=True,
    help="Also say what this measure of scikit-image finds, which decides nothing; may be repeated.",
)
@workspace_option
@category_option
@jobs_option
@dry_run_option
@output_options
def command(
    keep: tuple[str, ...],
    reject: tuple[str, ...],
    reason: str,
    compare: tuple[str, ...],
    workspace_dir: Path,
    categories: tuple[str, ...],
    jobs: int,
    verbosity: int,
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Set aside frames that are blurred, noisy, badly lit, obstructed, out of place, or shot twice.

    Nothing is deleted: rejected frames are recorded with the reason and left out of splits. Run it after `curate crop`,
    so that windows rather than whole frames are judged. Limits stand in curate.toml ([categories.X] screen = {…}).
    """
    from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say
    from curate.disk.unread import each_of
    from curate.errors import InputError
    from curate.screen.run import screen_frames
    from curate.workspace.workspace import open_workspace

    workspace, _, chosen = open_workspace(workspace_dir, categories)
    if reason and not (keep or reject):
        raise InputError("--reason says why frames are kept or rejected", hint="name them with --keep or --reject")
    if (keep or reject) and len(chosen) > 1:
        raise InputError("--keep and --reject need one category", hint=f"add -c {chosen[0].name}")
    work = partial(
        screen_frames,
        workspace,
        keep=keep,
        reject=reject,
        reason=reason,
        compare=tuple(dict.fromkeys(compare)),
        execution=execution_for(jobs, verbosity),
        dry_run=dry_run,
        on_wait=lambda sentence: say(sentence, verbosity=verbosity),
    )
    reports = each_of(chosen, work)
    findings = [finding for report in reports for finding in report.findings]
    if as_json:
        emit_json({"schema": "curate/screen/1", "categories": [report.to_json() for report in reports]})
    else:
        for report in reports:
            echo(_text(report))
        if findings:
            say(findings_text(findings))
    return exit_code_for(findings)


def _text(report: ScreenReport) -> str:
    """Render counts by reason and by label, and where to look."""
    rejected = sum(row.decision == "reject" for row in report.rows)
    would = "would set aside" if report.dry_run else "set aside"
    lines = [f"{report.category}: {would} {rejected} of {len(report.rows)} frames"]
    if report.reasons:
        lines.append("  " + ", ".join(f"{name} {count}" for name, count in report.reasons.items()))
    width = max(len(label or _NO_LABEL) for label in report.by_label)
    for label, (frames, out) in report.by_label.items():
        lines.append(f"  {label or _NO_LABEL:<{width}} {out:>6} of {frames:>6}  {out / frames:>6.1%}")
    by_hand = sum(row.decided_by == "person" for row in report.rows)
    if by_hand:
        lines.append(f"  {by_hand} decided by hand")
    lines += [_comparison_text(entry) for entry in report.comparisons]
    lines += [f"  look at {path}" for path in report.sheets]
    return "\n".join(lines)


def _comparison_text(entry: MeasureComparison) -> str:
    """Render how far a published measure agrees with ours, and name the first frames on which it does not."""
    line = f"  {entry.reason} by {entry.measure} ({entry.compared} frames measured): {len(entry.both)} by both"
    for words, frames in (("only by curate", entry.only_curate), (f"only by {entry.measure}", entry.only_published)):
        more = ", …" if len(frames) > _NAMED else ""
        line += f", {len(frames)} {words}" + (f" ({', '.join(frames[:_NAMED])}{more})" if frames else "")
    return line
