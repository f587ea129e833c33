"""Every command on projects of which one or two files are damaged: refused or reported, never a bug.

Nothing is left behind, nothing hangs, and nothing takes more than a gigabyte, whatever a file says about its size.
"""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.alone import run_alone
from tests.fuzz.material import COMMANDS, damaged_copy, make_project, run_in

SHARE = 25
"""Running a command takes longer than reading a document: one example for each so many documents."""

ALLOWED = {0, 1, 2}
MOST_MB, MOST_CPU_S = 1000, 20
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
def test_damaged_files_are_no_bug(command: str, sound: Path, tmp_path: Path, fuzz_examples: int) -> None:
    """Seeds are fixed: 0, 1, 2, …, every second one with two damaged files; a failure names the seed and the damage."""
    faults = []
    for seed in range(max(1, fuzz_examples // SHARE)):
        root = tmp_path / "project"
        what = damaged_copy(sound, root, command, seed)
        outcome = run_alone(root, list(COMMANDS[command]))
        place = f"seed {seed}, {what}"
        if outcome.code not in ALLOWED:
            faults.append(f"{place}: exit code {outcome.code}\n{outcome.shown[-2500:]}")
        if control_characters(outcome.shown):
            faults.append(f"{place}: shows {control_characters(outcome.shown)!r}")
        if outcome.most_mb > MOST_MB or outcome.cpu_s > MOST_CPU_S:
            faults.append(f"{place}: took {outcome.most_mb:.0f} MB and {outcome.cpu_s:.0f} s")
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


def test_a_command_that_runs_alone_tells_its_code_and_what_it_said(sound: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(sound, root)
    refused = run_alone(root, ["validate", "nowhere"])
    assert refused.code == 2
    assert "nowhere" in refused.shown
    assert refused.most_mb < MOST_MB


def test_memory_that_a_command_takes_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.alone.run_in", lambda *_: int(len(b"x" * (200 << 20)) == 0))
    taken = run_alone(tmp_path / "project", [])
    assert taken.code == 0
    assert 150 < taken.most_mb < 250


def test_a_threshold_of_400_digits_is_a_finding(sound: Path, tmp_path: Path) -> None:
    """Which no float holds: `evaluate` ended in a traceback."""
    root = tmp_path / "project"
    shutil.copytree(sound, root)
    config = root / "data/part/defects_config.json"
    entries = json.loads(config.read_text())
    entries[0] |= {"saturation_threshold": 10**400, "relative_saturation": False}
    config.write_text(json.dumps(entries))
    validated = run_alone(root, ["validate", "data", "--no-cache"])
    assert validated.code == 1
    assert "is more pixels than any picture has" in validated.shown
    assert run_alone(root, ["evaluate", "maps", "--dataset", "data"]).code in {1, 2}


def test_a_damaged_stack_of_maps_is_refused(sound: Path, tmp_path: Path) -> None:
    """Its checksum does not fit: `submission from-arrays` ended in a traceback."""
    root = tmp_path / "project"
    shutil.copytree(sound, root)
    content = bytearray((root / "arrays/0.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (root / "arrays/0.npz").write_bytes(content)
    (root / "out").mkdir()
    refused = run_alone(root, list(COMMANDS["submission from-arrays"]))
    assert refused.code == 2
    assert "is no readable .npz file" in refused.shown
