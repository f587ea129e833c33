"""Leaderboards: entries, ranks, verification, and pages that are the same bytes for the same results."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.baselines.run import BaselineOptions, run_baseline
from curate.errors import InputError
from curate.evaluate.run import evaluate_submission
from curate.imaging.images import write_png
from curate.leaderboard.entries import ResultFile, entries_of
from curate.leaderboard.run import write_leaderboard
from curate.model.result import Result
from curate.submissions.results import write_result
from tests import results
from tests.baselines.drawn import draw_dataset, files_of
from tests.conftest import Curate

AREAS = {"clip": 0.5, "ring": 0.7}


def made(method: str, areas: dict[str, float], run: str = "1", team: str = "") -> Result:
    """A result with one AU-sPRO@0.05 per category."""
    blocks = {name: results.category_document(localization={"au_spro": {"0.05": area}}) for name, area in areas.items()}
    mean = results.mean_document(au_spro={"0.05": sum(areas.values()) / len(areas)})
    about = {"team": team} if team else {}
    return results.result(method, run, categories=blocks, mean=mean, submission=about)


def written(folder: Path, **named: Result) -> list[Path]:
    paths = []
    for name, result in named.items():
        write_result(folder / f"{name}.json", result)
        paths.append(folder / f"{name}.json")
    return paths


def document(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "leaderboard.json").read_bytes())
    return loaded


def test_ranks_are_those_of_a_computation_by_hand(tmp_path: Path) -> None:
    values = {"a": (0.9, 0.1), "b": (0.8, 0.2), "c": (0.8, 0.9), "d": (0.1, 0.2)}
    paths = written(tmp_path, **{name: made(name, {"clip": one, "ring": two}) for name, (one, two) in values.items()})
    write_leaderboard(paths, tmp_path / "site")
    entries = {entry["title"]: entry["scores"]["au_spro@0.05"] for entry in document(tmp_path / "site")["entries"]}
    # clip: a 1, b and c share 2 and 3, d 4; ring: c 1, b and d share 2 and 3, a 4
    assert {name: entry["clip"]["rank"] for name, entry in entries.items()} == {"a": 1, "b": 2.5, "c": 2.5, "d": 4}
    assert {name: entry["ring"]["rank"] for name, entry in entries.items()} == {"a": 4, "b": 2.5, "c": 1, "d": 2.5}
    assert {name: entry["rank"] for name, entry in entries.items()} == {"a": 2.5, "b": 2.5, "c": 1.75, "d": 3.25}
    assert entries["a"]["mean"]["mean"] == pytest.approx(0.5)
    rows = list(csv.DictReader((tmp_path / "site" / "leaderboard.csv").read_text().splitlines()))
    assert len(rows) == 4 * 3
    best = next(row for row in rows if row["method"] == "c" and row["category"] == "ring")
    assert (float(best["mean"]), float(best["rank"])) == (0.9, 1.0)


def test_equal_method_names_of_two_teams_stay_apart_and_runs_of_one_are_merged(tmp_path: Path) -> None:
    paths = written(
        tmp_path,
        one=made("PaDiM", AREAS, team="Red"),
        two=made("PaDiM", {"clip": 0.9, "ring": 0.9}, team="Blue"),
        three=made("PaDiM", {"clip": 0.7, "ring": 0.9}, run="2", team="Red"),
    )
    write_leaderboard(paths, tmp_path / "site")
    entries = document(tmp_path / "site")["entries"]
    known = {entry["title"]: entry["runs"] for entry in entries}
    assert known == {"Blue · PaDiM": ["1"], "Red · PaDiM": ["1", "2"]}
    red = entries[1]["scores"]["au_spro@0.05"]["clip"]
    assert (red["mean"], red["runs"]) == (pytest.approx(0.6), 2)
    assert red["std"] == pytest.approx(np.std([0.5, 0.7], ddof=1))


def test_without_a_team_each_file_is_an_entry() -> None:
    files = [ResultFile(Path(f"{name}.json"), made("PaDiM", AREAS)) for name in ("x", "y")]
    assert [entry.title for entry in entries_of(files)] == ["PaDiM · x", "PaDiM · y"]
    assert [entry.title for entry in entries_of(files[:1])] == ["PaDiM"]
    twice = [ResultFile(Path(f"{name}.json"), made("PaDiM", AREAS, team="Red")) for name in ("x", "y")]
    with pytest.raises(InputError, match="hold the same run '1'"):
        entries_of(twice)


def test_the_same_results_give_the_same_bytes_in_whatever_order(tmp_path: Path) -> None:
    paths = written(tmp_path, a=made("a", AREAS), b=made("b", {"clip": 0.1, "ring": 0.9}))
    write_leaderboard(paths, tmp_path / "one")
    write_leaderboard([*reversed(paths), paths[0]], tmp_path / "two")
    names = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(names) == 5
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    write_leaderboard(paths[:1], tmp_path / "one")  # an entry that is no more
    assert len(list((tmp_path / "one" / "entries").iterdir())) == 1
    assert document(tmp_path / "one")["entries"][0]["key"] == document(tmp_path / "two")["entries"][0]["key"]


def test_the_page_loads_nothing_and_nothing_in_a_name_is_markup(tmp_path: Path) -> None:
    evil = '</script><img src=x onerror=alert(1)>"&'
    paths = written(tmp_path, a=made(evil, AREAS, team="<b>T</b>"))
    write_leaderboard(paths, tmp_path / "site", title="<i>title</i>")
    for page in (tmp_path / "site").rglob("*.html"):
        text = page.read_text()
        assert "<img" not in text
        assert "<b>T" not in text
        assert "<i>" not in text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
        assert "default-src 'none'" in html.unescape(text)
    assert len(re.findall("</script>", (tmp_path / "site" / "index.html").read_text())) == 2


def test_what_cannot_be_shown_is_named_all_at_once(tmp_path: Path, curate: Curate) -> None:
    paths = written(tmp_path, a=made("a", AREAS))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text('{"schema": "x"}')
    done = curate("leaderboard", *paths, tmp_path / "broken.json", tmp_path / "other.json", "-o", tmp_path / "site")
    assert done.code == 2
    assert "2 of 3 results cannot be shown" in done.err
    assert "broken.json" in done.err
    assert "other.json" in done.err
    assert not (tmp_path / "site").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    assert curate("leaderboard", *paths, "-o", tmp_path / "mine").code == 2
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"
    assert curate("leaderboard", *paths, "-o", tmp_path / "site", "--verify", tmp_path).code == 2


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset, two teams' submissions and their results."""
    folder = tmp_path_factory.mktemp("hosted")
    draw_dataset(folder / "data", train=4, good=3, defective=3)
    run_baseline(folder / "data", folder / "submissions" / "red", BaselineOptions("pixel-gaussian"))
    shutil.copytree(folder / "submissions" / "red", folder / "submissions" / "blue")
    for name in ("red", "blue"):
        path = folder / "submissions" / name / "submission.json"
        path.write_text(json.dumps({"method": "gaussian", "team": name, "train_maps": "leave-one-out"}))
        evaluated(folder, name)
    return folder


