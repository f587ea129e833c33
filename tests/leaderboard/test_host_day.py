"""A host's day, played: twelve submissions to a concealed dataset, four of them broken or dishonest, and the ranks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from curate.submissions.concealed import read_key
from tests.baselines.drawn import SIZE, draw_dataset, mask_of
from tests.conftest import Curate

HONEST = {f"team{place:02d}": 0.3 + 0.35 * place for place in range(8)}
"""How far each team's maps raise the defect above the noise; the last two hand in the same maps."""
TWINS = ("team06", "team07")


def scores_of(name: str, *, shows: int | None, strength: float) -> NDArray[np.float32]:
    noise = np.random.default_rng([int(digit) for digit in name if digit.isdigit()]).normal(size=(SIZE[1], SIZE[0]))
    return (noise + strength * (mask_of(shows) > 0 if shows is not None else 0)).astype(np.float32)


def hand_in(folder: Path, images: dict[str, str], team: str, strength: float) -> None:
    """Write the maps of a team below the neutral names of the public half; only this test knows what they show."""
    for name, own in images.items():
        if name.startswith("test/"):
            shows = 200 + int(own.rpartition("/")[2]) if "/block/" in own else None
            target = folder / "ring" / f"{name}.npy"
            target.parent.mkdir(parents=True, exist_ok=True)
            np.save(target, scores_of(name, shows=shows, strength=strength))
    (folder / "submission.json").write_text(json.dumps({"method": "PaDiM", "team": team}))


def auroc_by_pairs(folder: Path, images: dict[str, str]) -> float:
    """The share of pairs of a defective and a good image that their maxima order rightly, ties half."""
    maxima = {
        own: float(np.load(folder / "ring" / f"{name}.npy").max())
        for name, own in images.items()
        if name.startswith("test/")
    }
    good, bad = ([value for own, value in maxima.items() if kind in own] for kind in ("/good/", "/block/"))
    return float(np.mean([(b > g) + 0.5 * (b == g) for b in bad for g in good]))


def pixel_auroc_by_ranks(folder: Path, images: dict[str, str]) -> float:
    """The Mann-Whitney statistic of all pixels of the test set, by sorting."""
    from scipy.stats import rankdata

    scores, truth = [], []
    for name, own in images.items():
        if name.startswith("test/"):
            scores.append(np.load(folder / "ring" / f"{name}.npy").ravel())
            truth.append((mask_of(200 + int(own[-4:])) > 0 if "/block/" in own else np.zeros(SIZE[::-1], bool)).ravel())
    inside = np.concatenate(truth)
    ranks = rankdata(np.concatenate(scores))
    count = int(inside.sum())
    return float((ranks[inside].sum() - count * (count + 1) / 2) / (count * (inside.size - count)))


def competition_ranks(values: dict[str, float]) -> dict[str, float]:
    """Rank from the highest, equal values sharing the mean of their places."""
    return {
        name: 1 + sum(other > value for other in values.values()) + (list(values.values()).count(value) - 1) / 2
        for name, value in values.items()
    }


@pytest.fixture
def inbox(tmp_path: Path, curate: Curate) -> tuple[Path, dict[str, str]]:
    """Twelve submissions: eight honest ones, two that are broken, two whose results will be forged."""
    draw_dataset(tmp_path / "data", train=2, good=5, defective=5)
    given = ("--public", tmp_path / "public", "--private", tmp_path / "key.json", "--seed", 3)
    assert curate("conceal", tmp_path / "data", *given).code == 0
    images = dict(read_key(tmp_path / "key.json").images["ring"])
    strengths = {**HONEST, TWINS[1]: HONEST[TWINS[0]], "lacking": 1.0, "nan": 1.0, "forger": 0.2, "painter": 0.2}
    for team, strength in strengths.items():
        hand_in(tmp_path / "in" / team, images, team, strength)
    (tmp_path / "in" / "lacking" / "ring" / "test" / "images" / "0003.npy").unlink()
    path = tmp_path / "in" / "nan" / "ring" / "test" / "images" / "0004.npy"
    np.save(path, np.where(np.load(path) > 2, np.nan, np.load(path)))
    return tmp_path / "in", images


def forge(results: Path, inbox: Path) -> None:
    """Raise a number that nothing else in the file contradicts; and exchange a map after its result was made."""
    document: dict[str, Any] = json.loads((results / "forger.json").read_bytes())
    document["categories"]["ring"]["localization"]["pixel_f1_max_threshold"] += 0.125
    (results / "forger.json").write_text(json.dumps(document))
    path = inbox / "painter" / "ring" / "test" / "images" / "0000.npy"
    np.save(path, np.load(path) + 1)


def test_four_of_twelve_are_found_and_the_ranks_are_those_of_another_computation(
    tmp_path: Path, inbox: tuple[Path, dict[str, str]], curate: Curate
) -> None:
    folder, images = inbox
    for team in sorted(path.name for path in folder.iterdir()):
        checked = curate("submission", "check", folder / team, "--dataset", tmp_path / "public")
        assert (checked.code != 0) == (team in {"lacking", "nan"}), team
        assert "block" not in checked.out + checked.err
    truth = ("--dataset", tmp_path / "data", "--key", tmp_path / "key.json")
    scored = curate("evaluate", *sorted(folder.iterdir()), *truth, "--output-dir", tmp_path / "results")
    assert scored.code == 1
    assert "10 accepted, 2 refused" in scored.err
    assert "block" not in scored.out + scored.err
    forge(tmp_path / "results", folder)
    results = sorted((tmp_path / "results").glob("*.json"))
    board = curate("leaderboard", *results, "-o", tmp_path / "site", "--verify", folder, *truth)
    assert board.code == 1
    found = json.loads((tmp_path / "site" / "leaderboard.json").read_bytes())
    assert sorted(entry["title"] for entry in found["failed"]) == ["forger · PaDiM", "painter · PaDiM"]
    assert {entry["verification"] for entry in found["entries"]} == {"verified"}
    shown = {entry["title"].partition(" ")[0]: entry["scores"] for entry in found["entries"]}
    assert set(shown) == set(HONEST)
    for metric, computed in (("auroc", auroc_by_pairs), ("pixel_auroc", pixel_auroc_by_ranks)):
        values = {team: computed(folder / team, images) for team in HONEST}
        ranks = competition_ranks(values)
        assert ranks[TWINS[0]] == ranks[TWINS[1]]  # equal maps share a rank
        for team, entry in shown.items():
            assert entry[metric]["ring"]["mean"] == pytest.approx(values[team], abs=1e-12)
            assert entry[metric]["ring"]["rank"] == ranks[team]
