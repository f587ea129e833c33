from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Curate
from tests.evaluate.samples import Item, random_items, write_dataset, write_map, write_submission


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


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
    result = curate("evaluate", submission, "--dataset", dataset, "--no-validate")
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


def test_errors_of_the_dataset_are_told_and_remembered(curate: Curate, dataset: Path, submission: Path) -> None:
    told = [curate("evaluate", submission, "--dataset", dataset) for _ in range(2)]
    assert [result.code for result in told] == [0, 0]
    assert told[0].err == told[1].err
    assert "error(s): `curate validate" in told[0].err  # its images are all alike
    (dataset / "part" / "defects_config.json").write_text("[", encoding="utf-8")
    assert curate("evaluate", submission, "--dataset", dataset).code == 2


def _sound(dataset: Path) -> Path:
    """Make every image another one, so that validation finds no leak."""
    rng = np.random.default_rng(3)
    for path in sorted([*dataset.rglob("train/*/*.png"), *dataset.rglob("test/*/*.png")]):
        write_map(path, rng.integers(0, 255, (9, 11), np.uint8))
    return dataset


def test_what_is_wrong_with_the_test_set_stands_in_the_result(
    tmp_path: Path, curate: Curate, dataset: Path, submission: Path
) -> None:
    arguments = ("evaluate", submission, "--dataset", _sound(dataset), "-q", "--json")
    clean = json.loads(curate(*arguments).out)
    assert "notes" not in clean["categories"]["part"]
    assert "dataset-errors:0" in clean["signature"]
    shutil.rmtree(dataset / "part" / "ground_truth" / "scratch" / "0000")
    result = curate(*arguments, "-o", tmp_path / "result.json")
    assert result.code == 1
    assert "error CUR402 part/test/scratch: the one image of scratch has no mask" in result.err
    document = json.loads(result.out)
    assert [note.partition(":")[0] for note in document["categories"]["part"]["notes"]] == ["CUR402 part/test/scratch"]
    assert "dataset-errors:1" in document["signature"]
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8")) == document
    table = curate("evaluate", submission, "--dataset", dataset)
    assert (table.code, "note: part: CUR402" in table.out) == (1, True)
    unchecked = curate(*arguments, "--no-validate")
    assert (unchecked.code, unchecked.err) == (0, "")
    assert "dataset-errors:not-checked" in json.loads(unchecked.out)["signature"]
    same = curate("evaluate", submission, "--dataset", dataset, "--no-validate", "--verify", tmp_path / "result.json")
    assert (same.code, "the same numbers" in same.out) == (0, True)


def test_errors_of_training_images_change_no_number(curate: Curate, dataset: Path, submission: Path) -> None:
    (_sound(dataset) / "part" / "train" / "good" / "0000.png").write_bytes(b"")
    result = curate("evaluate", submission, "--dataset", dataset)
    assert result.code == 0
    assert "the dataset has 1 error(s)" in result.err


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("test/good/0000,0,5", "line 2: has 3 cells, expected 2: image,score (a decimal comma? write 0.5, not 0,5)"),
        ('test/good/0000,"0,5"', "line 2: '0,5' is no finite number"),
        ("test/good/0000", "line 2: has 1 cells, expected 2: image,score"),
        ("test/good/0000,1_0", "line 2: '1_0' is no finite number"),
        ("test/good/0000,٣", "line 2: '٣' is no finite number"),
    ],
)
def test_a_score_is_never_guessed(curate: Curate, dataset: Path, submission: Path, rows: str, expected: str) -> None:
    keys = ["test/hole/0000", "test/multiple/0000", "test/scratch/0000", "test/good/0001", "test/good/0002"]
    others = "".join(f"{key},0.5\n" for key in keys)
    (submission / "part" / "scores.csv").write_text(f"image,score\n{rows}\n{others}", encoding="utf-8")
    result = curate("evaluate", submission, "--dataset", dataset, "--no-validate")
    assert result.code == 1
    assert expected in result.out
    assert result.out.count("CUR612") == 1


@pytest.mark.parametrize("name", ["scores.csv", "predictions.csv"])
def test_a_table_that_is_no_file_is_not_passed_over(curate: Curate, dataset: Path, submission: Path, name: str) -> None:
    (submission / "part" / name).mkdir()
    result = curate("evaluate", submission, "--dataset", dataset, "--no-validate")
    assert result.code == 1
    assert f"part/{name}: is no plain file" in result.out


