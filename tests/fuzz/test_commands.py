"""Every command on projects of which one file is damaged: refused or reported, never a bug, nothing left behind."""

from __future__ import annotations

import faulthandler
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.material import COMMANDS, damaged_copy, make_project, run_in

SHARE = 25
"""Running a command takes longer than reading a document: one example for each so many documents."""

ALLOWED = {0, 1, 2}
HANG_S = 60
PLAIN_CONTROLS = "\n\t\r"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("sound") / "project")


def control_characters(text: str) -> str:
    """Return what could move a terminal's cursor, change its colours or turn its text around."""
    return "".join(c for c in text if unicodedata.category(c) in {"Cc", "Cf"} and c not in PLAIN_CONTROLS)


def leftovers(root: Path) -> Iterator[Path]:
    """Yield temporaries; ``.curate-new-CATEGORY`` is none: a refused conversion goes on there."""
    for path in root.rglob("*"):
        if path.name.endswith(".tmp") or (
            path.name.startswith(".curate-") and not path.name.startswith(".curate-new-")
        ):
            yield path


@pytest.mark.parametrize("command", list(COMMANDS))
def test_one_damaged_file_is_no_bug(
    command: str, sound: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], fuzz_examples: int
) -> None:
    """Seeds are fixed: 0, 1, 2, …; a failure names the seed and the damage."""
    faults = []
    for seed in range(max(1, fuzz_examples // SHARE)):
        root = tmp_path / "project"
        what = damaged_copy(sound, root, command, seed)
        capfd.readouterr()
        # What hangs may hang in a thread or in the system, where no exception reaches it: the process ends.
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        code = run_in(root, list(COMMANDS[command]))
        faulthandler.cancel_dump_traceback_later()
        shown = capfd.readouterr()
        place = f"seed {seed}, {what}"
        if code not in ALLOWED:
            faults.append(f"{place}: exit code {code}\n{shown.err[-2500:]}")
        if control_characters(shown.out + shown.err):
            faults.append(f"{place}: shows {control_characters(shown.out + shown.err)!r}")
        faults += [f"{place}: leaves {path.relative_to(root)}" for path in leftovers(root)]
        shutil.rmtree(root)
    assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize("command", list(COMMANDS))
def test_the_sound_project_passes(command: str, sound: Path, tmp_path: Path) -> None:
    """Damage that is reported would say nothing if the commands refused the project as it is."""
    root = tmp_path / "project"
    shutil.copytree(sound, root)
    (root / "out").mkdir()
    assert run_in(root, list(COMMANDS[command])) in {0, 1}
