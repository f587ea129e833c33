"""Forged results: each edit is refused by ``--verify``; one that contradicts the file itself by all that read it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate import __version__
from curate.errors import ImageError, InputError
from curate.evaluate.consistency import contradictions, read_checked_result
from curate.evaluate.provenance import submission_fingerprint
from curate.evaluate.result import mean_over_categories
from curate.evaluate.run import FingerprintRule, evaluate_submission, score_folders
from curate.evaluate.verify import verify_result
from curate.execution import Execution
from curate.model.evaluation_options import EvaluationOptions
from curate.model.result import Result
from curate.model.typed_json import encode
from curate.submissions.results import read_result
from tests.conftest import Curate
from tests.evaluate.samples import random_items, write_dataset, write_image, write_map, write_submission

Edit = Callable[[dict[str, Any]], None]

OPTIONS = EvaluationOptions(allow_missing=True, bootstrap=5)
SHA = "sha256:" + "1" * 64


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two categories, called as keys of the format are: the first forgery of ../shared/cases/reliability."""
    for number, name in enumerate(("notes", "signature")):
        items = random_items(np.random.default_rng(number))
        write_dataset(tmp_path / "data", name, items)
        write_submission(tmp_path / "maps", name, items, train=[4, 9, 7])
    (tmp_path / "maps/notes/test/good/0001.png").unlink()
    return tmp_path / "data"


@pytest.fixture
def document(tmp_path: Path, dataset: Path) -> dict[str, Any]:
    report = evaluate_submission(tmp_path / "maps", dataset, options=OPTIONS, dataset_findings=())
    assert report.result is not None
    whole: dict[str, Any] = json.loads(json.dumps(report.result.to_json()))
    return whole


