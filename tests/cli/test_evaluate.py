from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Curate
from tests.evaluate.samples import Item, random_items, write_dataset, write_map, write_submission


@pytest.fixture
def items() -> list[Item]:
    return random_items(np.random.default_rng(7))


@pytest.fixture
def dataset(tmp_path: Path, items: list[Item]) -> Path:
    return write_dataset(tmp_path / "data", "part", items)


@pytest.fixture
def submission(tmp_path: Path, items: list[Item]) -> Path:
    return write_submission(tmp_path / "maps", "part", items)


def test_a_table_for_people(curate: Curate, dataset: Path, submission: Path) -> None:
    result = curate("evaluate", submission, "--dataset", dataset)
    assert result.code == 0
    assert result.err == ""
    header, _, row = result.out.splitlines()[:3]
    assert header.split() == ["category", "sPRO@0.01", "sPRO@0.05", "sPRO@0.3", "PRO@0.3", "AUROC", "AP", "TPR@TNR95"]
    assert row.split()[0] == "part"


def test_json_and_the_written_file_are_the_same_document(
    tmp_path: Path, curate: Curate, dataset: Path, submission: Path
) -> None:
    output = tmp_path / "new folder" / "result.json"
    result = curate("evaluate", submission, "--dataset", dataset, "--json", "--output", output)
    assert result.code == 0
    assert json.loads(result.out) == json.loads(output.read_text(encoding="utf-8"))


def test_the_number_of_jobs_changes_no_byte(curate: Curate, dataset: Path, submission: Path) -> None:
    documents = {curate("evaluate", submission, "--dataset", dataset, "--json", "-j", jobs).out for jobs in (1, 2, 5)}
    assert len(documents) == 1


def test_a_refused_submission_names_every_problem_and_writes_nothing(
    tmp_path: Path, curate: Curate, dataset: Path, submission: Path
) -> None:
    folder = submission / "part" / "test"
    (folder / "good" / "0000.png").unlink()
    write_map(folder / "good" / "0001.png", np.zeros((4, 4), np.uint16))
    (folder / "hole" / "0000.png").write_bytes(b"")
    write_map(folder / "hole" / "0001.png", np.zeros((9, 11), np.uint16))
    output = tmp_path / "result.json"
    result = curate("evaluate", submission, "--dataset", dataset, "--output", output)
    assert result.code == 1
    assert not output.exists()
    for code in ("CUR601", "CUR602", "CUR603", "CUR604"):
        assert f"error {code} " in result.out
    assert "part/test/good/0000" in result.out
    assert "AUROC" not in result.out


def test_a_refused_submission_is_findings_in_json(curate: Curate, dataset: Path, submission: Path) -> None:
    for path in (submission / "part" / "test" / "good").iterdir():
        path.write_bytes(path.read_bytes()[:-20])
    result = curate("evaluate", submission, "--dataset", dataset, "--json")
    assert result.code == 1
    document = json.loads(result.out)
    assert document["schema"] == "curate/findings/1"
    assert document["counts"] == {"error": 3, "warning": 0, "info": 0}
    assert {entry["code"] for entry in document["findings"]} == {"CUR603"}


def test_after_ten_findings_of_a_code_only_the_count(curate: Curate, dataset: Path, submission: Path) -> None:
    for number in range(100, 113):
        write_map(submission / "part" / "test" / "good" / f"{number}.png", np.zeros((9, 11), np.uint16))
    result = curate("evaluate", submission, "--dataset", dataset)
    assert result.code == 1
    assert "error CUR602 … and 3 more" in result.out


@pytest.mark.parametrize("wrong", ["submission", "dataset"])
def test_a_wrong_path_is_one_message(
    tmp_path: Path, curate: Curate, dataset: Path, submission: Path, wrong: str
) -> None:
    paths = {"submission": submission, "dataset": dataset} | {wrong: tmp_path / "nowhere"}
    result = curate("evaluate", paths["submission"], "--dataset", paths["dataset"])
    assert result.code == 2
    assert result.out == ""
    assert "nowhere: there is no such folder" in result.err


def test_an_empty_folder_is_no_submission(tmp_path: Path, curate: Curate, dataset: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = curate("evaluate", tmp_path / "empty", "--dataset", dataset)
    assert result.code == 2
    assert "holds no submission for this dataset" in result.err


def test_without_a_workspace_the_dataset_must_be_named(
    tmp_path: Path, curate: Curate, submission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = curate("evaluate", submission)
    assert result.code == 2
    assert "--dataset" in result.err


def test_the_workspace_s_export_is_the_default(
    tmp_path: Path, curate: Curate, items: list[Item], submission: Path
) -> None:
    workspace = tmp_path / "line"
    assert curate("init", workspace).code == 0
    missing = curate("evaluate", submission, "-C", workspace)
    assert (missing.code, "curate export" in missing.err) == (2, True)
    write_dataset(workspace / "build" / "autovi", "part", items)
    assert curate("evaluate", submission, "-C", workspace).code == 0


def test_one_category_of_several(tmp_path: Path, curate: Curate, items: list[Item], submission: Path) -> None:
    dataset = write_dataset(tmp_path / "data", "part", items)
    write_dataset(tmp_path / "data", "other", items)
    refused = curate("evaluate", submission, "--dataset", dataset)
    assert refused.code == 1
    assert "CUR610 other: is not in the submission" in refused.out
    chosen = curate("evaluate", submission, "--dataset", dataset, "-c", "part", "--json")
    assert chosen.code == 0
    assert list(json.loads(chosen.out)["categories"]) == ["part"]


def test_maps_of_a_single_category_directly_under_the_submission(
    curate: Curate, dataset: Path, submission: Path
) -> None:
    whole = curate("evaluate", submission, "--dataset", dataset, "--json")
    flat = curate("evaluate", submission / "part" / "test", "--dataset", dataset, "--json")
    assert flat.code == whole.code == 0
    assert json.loads(flat.out)["categories"] == json.loads(whole.out)["categories"]
