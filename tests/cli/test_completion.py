"""What shells are told when somebody presses the tabulator key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete, ShellComplete

from curate.cli.main import COMMANDS, cli
from curate.datasets.layouts.table import BY_NAME
from curate.model.codes import ALL_CODES
from tests.conftest import Curate

CONFIG = """
[categories.clip]
window = { mode = "full" }
windows.small = { mode = "crop", box = [0, 0, 8, 8] }
splits.cv = { policy = "k-fold" }
[categories.clip.defects.bent]
[categories.screw]
windows.wide = { mode = "full" }
[categories.screw.defects.missing]
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "curate.toml").write_text(CONFIG, encoding="utf-8")
    taken = tmp_path / "records" / "captures" / "taken"
    taken.mkdir(parents=True)
    (taken / "main.csv").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def offered(*words: str) -> list[str]:
    """What Click offers for the last word."""
    shell = ShellComplete(cli, {}, "curate", "_CURATE_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


def test_commands_and_options_of_the_group() -> None:
    assert offered("") == list(COMMANDS)
    assert offered("com") == ["compare", "completion"]
    assert offered("--v") == ["--version"]
    assert set(offered("label", "p")) == {"pull", "push"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("evaluate", "--bo"), ["--bootstrap"]),
        (("evaluate", "--resize", "b"), ["bilinear", "bicubic"]),
        (("crop", "-c", ""), ["clip", "screw", "taken"]),
        (("crop", "-c", "c"), ["clip"]),
        (("crop", "--window", ""), ["default", "small", "wide"]),
        (("crop", "-c", "screw", "--window", ""), ["default", "wide"]),
        (("export", "--split", ""), ["default", "cv"]),
        (("export", "-c", "screw", "--split", ""), ["default"]),
        (("import", "--label", ""), ["good", "bent", "missing"]),
        (("validate", "--explain", "CUR20"), [entry.code for entry in ALL_CODES if entry.code[:5] == "CUR20"]),
        (("validate", "--explain", "a"), ["all"]),
        (("evaluate", "--layout", ""), sorted(BY_NAME)),
        (("completion", ""), ["bash", "zsh", "fish", "powershell"]),
    ],
)
def test_names(workspace: Path, words: tuple[str, ...], expected: list[str]) -> None:
    del workspace
    assert expected
    assert offered(*words) == expected


def test_another_workspace_is_asked(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "curate.toml").write_text("[categories.lid]\n", encoding="utf-8")
    assert offered("crop", "-C", str(elsewhere), "-c", "") == ["lid"]
    assert offered("crop", "-C", str(workspace / "records"), "-c", "") == ["clip", "screw", "taken"]
    assert offered("crop", "-C", str(elsewhere.parent / "nowhere"), "-c", "") == []


@pytest.mark.parametrize("text", ["[categories", "categories = 3", "[categories]\na = 1", "\udcff"])
def test_a_broken_configuration_offers_only_what_was_imported(workspace: Path, text: str) -> None:
    (workspace / "curate.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert offered("crop", "-c", "") == ["taken"]


def test_names_of_commands_are_offered_without_loading_them() -> None:
    code = (
        "import sys; from click.shell_completion import ShellComplete as S; from curate.cli.main import cli\n"
        "assert S(cli, {}, 'curate', '_CURATE_COMPLETE').get_completions([], '')\n"
        "print(sorted(m for m in sys.modules if m.startswith('curate.cli.') or m in {'numpy', 'cv2', 'jsonschema'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['curate.cli.exit_codes', 'curate.cli.main']"


@pytest.mark.parametrize("words", [["crop", "-c"], ["evaluate", "--layout"], ["validate", "--explain"]])
def test_offering_names_loads_nothing_heavy(workspace: Path, words: list[str]) -> None:
    code = (
        "import sys; from click.shell_completion import ShellComplete as S; from curate.cli.main import cli\n"
        f"assert S(cli, {{}}, 'curate', '_CURATE_COMPLETE').get_completions({words!r}, '')\n"
        "print([m for m in ('numpy', 'cv2', 'PIL', 'jsonschema', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=workspace, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("shell", "mark"), [("bash", "complete -o nosort"), ("zsh", "#compdef curate"), ("fish", "")])
def test_the_scripts_ask_curate(curate: Curate, shell: str, mark: str) -> None:
    result = curate("completion", shell)
    assert result.code == 0
    assert f"_CURATE_COMPLETE={shell}_complete" in result.out
    assert mark in result.out
    assert str(Path(sys.executable).parent) not in result.out


def test_an_unknown_shell_is_bad_usage(curate: Curate) -> None:
    assert curate("completion", "tcsh").code == 2


def bash_is_new_enough() -> bool:
    try:
        BashComplete._check_version()
    except (OSError, RuntimeError):
        return False
    return shutil.which("bash") is not None


@pytest.mark.skipif(not bash_is_new_enough(), reason="no bash of version 4.4 or newer")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["curate", "va"], ["validate"]),
        (["curate", "label", "pu"], ["push", "pull"]),
        (["curate", "split", "-c", ""], ["clip", "screw", "taken"]),
        (["curate", "zz"], []),
    ],
)
def test_a_real_bash(workspace: Path, line: list[str], expected: list[str]) -> None:
    words = " ".join(f"'{word}'" for word in line)
    script = f"""
        eval "$(curate completion bash)"
        complete -p curate
        COMP_WORDS=({words}); COMP_CWORD={len(line) - 1}
        _curate_completion curate
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=workspace, env=environment, capture_output=True, text=True, check=False
    )
    registered, *replies = done.stdout.splitlines()
    assert registered == "complete -o nosort -F _curate_completion curate"
    assert sorted(filter(None, replies)) == sorted(expected)
    assert "Traceback" not in done.stderr