def evaluated(folder: Path, name: str) -> None:
    result = evaluate_submission(folder / "submissions" / name, folder / "data").result
    assert result is not None
    write_result(folder / f"{name}.json", result)


def forge_number(folder: Path) -> None:
    """Make the forged number agree with everything else in the file: only a computation finds it."""
    document = json.loads((folder / "red.json").read_bytes())
    block = document["categories"]["ring"]["localization"]
    block["pixel_f1_max_threshold"] += 0.125
    (folder / "red.json").write_text(json.dumps(document))


def edit_setting(folder: Path) -> None:
    document = json.loads((folder / "red.json").read_bytes())
    document["settings"]["resize"] = "bilinear"
    document["signature"] = document["signature"].replace("resize:no", "resize:bilinear")
    document["submission"].pop("files")  # without it nothing in the file contradicts the setting
    (folder / "red.json").write_text(json.dumps(document))


def swap_mask(folder: Path) -> None:
    mask = np.zeros((64, 72, 3), np.uint8)
    mask[:9, :9] = 255
    write_png(folder / "data" / "ring" / "ground_truth" / "block" / "0000" / "0000.png", mask)


def edit_map(folder: Path) -> None:
    path = folder / "submissions" / "red" / "ring" / "test" / "block" / "0000.npy"
    np.save(path, np.load(path) * 1.5)


