"""The bench runs, on little: its ratios are read by people, the clock is asserted nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.demo.scene import harsh
from tests.bench import crop
from tests.crop.workspaces import demo_workspace


def test_both_works_do_the_same_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = harsh(3, 1, 2)
    monkeypatch.setattr(crop, "LARGE", settings)
    demo_workspace(tmp_path, settings)
    for work in crop.WORKS.values():
        work(tmp_path, 1)
    assert crop.matching(tmp_path, rounds=1).startswith("match / decode, CPU: ")
    assert len(list((tmp_path / "records" / "windows").rglob("*.csv"))) == 1


def test_the_accuracy_line_counts_every_frame() -> None:
    assert crop.accuracy([harsh(6, 3, 4)]).startswith("6 frames, ")