def test_a_column_named_twice_is_not_chosen_from(curate: Curate, dataset: Path, submission: Path) -> None:
    (submission / "part" / "scores.csv").write_text("image,score,score\n", encoding="utf-8")
    result = curate("evaluate", submission, "--dataset", dataset, "--no-validate")
    assert result.code == 1
    assert "names a column twice: image,score,score" in result.out


def test_a_partial_submission_only_by_request(curate: Curate, dataset: Path, submission: Path) -> None:
    (submission / "part" / "test" / "good" / "0000.png").unlink()
    arguments = ("evaluate", submission, "--dataset", dataset, "--json")
    assert curate(*arguments).code == 1
    partial = curate(*arguments, "--allow-missing")
    assert partial.code == 0
    document = json.loads(partial.out)
    assert document["left_out"] == {"categories": [], "images": {"part": ["test/good/0000"]}}
    assert "left-out:1" in document["signature"]
    assert document["categories"]["part"]["counts"]["test_good"] == 3


def test_maps_of_another_size_are_resampled_only_by_request(
    tmp_path: Path, curate: Curate, dataset: Path, items: list[Item]
) -> None:
    for item in items:
        item.scores = np.kron(item.scores, np.ones((2, 2), int))
    large = write_submission(tmp_path / "large", "part", items)
    arguments = ("evaluate", large, "--dataset", dataset, "--json")
    assert curate(*arguments).code == 1
    nearest = curate(*arguments, "--resize", "nearest")
    assert nearest.code == 0
    assert "resize:nearest" in json.loads(nearest.out)["signature"]
    assert curate(*arguments, "--resize", "bilinear").code == 0


def test_a_result_can_be_verified(tmp_path: Path, curate: Curate, dataset: Path, submission: Path) -> None:
    output = tmp_path / "result.json"
    written = curate("evaluate", submission, "--dataset", dataset, "--output", output, "--bootstrap", 20, "--seed", 3)
    assert written.code == 0
    low, high = json.loads(output.read_text(encoding="utf-8"))["categories"]["part"]["intervals"]["auroc"]
    assert "95 % of 20 resamples: part: sPRO@0.05 " in written.out
    assert f"AUROC {100 * low:.2f} to {100 * high:.2f}," in written.out
    arguments = ("evaluate", submission, "--dataset", dataset, "--verify", output)
    same = curate(*arguments)
    assert (same.code, "the same numbers come out" in same.out) == (0, True)
    path = submission / "part" / "test" / "good" / "0001.png"
    write_map(path, np.full((9, 11), 3, np.uint16))
    other = curate(*arguments)
    assert other.code == 1
    assert "submission.fingerprint: recorded" in other.out
    assert json.loads(curate(*arguments, "--json").out)["same"] is False


def test_a_result_without_curves_can_still_be_verified(
    tmp_path: Path, curate: Curate, dataset: Path, submission: Path
) -> None:
    output = tmp_path / "result.json"
    arguments = ("evaluate", submission, "--dataset", dataset)
    assert curate(*arguments, "--output", output).code == 0
    document = json.loads(output.read_text(encoding="utf-8"))
    curves = document["categories"]["part"].pop("curves")
    output.write_text(json.dumps(document), encoding="utf-8")
    assert curate(*arguments, "--verify", output).code == 0
    curves["spro"]["spro"][7] += 0.01
    document["categories"]["part"]["curves"] = curves
    output.write_text(json.dumps(document), encoding="utf-8")
    changed = curate(*arguments, "--verify", output)
    assert changed.code == 1
    assert "categories.part.curves.spro.spro[7]: recorded" in changed.out


def test_only_a_result_can_be_verified(tmp_path: Path, curate: Curate, dataset: Path, submission: Path) -> None:
    (tmp_path / "other.json").write_text('{"schema": "curate/findings/1"}', encoding="utf-8")
    result = curate("evaluate", submission, "--dataset", dataset, "--verify", tmp_path / "other.json")
    assert result.code == 2
    assert "is no result of curate" in result.err


