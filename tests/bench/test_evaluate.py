"""The bench's data and works, small and without a clock: what is measured must be what is scored."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.evaluate.run import evaluate_submission
from tests.bench.decode import decode_only
from tests.bench.processes import decoding, evaluating, least
from tests.bench.tank import KINDS, draw_tank


def test_the_three_types_hold_the_same_scores(tmp_path: Path) -> None:
    root = draw_tank(tmp_path, good=5, defective=3, size=(240, 180))
    areas = {}
    for name, (folder, _) in KINDS.items():
        decode_only(root, folder, "test", "train")
        report = evaluate_submission(root / folder, root / "data")
        assert report.result is not None
        block = report.result.to_json()["categories"]["tank"]
        assert (block["counts"]["test_good"], block["counts"]["regions"]) == (5, 3)
        areas[name] = block["localization"]["au_spro"]["0.3"]
    assert areas["16-bit"] == pytest.approx(areas["float32"], abs=1e-4)
    assert areas["8-bit"] == pytest.approx(areas["float32"], abs=2e-2)


def test_the_measured_processes_do_their_work(tmp_path: Path) -> None:
    root = draw_tank(tmp_path, good=2, defective=1, size=(120, 90))
    assert min(least(2, lambda: decoding(root, "u16", "test"))[0]) > 0
    assert min(evaluating(root, "u16", tmp_path / "cache")) > 0
    assert (tmp_path / "cache" / "validation").is_dir()
