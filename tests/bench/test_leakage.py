"""The leakage bench, small and without a clock: what is planted must be found, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.bench.leakage import check, decode_only, draw_category, planted

COUNT = 100


def test_the_planted_shots_are_found_and_no_neighbour(tmp_path: Path) -> None:
    draw_category(tmp_path, COUNT, side=160)
    decode_only(tmp_path)
    shots = [line.split() for line in check(tmp_path).splitlines() if line.startswith("CUR302")]
    assert {(words[2].rstrip(":"), words[-1]) for words in shots} == set(planted(COUNT).values())
