"""Everything in ``examples/`` runs, and says what it promises."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from curate.workspace.config import read_config

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Start a program with the environment's own ``curate`` and ``python`` first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_example_has_a_test() -> None:
    assert sorted(path.name for path in EXAMPLES.iterdir() if path.is_file()) == [
        "anomalib_recipe.py",
        "autovi.toml",
        "library.py",
        "road.sh",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell script")
def test_the_road_runs_and_gives_the_demos_numbers(tmp_path: Path) -> None:
    done = run("sh", EXAMPLES / "road.sh", "here", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    drawn = (tmp_path / "here" / "drawn.txt").read_text()
    table = [line for line in drawn.splitlines() if line.startswith(("bracket_clip ", "cover_screw ", "mean "))]
    assert len(table) == 3
    # The same frames, stages and maps, taken one command at a time: the same figures to the last digit.
    assert table == [line for line in done.stdout.splitlines() if line in table]
    assert (tmp_path / "here" / "result.json").is_file()
    assert (tmp_path / "here" / "report.html").is_file()


def test_the_library_example_finds_parts_and_defects(tmp_path: Path) -> None:
    done = run(sys.executable, EXAMPLES / "library.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    matching = re.search(r"median error ([\d.]+) px, largest ([\d.]+) px", done.stdout)
    metrics = re.search(r"AU-sPRO@0.05 ([\d.]+), pixel AUROC ([\d.]+)", done.stdout)
    assert matching
    assert metrics
    assert float(matching[1]) <= 1.0
    assert float(matching[2]) <= 5.0
    assert 0.7 < float(metrics[1]) <= 1.0
    assert 0.7 < float(metrics[2]) <= 1.0


def test_autovi_is_written_down_as_published() -> None:
    path = EXAMPLES / "autovi.toml"
    config = read_config(path)
    # Counts of version 1.0.0: training images and defects of each category.
    stated = {
        "engine_wiring": (285, ["blue_hoop", "cardboard", "fastening", "obstruction"]),
        "pipe_clip": (195, ["operator", "unclipped"]),
        "pipe_staple": (191, ["missing"]),
        "tank_screw": (318, ["missing"]),
        "underbody_pipes": (161, ["obstruction", "operator"]),
        "underbody_screw": (373, ["missing"]),
    }
    assert {name: (entry.split.train, list(entry.defects)) for name, entry in config.categories.items()} == stated
    small = {"engine_wiring", "pipe_clip", "pipe_staple"}
    for name, entry in config.categories.items():
        assert entry.windows["default"].size_px == ((400, 400) if name in small else (1000, 750))


def test_autovi_states_only_the_thresholds_that_are_known() -> None:
    document = tomllib.loads((EXAMPLES / "autovi.toml").read_text("utf-8"))
    stated = {
        (category, defect): table["saturation"]
        for category, entry in document["categories"].items()
        for defect, table in entry["defects"].items()
        if "saturation" in table
    }
    missing = {(name, "missing"): 0.7 for name in ("pipe_staple", "tank_screw", "underbody_screw")}
    assert stated == missing | {("pipe_clip", "operator"): 0.5, ("pipe_clip", "unclipped"): 0.5}


def test_the_anomalib_recipe_with_a_stand_in_for_anomalib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is trained for real stands in tests/torch; everything after it is run here, on two categories."""
    import importlib.util

    import numpy as np

    from curate.submissions.predictions import save_predictions
    from tests.convert.sources import rich_dataset

    rich_dataset(tmp_path / "data")
    shutil.copytree(tmp_path / "data/part", tmp_path / "data/other")
    spec = importlib.util.spec_from_file_location("anomalib_recipe", EXAMPLES / "anomalib_recipe.py")
    assert spec is not None
    assert spec.loader is not None
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)

    def predict(dataset: Path, category: str, results: Path, *, untrained: bool) -> Path:
        assert untrained
        images = sorted((dataset / category).glob("t*/*/*.png"))
        batch = type("Batch", (), {})()
        batch.image_path = [str(path) for path in images]
        batch.anomaly_map = np.random.default_rng(2).random((len(images), 1, 6, 8)).astype(np.float32)
        batch.pred_score = batch.anomaly_map.max(axis=(1, 2, 3))
        save_predictions([batch], results / "predictions.npz")
        return results / "predictions.npz"

    monkeypatch.setattr(recipe, "predict", predict)
    arguments = ["recipe", str(tmp_path / "data"), "part", str(tmp_path / "out"), "--untrained"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert recipe.main() == 0
    assert capsys.readouterr().out.startswith("AU-sPRO@0.05 of part: 0.")
    first = next((tmp_path / "data/part/test/good").iterdir())
    first.with_stem("another").write_bytes(first.read_bytes())  # an image that nothing was predicted for
    monkeypatch.setattr(recipe, "predict", lambda *_, **__: tmp_path / "out/predictions.npz")
    assert recipe.main() == 1
    assert "CUR601 part/test/good/another has no anomaly map" in capsys.readouterr().err