def test_several_runs_are_summarised(tmp_path: Path, curate: Curate, dataset: Path) -> None:
    for number in range(3):
        write_submission(tmp_path / "runs" / f"seed{number}", "part", random_items(np.random.default_rng(7)))
        extra = tmp_path / "runs" / f"seed{number}" / "part" / "test" / "good" / "0000.png"
        write_map(extra, np.full((9, 11), number, np.uint16))
    result = curate("evaluate", tmp_path / "runs", "--dataset", dataset, "--json")
    assert result.code == 0
    document = json.loads(result.out)
    values = [run["categories"]["part"]["localization"]["au_spro"]["0.3"] for run in document["runs"]]
    assert document["categories"]["part"]["localization"]["au_spro"]["0.3"] == pytest.approx(np.mean(values))
    assert document["std"]["categories"]["part"]["localization"]["au_spro"]["0.3"] == pytest.approx(
        np.std(values, ddof=1)
    )
    assert [run["submission"]["run"] for run in document["runs"]] == ["seed0", "seed1", "seed2"]
    firsts = [run["categories"]["part"]["images"][0] for run in document["runs"]]
    assert [row["score"] for row in firsts] == [0, 1, 2]
    assert all(run["categories"]["part"]["curves"]["roc"] for run in document["runs"])
    assert not {"images", "curves"} & document["categories"]["part"].keys()
    output = tmp_path / "runs.json"
    assert curate("evaluate", tmp_path / "runs", "--dataset", dataset, "-o", output).code == 0
    assert curate("evaluate", tmp_path / "runs", "--dataset", dataset, "--verify", output).code == 0
    assert "±" in curate("evaluate", tmp_path / "runs", "--dataset", dataset).out


def test_results_keep_their_schema(curate: Curate, dataset: Path, submission: Path) -> None:
    from curate.disk.schema import schema_problems

    result = curate("evaluate", submission, "--dataset", dataset, "--json", "--bootstrap", 10)
    assert schema_problems(json.loads(result.out), "result") == []


@pytest.mark.parametrize("threshold", ["NaN", "[" * 10**5])
@pytest.mark.parametrize("checked", [True, False])
def test_a_configuration_that_is_no_json_is_one_message(
    curate: Curate, dataset: Path, submission: Path, threshold: str, *, checked: bool
) -> None:
    entry = f'{{"defect_name": "hole", "pixel_value": 1, "saturation_threshold": {threshold}'
    (dataset / "part" / "defects_config.json").write_text(f'[{entry}, "relative_saturation": true}}]', encoding="utf-8")
    result = curate("evaluate", submission, "--dataset", dataset, *([] if checked else ["--no-validate"]))
    assert result.code == 2
    assert "is not valid JSON" in result.err


def test_an_image_whose_name_is_not_utf8(tmp_path: Path, curate: Curate, dataset: Path, submission: Path) -> None:
    for path in (_sound(dataset) / "part/test/good/0001.png", submission / "part/test/good/0001.png"):
        path.rename(Path(os.fsdecode(os.fsencode(path.parent) + b"/\xff.png")))
    result = curate("evaluate", submission, "--dataset", dataset, "--json")
    assert result.code == 1
    assert json.loads(result.out)["categories"]["part"]["notes"][0].startswith("CUR201 part/test/good/\\udcff.png")
    output = tmp_path / "result.json"
    assert curate("evaluate", submission, "--dataset", dataset, "-o", output).code == 1
    assert '"image": "test/good/\\udcff"' in output.read_text(encoding="utf-8")


def test_a_message_holds_no_address_in_memory(curate: Curate, dataset: Path, submission: Path) -> None:
    (dataset / "part/test/good/0001.png").write_text("no picture", encoding="utf-8")
    result = curate("evaluate", submission, "--dataset", dataset, "--no-validate")
    assert "is not an image of a known format" in result.out
    assert "0x" not in result.out


def test_several_runs_say_which_of_them_lacks_a_map(tmp_path: Path, curate: Curate, dataset: Path) -> None:
    for number in (1, 2):
        write_submission(tmp_path / "runs" / f"r{number}", "part", random_items(np.random.default_rng(7)))
    (tmp_path / "runs" / "r2" / "part" / "test" / "good" / "0001.png").unlink()
    result = curate("evaluate", tmp_path / "runs", "--dataset", dataset, "--no-validate")
    assert result.code == 1
    assert "error CUR601 r2/part/test/good/0001: has no anomaly map" in result.out
    assert result.out.count("CUR601") == 1
    assert result.err == "refused: nothing was scored (1 finding)\n"
    checked = curate("submission", "check", tmp_path / "runs", "--dataset", dataset)
    assert "CUR601 r2/part/test/good/0001: has no anomaly map" in checked.out + checked.err