def write(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def put(*way: Any, value: Any) -> Edit:
    """Return an edit: another value, or what a function makes of the old one."""

    def edit(document: dict[str, Any]) -> None:
        inside: Any = document
        for key in way[:-1]:
            inside = inside[key]
        inside[way[-1]] = value(inside[way[-1]]) if callable(value) else value

    return edit


def drop(*way: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        inside: Any = document
        for key in way[:-1]:
            inside = inside[key]
        del inside[way[-1]]

    return edit


def sealed(edit: Edit) -> Edit:
    """Return an edit that computes the fingerprint anew, as somebody would who has read the code."""

    def both(document: dict[str, Any]) -> None:
        edit(document)
        result = Result.from_json(document)
        about = result.submission
        assert result.settings is not None
        document["submission"]["fingerprint"] = submission_fingerprint(
            about.files or "", about.method, about.run, result.settings, result.left_out
        )

    return both


def averaged(edit: Edit) -> Edit:
    """Return an edit that computes the mean anew, too."""

    def both(document: dict[str, Any]) -> None:
        edit(document)
        mean = mean_over_categories(Result.from_json(document).categories.values())
        document["mean"] = encode(mean)

    return both


def says(old: str, new: str) -> Edit:
    return put("signature", value=lambda text: text.replace(old, new))


def lower_scores_of_good_images(document: dict[str, Any]) -> None:
    for image in document["categories"]["notes"]["images"]:
        image["score"] -= 100.0 * (image["label"] == "good")


def call_defective_images_good(document: dict[str, Any]) -> None:
    for image in document["categories"]["notes"]["images"]:
        image["label"] = "good"
        image.pop("defects", None)


ENTRY = ("categories", "notes")
PLACES = (*ENTRY, "localization")
DETECTION = (*ENTRY, "detection")
ANOTHER = ["test/good/0000"]

CONTRADICTIONS: dict[str, Edit] = {
    "sPRO of a category called notes": averaged(put(*PLACES, "au_spro", "0.05", value=0.9999)),
    "AUROC of a category called notes": averaged(put(*DETECTION, "auroc", value=0.9999)),
    "AP of a category called signature": put("categories", "signature", "detection", "ap", value=0.9999),
    "F1": put(*DETECTION, "f1_max", value=0.5),
    "TPR": put(*DETECTION, "tpr_at_tnr", "0.95", value=0.123),
    "AUROC of one defect": put(*DETECTION, "by_defect", "hole", "auroc", value=0.111),
    "deployed threshold": put(*DETECTION, "deployed", "0.01", "recall", value=0.987),
    "pixel AUROC": averaged(put(*PLACES, "pixel_auroc", value=0.9999)),
    "mean": put("mean", "auroc", value=0.9),
    "curve of images": put(*ENTRY, "curves", "roc", "threshold", 1, value=77.0),
    "scores of images": lower_scores_of_good_images,
    "an image is left out": drop(*ENTRY, "images", 0),
    "an image is called good": call_defective_images_good,
    "an image twice": put(*ENTRY, "images", value=lambda images: [*images, images[0]]),
    "signature": put("signature", value="anything"),
    "signature: nothing was left out": says("left-out:1", "left-out:0"),
    "signature: resampled": says("resize:no", "resize:nearest"),
    "version": put("curate_version", value="9.9"),
    "method": put("submission", "method", value="mine"),
    "run": put("submission", "run", value="best"),
    "files": put("submission", "files", value=SHA),
    "settings": put("settings", "bootstrap", value=1000),
    "settings, sealed": sealed(put("settings", "seed", value=3)),
    "left out": put("left_out", "images", "notes", value=ANOTHER),
    "nothing left out": drop("left_out"),
    "one category less": drop("categories", "signature"),
}
"""What the rest of the file says the opposite of."""

LIES: dict[str, Edit] = {
    "sPRO within the bounds of its curve": averaged(put(*PLACES, "au_spro", "1.0", value=lambda old: old - 1e-6)),
    "pixel AP": averaged(put(*PLACES, "pixel_ap", value=0.99)),
    "dice": put(*ENTRY, "segmentation", "dice", value=0.99),
    "interval": put(*ENTRY, "intervals", "auroc", value=[0.99, 1.0]),
    "curve": put(*ENTRY, "curves", "spro", "threshold", 7, value=lambda old: old + 1e-6),
    "regions": put(*ENTRY, "counts", "regions", value=300),
    "signature: another rule": says("ties:slanted", "ties:best"),
    "signature: errors of the dataset": says("dataset-errors:0", "dataset-errors:3"),
    "method, sealed": sealed(put("submission", "method", value="mine")),
    "files, sealed": sealed(put("submission", "files", value=SHA)),
    "left out, sealed": sealed(put("left_out", "images", "notes", value=ANOTHER)),
    "dataset's name": put("dataset", "name", value="AutoVI"),
    "dataset's fingerprint": put("dataset", "fingerprint", value=SHA),
    "note": put(*PLACES, "notes", value=lambda _: ["checked by a notary"]),
    "note about the dataset": lambda document: document["categories"]["notes"].update(notes=["checked by a notary"]),
    "key of its own": lambda document: document["categories"]["notes"].update(award=1),
    "key of its own at the top": lambda document: document.update(verified=True),
}
"""What only the maps can disprove."""


@pytest.mark.parametrize("name", [*CONTRADICTIONS, *LIES])
def test_an_edit_is_refused(tmp_path: Path, dataset: Path, document: dict[str, Any], name: str) -> None:
    document["categories"]["notes"]["localization"].setdefault("notes", [])
    forged = copy.deepcopy(document)
    (CONTRADICTIONS | LIES)[name](forged)
    assert forged != document
    for made in (document, forged):
        if made["categories"]["notes"]["localization"]["notes"] == []:
            del made["categories"]["notes"]["localization"]["notes"]
    path = write(tmp_path / "forged.json", forged)
    assert verify_result(path, tmp_path / "maps", dataset, dataset_findings=()).differences
    wrong, _ = contradictions(Result.from_json(forged))
    assert bool(wrong) == (name in CONTRADICTIONS), wrong
    if wrong:
        with pytest.raises(InputError, match="does not agree with itself, so it was edited or damaged"):
            read_checked_result(path)


def test_an_honest_result_holds(tmp_path: Path, dataset: Path, document: dict[str, Any]) -> None:
    path = write(tmp_path / "honest.json", document)
    outcome = verify_result(path, tmp_path / "maps", dataset, dataset_findings=())
    assert (outcome.differences, outcome.unverified) == ((), ())
    assert read_checked_result(path)[1] == ()


def test_everything_that_shows_results_refuses_one_that_contradicts_itself(
    tmp_path: Path, curate: Curate, document: dict[str, Any]
) -> None:
    put(*DETECTION, "auroc", value=0.9999)(document)
    path = write(tmp_path / "forged.json", document)
    for command in (
        ("compare", path),
        ("report", "--result", path, "-o", tmp_path / "r.html"),
        ("plot", "curves", path, "-o", tmp_path / "c.png"),
    ):
        refused = curate(*command)
        assert refused.code == 2
        assert "forged.json: does not agree with itself" in refused.err
        assert "categories.notes.detection.auroc: recorded 0.9999, computed" in refused.err
        assert "next: run `curate evaluate" in refused.err


@pytest.mark.parametrize(
    "way",
    [
        ("mean", "auroc"),
        ("std", "mean", "auroc"),
        ("categories", "part", "localization", "au_spro", "0.3"),
        ("runs", 1, "categories", "part", "detection", "ap"),
    ],
)
def test_means_over_runs_must_be_those_of_the_runs(tmp_path: Path, way: tuple[Any, ...]) -> None:
    for number in range(2):
        write_submission(tmp_path / f"runs/{number}", "part", random_items(np.random.default_rng(7 + number)))
    dataset = write_dataset(tmp_path / "data", "part", random_items(np.random.default_rng(7)))
    report = evaluate_submission(tmp_path / "runs", dataset)
    assert report.result is not None
    assert contradictions(report.result) == ([], ())
    document = json.loads(json.dumps(report.result.to_json()))
    path = write(tmp_path / "several.json", document)
    assert verify_result(path, tmp_path / "runs", dataset).differences == ()
    put(*way, value=0.4321)(document)
    assert contradictions(Result.from_json(document))[0]
    assert verify_result(write(path, document), tmp_path / "runs", dataset).differences


def test_the_fingerprint_of_several_runs_covers_each(tmp_path: Path) -> None:
    runs = [random_items(np.random.default_rng(number)) for number in (1, 2)]
    dataset = write_dataset(tmp_path / "data", "part", runs[0])
    prints = set()
    for number in range(3):  # the second run changes
        for run, items in enumerate((runs[0], runs[0] if number else runs[1])):
            write_submission(tmp_path / f"runs{number}/{run}", "part", items)
        if number == 2:
            write_map(tmp_path / "runs2/1/part/test/good/0000.png", np.zeros((9, 11), np.uint16))
        result = evaluate_submission(tmp_path / f"runs{number}", dataset).result
        assert result is not None
        prints.add(result.submission.fingerprint)
    assert len(prints) == 3


def test_scoring_reads_an_image_once_and_verifying_reads_it_again(tmp_path: Path, dataset: Path) -> None:
    maps = tmp_path / "maps"
    first = evaluate_submission(maps, dataset, options=OPTIONS).result
    (memory,) = (tmp_path / "cache/digests").glob("*.json")
    remembered = json.loads(memory.read_bytes())
    assert len(remembered["files"]) == 2 * (3 + 6)
    remembered["files"]["notes/train/good/0000.png"][1] = "0" * 64
    memory.write_text(json.dumps(remembered), encoding="utf-8")
    second = evaluate_submission(maps, dataset, options=OPTIONS).result
    assert first is not None
    assert second is not None
    assert second.dataset.fingerprint != first.dataset.fingerprint  # it believed its memory
    path = write(tmp_path / "result.json", first.to_json())
    assert verify_result(path, maps, dataset).differences == ()  # it looked
    assert evaluate_submission(maps, dataset, options=OPTIONS).result == first  # and remembered what it saw


@pytest.mark.parametrize("side", ["train", "test"])
def test_an_image_of_other_pixels_is_another_dataset(
    tmp_path: Path, dataset: Path, document: dict[str, Any], side: str
) -> None:
    path = write(tmp_path / "result.json", document)
    write_image(dataset / f"notes/{side}/good/0000.png", np.full((9, 11), 91, np.uint8))
    category, whole = verify_result(path, tmp_path / "maps", dataset).differences
    assert category.startswith("dataset.category_fingerprints.notes: recorded sha256:")
    assert whole.startswith("dataset.fingerprint: recorded sha256:")


def test_a_broken_memory_is_no_memory(tmp_path: Path, dataset: Path) -> None:
    expected = evaluate_submission(tmp_path / "maps", dataset, options=OPTIONS).result
    (memory,) = (tmp_path / "cache/digests").glob("*.json")
    for text in ("", "[]", "{}", '{"schema": "curate/digests/1", "files": [1]}', '{"schema": "curate/digests/1"}'):
        memory.write_text(text, encoding="utf-8")
        assert evaluate_submission(tmp_path / "maps", dataset, options=OPTIONS).result == expected


def test_an_image_that_cannot_be_read_leaves_nothing_scored(
    tmp_path: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unplugged(path: Path) -> bytes:
        if path.name == "0000.png" and "train" in path.parts:
            raise ImageError("cannot be read: Input/output error", path=path)
        return path.read_bytes()

    monkeypatch.setattr("curate.evaluate.image_digests.read_file", unplugged)
    report = evaluate_submission(tmp_path / "maps", dataset, options=OPTIONS)
    assert report.result is None
    assert [(finding.code, finding.path) for finding in report.findings] == [
        ("CUR621", "notes/train/good/0000.png"),
        ("CUR621", "signature/train/good/0000.png"),
    ]


def test_results_of_version_1_are_verified_by_its_fingerprints_and_say_so(
    tmp_path: Path, curate: Curate, dataset: Path
) -> None:
    maps = tmp_path / "maps"
    old = score_folders(maps, dataset, OPTIONS, (), Execution(), rule=FingerprintRule(1)).result
    assert old is not None
    document = json.loads(json.dumps(old.to_json()))
    assert "fingerprint_version" not in document["dataset"]
    assert set(document["submission"]) == {"method", "run", "fingerprint"}
    for entry in document["categories"].values():
        for image in entry["images"]:
            image.pop("defects", None)  # which version 1 did not hold
    path = write(tmp_path / "old.json", document)
    outcome = verify_result(path, maps, dataset, dataset_findings=())
    assert outcome.differences == ()
    assert "version 1, which cover neither the pixels" in outcome.unverified[0]
    shown = curate("evaluate", maps, "--dataset", dataset, "--no-validate", "--verify", path)
    assert shown.code == 0
    assert "not verified: its fingerprints are of version 1" in shown.out
    assert "not verified: errors of the dataset: recorded 0, not looked at now" in shown.out
    compared = curate("compare", path)
    assert compared.code == 0
    assert f"note: {path}: its fingerprints are of version 1" in compared.err
    put(*DETECTION, "auroc", value=0.9999)(document)
    assert contradictions(Result.from_json(document))[0]


def test_words_of_another_version_are_named_and_not_taken_for_numbers(
    tmp_path: Path, dataset: Path, document: dict[str, Any]
) -> None:
    document["curate_version"] = "0.0.9"
    says(f"curate:{__version__}", "curate:0.0.9")(document)
    document["categories"]["notes"]["localization"]["notes"] = ["in other words"]
    path = write(tmp_path / "other.json", document)
    outcome = verify_result(path, tmp_path / "maps", dataset, dataset_findings=())
    assert outcome.differences == ()
    assert outcome.unverified == (f"notes: worded otherwise than by curate {__version__}",)


def test_settings_that_nobody_here_knows_are_refused(tmp_path: Path, dataset: Path, document: dict[str, Any]) -> None:
    path, maps = tmp_path / "r.json", tmp_path / "maps"
    document["settings"]["new rule"] = True
    with pytest.raises(InputError, match="settings that this version does not know: new rule"):
        verify_result(write(path, document), maps, dataset)
    del document["settings"]
    with pytest.raises(InputError, match="does not say which settings"):
        verify_result(write(path, document), maps, dataset)
    document["settings"] = OPTIONS.to_json()
    document["dataset"]["fingerprint_version"] = 3
    with pytest.raises(InputError, match="fingerprints of version 3"):
        verify_result(write(path, document), maps, dataset)


def test_defects_that_a_folder_does_not_name_are_in_the_file(tmp_path: Path) -> None:
    items = random_items(np.random.default_rng(3))
    dataset = write_dataset(tmp_path / "data", "part", items)
    result = evaluate_submission(write_submission(tmp_path / "maps", "part", items), dataset).result
    assert result is not None
    named = {image.image: image.defects for image in result.categories["part"].images or ()}
    assert named["test/good/0000"] is None
    assert named["test/multiple/0000"] == ("hole", "scratch")
    assert named["test/hole/0000"] is None
    assert contradictions(result) == ([], ())


def test_a_result_of_few_maps_agrees_with_itself(tmp_path: Path) -> None:
    items = random_items(np.random.default_rng(3))
    dataset = write_dataset(tmp_path / "data", "part", items)
    write_map(tmp_path / "maps/part/test/good/0000.png", items[0].scores.astype(np.uint16))
    result = evaluate_submission(tmp_path / "maps", dataset, options=EvaluationOptions(allow_missing=True)).result
    assert result is not None
    assert result.left_out is not None
    assert contradictions(result) == ([], ())


@pytest.mark.parametrize("part", ["dataset", "submission"])
def test_what_a_fingerprint_covers_is_listed_and_an_edited_list_is_found(
    tmp_path: Path, dataset: Path, document: dict[str, Any], part: str
) -> None:
    covers = document[part]["covers"]
    expected = {
        "dataset": (
            {"names of images", "sizes of test images", "bytes of masks", "defects_config.json"},
            "dataset.json",
        ),
        "submission": ({"bytes of maps", "method", "settings"}, "numbers of the result"),
    }
    named, other = expected[part]
    assert named <= {name for name, covered in covers.items() if covered}
    assert covers[other] is False
    covers[other] = True
    path = write(tmp_path / "result.json", document)
    found = verify_result(path, tmp_path / "maps", dataset).differences
    assert found == (f"{part}.covers.{other}: recorded True, computed False",)
    del document[part]["covers"]  # as results of before
    assert verify_result(write(path, document), tmp_path / "maps", dataset).differences == ()
    assert read_result(path).to_json() == document
