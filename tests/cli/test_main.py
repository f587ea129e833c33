from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from curate.cli import main
from curate.errors import InputError
from tests.conftest import Curate

HEAVY = ("numpy", "cv2", "PIL", "pandas", "scipy", "shapely", "skimage", "jsonschema", "dask", "label_studio_sdk")


def test_help_imports_nothing_heavy() -> None:
    code = (
        f"import sys; from curate.cli.main import run; run(['--help']); print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_lists_every_command(curate: Curate) -> None:
    result = curate("--help")
    assert result.code == 0
    for name, (_, line) in main.COMMANDS.items():
        assert f"  {name} " in result.out
        assert line in result.out  # on one line of a terminal of 80 columns


@pytest.mark.parametrize("name", list(main.COMMANDS))
def test_every_command_has_help_with_an_example(name: str, curate: Curate) -> None:
    result = curate(name, "--help")
    assert result.code == 0, result.err
    assert "Example" in result.out
    assert f"curate {name}" in result.out


def test_an_unknown_command_is_bad_usage(curate: Curate) -> None:
    assert curate("croq").code == 2


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (InputError("is odd", path="a.png", hint="look"), 2, "error: a.png: is odd\n  next: look"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (RuntimeError("surprise"), 70, "This is a bug in curate"),
        (click.UsageError("no"), 2, "no"),
    ],
)
def test_exit_codes(
    error: BaseException, code: int, shown: str, monkeypatch: pytest.MonkeyPatch, curate: Curate
) -> None:
    @click.command()
    def command() -> None:
        raise error

    monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: command)
    result = curate("anything")
    assert result.code == code
    assert shown in result.err


def test_a_path_without_workspace_says_what_to_do(tmp_path: Path, curate: Curate) -> None:
    result = curate("status", "-C", tmp_path)
    assert result.code == 2
    assert "curate init" in result.err


def test_an_interruption_while_modules_load_is_quiet() -> None:
    program = """
import builtins, runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
load = builtins.__import__
def interrupting(name, *rest, **more):
    if name == "click":
        signal.raise_signal(signal.SIGINT)
    return load(name, *rest, **more)
builtins.__import__ = interrupting
runpy.run_module("curate", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


@pytest.mark.parametrize(
    ("words", "meant"),
    [(("validat",), "'validate'"), (("plot", "cruves"), "'curves'"), (("label", "imprt"), "'import'")],
)
def test_an_unknown_command_names_the_nearest(words: tuple[str, ...], meant: str, curate: Curate) -> None:
    result = curate(*words)
    assert result.code == 2
    assert f"Did you mean {meant}" in result.err
    assert result.err.count("Did you mean") == 1


def test_errors_are_coloured_only_where_that_is_wanted(curate: Curate, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert curate("--color", "always", "validate", gone).err.startswith("\x1b[31m\x1b[1merror\x1b[0m: ")
    for plain in (("--color", "never", "validate", gone), ("validate", gone)):
        assert curate(*plain).err.startswith("error: ")
    document = curate("--color", "always", "validate", Path(__file__).parents[1] / "cases/ok", "--json").out
    assert "\x1b" not in document


def test_powershell_is_offered_values_with_their_help(curate: Curate) -> None:
    script = curate("completion", "powershell").out
    assert "Register-ArgumentCompleter -Native -CommandName curate" in script
    asked = {"_CURATE_COMPLETE": "powershell_complete", "COMP_WORDS": "curate val", "COMP_CWORD": "val"}
    command = [sys.executable, "-c", "from curate.cli.main import main; main([])"]
    done = subprocess.run(command, env={**os.environ, **asked}, capture_output=True, text=True, check=True)
    assert done.stdout == "validate\tCheck a dataset or the workspace; findings have codes.\n"
