"""``curate label push``, ``pull`` and ``serve``: a running Label Studio server."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import click

from curate.cli.options import category_option, dry_run_option, output_options, workspace_option
from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say

if TYPE_CHECKING:
    from curate.label_studio.server import LabelServer
    from curate.model.config import CategoryConfig

TOKEN_VARIABLE = "LABEL_STUDIO_API_KEY"  # noqa: S105 - the name of a variable, not a secret
PASSWORD_VARIABLE = "LABEL_STUDIO_PASSWORD"  # noqa: S105 - as above
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_DEFAULT_URL = "http://127.0.0.1:8080"


def server_options(function: Any) -> Any:
    """``--url`` and ``--project``."""
    function = click.option(
        "--project",
        "title",
        metavar="TITLE",
        default="",
        show_default="DATASET / CATEGORY",
        help="Title of the project.",
    )(function)
    return click.option(
        "--url",
        metavar="URL",
        envvar="LABEL_STUDIO_URL",
        default=_DEFAULT_URL,
        show_default=_DEFAULT_URL,
        help="Address of the server.",
    )(function)


def _connect(url: str) -> LabelServer:
    from curate.label_studio.server import connect

    address = urlsplit(url)
    if address.scheme == "http" and address.hostname not in _THIS_MACHINE:
        say(f"warning: {url} is not encrypted: the token and the pictures can be read on the way; use https")
    return connect(url, _asked_token(url))


def _asked_token(url: str) -> str:
    """Return the token from the environment, or ask for it; it is kept nowhere."""
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token and not sys.stdin.isatty():
        raise click.UsageError(f"no token for {url}: set {TOKEN_VARIABLE} to a personal access token or a legacy token")
    return str(token or click.prompt(f"Token of {url}", hide_input=True, err=True)).strip()


def _open(workspace_dir: Path, categories: tuple[str, ...], title: str) -> Any:
    from curate.workspace.workspace import open_workspace

    workspace, config, chosen = open_workspace(workspace_dir, categories)
    if title and len(chosen) != 1:
        raise click.UsageError("--project names the project of one category; say which with -c")
    return workspace, [(category, title or f"{config.name or 'curate'} / {category.name}") for category in chosen]


@click.command(
    name="push",
    short_help="Send images to a Label Studio project.",
    epilog="Example:  curate label push -c pipe_clip --suggest",
)
@server_options
@click.option(
    "--what", type=click.Choice(["windows", "frames"]), default="windows", show_default=True, help="Images to send."
)
@click.option(
    "--images",
    type=click.Choice(["upload", "local"]),
    default="upload",
    show_default=True,
    help="Upload the images, or let a server on this machine read them (curate label serve).",
)
@click.option("--suggest", is_flag=True, help="Attach the recorded annotations as suggestions.")
@click.option(
    "--maps", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Attach what these anomaly maps mark."
)
@click.option(
    "--map-threshold", type=float, default=0.5, show_default=True, help="Score above which a map marks a pixel."
)
@click.option(
    "--map-defect", metavar="NAME", default="", show_default="the only defect", help="Defect that the maps mark."
)
@workspace_option
@category_option
@dry_run_option
@output_options
def push_command(
    workspace_dir: Path,
    categories: tuple[str, ...],
    *,
    url: str,
    title: str,
    what: Literal["windows", "frames"],
    images: Literal["upload", "local"],
    suggest: bool,
    maps: Path | None,
    map_threshold: float,
    map_defect: str,
    dry_run: bool,
    as_json: bool,
    verbosity: int,
) -> int:
    """Send images to a Label Studio project for annotation, one project per category.

    The project and its tools are made from curate.toml. What the server has is not sent again, so an interrupted push
    is finished by the same command. The token comes from LABEL_STUDIO_API_KEY, or is asked for.
    """
    from curate.label.live import PushOptions, push_labels

    workspace, chosen = _open(workspace_dir, categories, title)
    wanted = [(category, name, _map_defect(category, maps, map_defect)) for category, name in chosen]
    with _connect(url) as server:
        reports = [
            push_labels(
                workspace,
                category,
                server,
                name,
                options=PushOptions(what, images, suggest, maps, map_threshold, defect),
                execution=execution_for(1, verbosity),
                dry_run=dry_run,
            )
            for category, name, defect in wanted
        ]
    if as_json:
        emit_json({"dry_run": dry_run, "projects": [report.to_json() for report in reports]})
        return 0
    for report in reports:
        made = " (new)" if report.created else ""
        changed = f", {report.changed} of them changed since" if report.changed else ""
        left_out = f"; {report.left_out} set aside by screening" if report.left_out else ""
        echo(f"{report.project}{made}: {report.sent} tasks sent{changed}; {report.present} were there{left_out}")
    say(f"next: annotate at {url}, then curate label pull", verbosity=verbosity)
    return 0


def _map_defect(category: CategoryConfig, maps: Path | None, named: str) -> str:
    """Return what the maps of a category mark: what was said, or its only defect."""
    known = list(category.defects)
    if not maps or named in known:
        return named
    if named or len(known) != 1:
        raise click.UsageError(f"say with --map-defect what maps of {category.name} mark; known: {', '.join(known)}")
    return known[0]


@click.command(
    name="pull",
    short_help="Fetch annotations from Label Studio.",
    epilog="Example:  curate label pull -c pipe_clip",
)
@server_options
@click.option("--annotator", metavar="NAME", default="", help="Take only what this annotator drew.")
@click.option(
    "--merge",
    type=click.Choice(["latest", "majority"]),
    default="latest",
    show_default=True,
    help="When several people annotated an image: the latest annotation, or the majority for each pixel.",
)
@click.option("--save", metavar="FILE", type=click.Path(path_type=Path), help="Keep the server's export too.")
@workspace_option
@category_option
@dry_run_option
@output_options
def pull_command(
    workspace_dir: Path,
    categories: tuple[str, ...],
    *,
    url: str,
    title: str,
    annotator: str,
    merge: Literal["latest", "majority"],
    save: Path | None,
    dry_run: bool,
    as_json: bool,
    verbosity: int,
) -> int:
    """Bring annotations back from Label Studio into records/annotations, as `label import` does."""
    from curate.disk.atomic import write_json
    from curate.errors import MissingError
    from curate.label.plan import OpinionChoice
    from curate.label.run import import_export

    workspace, chosen = _open(workspace_dir, categories, title)
    if save and len(chosen) != 1:
        raise click.UsageError("--save keeps one project's export; say which with -c")
    reports = []
    with _connect(url) as server:
        for category, name in chosen:
            project = server.find_project(name)
            if project is None:
                raise MissingError(f"has no project called {name!r}", path=url, hint="run `curate label push` first")
            tasks = server.export(project)
            if save:
                write_json(save, tasks)
            choice = OpinionChoice(annotator, merge)
            reports.append(import_export(workspace, category, tasks, name, choice=choice, dry_run=dry_run, on_wait=say))
    findings = [finding for report in reports for finding in report.findings]
    if as_json:
        emit_json({"dry_run": dry_run, "categories": [report.to_json() for report in reports]})
        return exit_code_for(findings)
    if findings:
        say(findings_text(findings))
    for report in reports:
        echo(f"{report.category}: {report.imported} frames ({report.good} good) with {report.regions} regions")
    say("next: curate mask", verbosity=verbosity)
    return exit_code_for(findings)


@click.command(
    name="serve",
    short_help="Run Label Studio on this machine.",
    epilog="Example:  curate label serve --port 8080",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port of the server.")
@click.option(
    "--user",
    metavar="E-MAIL",
    default="curate@localhost.test",
    show_default=True,
    help="Account that is made at the first start.",
)
@click.option("--push", "push_first", is_flag=True, help="Push every category once the server answers.")
@click.option("--demo", is_flag=True, help="Draw a demo workspace in DIR first, if there is none, and push it.")
@workspace_option
@output_options
def serve_command(
    workspace_dir: Path, *, port: int, user: str, push_first: bool, demo: bool, as_json: bool, verbosity: int
) -> None:
    """Run Label Studio on this machine for one person, until Ctrl-C; nothing is sent to anyone.

    Its database lies in .curate/label-studio of the workspace. The first start asks for a password
    (or takes LABEL_STUDIO_PASSWORD) and takes its token from LABEL_STUDIO_API_KEY, or makes one and shows it once.
    """
    from curate.label_studio.process import ServerSettings, find_program, running_server
    from curate.workspace.workspace import find_workspace

    program = find_program()
    if demo:
        _draw_demo(workspace_dir, verbosity)
    workspace = find_workspace(workspace_dir)
    home = workspace.scratch / "label-studio"
    token = os.environ.get(TOKEN_VARIABLE, "")
    settings = ServerSettings(home, port, user, "", token, workspace.root)
    password, shown = "", ""
    if settings.is_new:
        password = _new_password(user)
        if not token:
            token = shown = secrets.token_hex(20)
    settings = ServerSettings(home, port, user, password, token, workspace.root)
    # Whoever ends this command, the server must not outlive it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    first = "; the first start takes a minute or two" if settings.is_new else ""
    say(f"starting Label Studio{first}", verbosity=verbosity)
    with running_server(settings, program) as process:
        if shown:
            say(f"token, shown only now: {shown}\n  next: export {TOKEN_VARIABLE}={shown}")
        if push_first or demo:
            _push_all(workspace_dir, settings.url, token or _asked_token(settings.url), verbosity)
        if as_json:
            emit_json({"url": settings.url, "user": user})
        say(f"Label Studio answers at {settings.url} for {user}; Ctrl-C stops it", verbosity=verbosity)
        process.wait()


def _new_password(user: str) -> str:
    password = os.environ.get(PASSWORD_VARIABLE, "")
    if not password and not sys.stdin.isatty():
        raise click.UsageError(f"no password for {user}: set {PASSWORD_VARIABLE}")
    return str(password or click.prompt(f"Password for {user}", hide_input=True, confirmation_prompt=True, err=True))


def _draw_demo(directory: Path, verbosity: int) -> None:
    from curate.demo.run import run_demo

    run_demo(directory, execution=execution_for(0, verbosity), on_step=lambda name, done: say(f"{name}: {done}"))


def _push_all(workspace_dir: Path, url: str, token: str, verbosity: int) -> None:
    from curate.label.live import PushOptions, push_labels
    from curate.label_studio.server import connect

    workspace, chosen = _open(workspace_dir, (), "")
    with connect(url, token) as server:
        for category, name in chosen:
            report = push_labels(workspace, category, server, name, options=PushOptions(images="local"))
            say(f"{name}: {report.sent} tasks sent, {report.present} were there", verbosity=verbosity)