@pytest.mark.parametrize("forge", [forge_number, edit_setting, edit_map])
def test_what_does_not_come_out_again_is_named_and_not_ranked(
    hosted: Path, tmp_path: Path, curate: Curate, forge: Any
) -> None:
    folder = tmp_path / "hosted"
    shutil.copytree(hosted, folder)
    given = ("leaderboard", folder / "red.json", folder / "blue.json", "-o", folder / "site")
    more = ("--verify", folder / "submissions", "--dataset", folder / "data")
    done = curate(*given, *more)
    assert done.code == 0, done.err
    assert "2 entries ranked, 2 verified" in done.out
    forge(folder)
    done = curate(*given, *more)
    assert done.code == 1
    assert "red · gaussian is not ranked" in done.err
    found = document(folder / "site")
    assert [(entry["title"], entry["verification"]) for entry in found["entries"]] == [("blue · gaussian", "verified")]
    assert [entry["title"] for entry in found["failed"]] == ["red · gaussian"]
    assert "Not ranked" in (folder / "site" / "index.html").read_text()


def test_a_swapped_mask_makes_the_results_strangers(hosted: Path, tmp_path: Path, curate: Curate) -> None:
    folder = tmp_path / "hosted"
    shutil.copytree(hosted, folder)
    swap_mask(folder)
    evaluated(folder, "blue")
    more = ("--verify", folder / "submissions", "--dataset", folder / "data")
    done = curate("leaderboard", folder / "red.json", folder / "blue.json", "-o", folder / "site", *more)
    assert done.code == 1
    assert "red.json is left out: it is of another dataset (ring)" in done.err
    assert [entry["title"] for entry in document(folder / "site")["entries"]] == ["blue · gaussian"]


def test_a_result_without_a_submission_is_shown_unverified(hosted: Path, tmp_path: Path) -> None:
    shutil.copytree(hosted, tmp_path / "hosted")
    folder = tmp_path / "hosted"
    shutil.rmtree(folder / "submissions" / "red")
    shutil.make_archive(str(folder / "submissions" / "blue"), "zip", folder / "submissions" / "blue")
    shutil.rmtree(folder / "submissions" / "blue")
    report = write_leaderboard(
        [folder / "red.json", folder / "blue.json"],
        folder / "site",
        submissions=folder / "submissions",
        dataset_root=folder / "data",
    )
    states = {entry.title: report.standings.verdicts[entry.key].state for entry in report.standings.entries}
    assert states == {"blue · gaussian": "verified", "red · gaussian": "unchecked"}
    assert files_of(folder)  # nothing of the submissions was touched


def test_an_entrys_page_shows_curves_defects_settings_and_fingerprints(hosted: Path, tmp_path: Path) -> None:
    write_leaderboard([hosted / "red.json"], tmp_path / "site")
    (page,) = (tmp_path / "site" / "entries").glob("*.html")
    text = page.read_text()
    result = json.loads((hosted / "red.json").read_bytes())
    assert text.count("<polyline") == 2
    assert '<th scope="row">block</th>' in text
    assert result["dataset"]["fingerprint"] in text
    assert result["submission"]["files"] in text
    assert "resize:no" in text
    assert page.stem in (tmp_path / "site" / "index.html").read_text()


def test_a_report_of_many_methods_shows_the_best_few() -> None:
    from curate.report.scoring import best_methods_first

    many = [made(f"m{place:02d}", {"clip": place / 100}) for place in range(50)]
    shown, note = best_methods_first(many)
    assert [result.submission.method for result in shown] == [f"m{place:02d}" for place in range(42, 50)]
    assert "the best 8 of 50 methods" in note
    assert best_methods_first(many[:8]) == (tuple(many[:8]), "")
