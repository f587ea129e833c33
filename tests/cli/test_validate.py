from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from curate.disk.schema import schema_problems
from curate.model.codes import ALL_CODES
from tests.conftest import Curate
from tests.workspaces import TinyWorkspace

CASES = Path(__file__).parents[1] / "cases"


def lay_over(case: str, root: Path) -> Path:
    from tests.validate.test_cases import build

    build(CASES / case, root)
    return root


def test_a_clean_dataset_exits_0(curate: Curate) -> None:
    result = curate("validate", CASES / "ok")
    assert (result.code, result.out) == (0, "")
    assert result.err == "checked 20 images and 6 masks: 0 errors, 0 warnings\n"


def test_findings_as_json_keep_their_promise(tmp_path: Path, curate: Curate) -> None:
    root = lay_over("CUR301/fires", tmp_path / "data")
    result = curate("validate", root, "--json")
    document = json.loads(result.out)
    assert result.code == 1
    assert schema_problems(document, "findings") == []
    assert document["path_root"] == str(root)
    assert document["checked"] == {"images": 20, "masks": 6}
    assert document["counts"] == {"error": 1, "warning": 0, "info": 0}
    assert document["findings"] == [
        {
            "code": "CUR301",
            "severity": "error",
            "message": "is a copy of part/train/good/0005.png",
            "path": "part/test/good/0003.png",
            "related": ["part/train/good/0005.png"],
            "hint": "remove it from one of the splits",
        }
    ]


def test_strict_counts_warnings(tmp_path: Path, curate: Curate) -> None:
    root = lay_over("CUR205/fires", tmp_path / "data")
    assert curate("validate", root).code == 0
    assert curate("validate", root, "--strict").code == 1


def test_explain(curate: Curate) -> None:
    result = curate("validate", "--explain", "cur301")
    assert result.code == 0
    assert "test/good/0003.png is a copy of train/good/0140.png" in result.out


def test_explain_all(curate: Curate) -> None:
    codes = json.loads(curate("validate", "--explain", "all", "--json").out)
    assert [entry["code"] for entry in codes] == sorted(entry.code for entry in ALL_CODES)
    assert all(entry[part] for entry in codes for part in ("title", "why", "example", "fix"))


def test_explain_an_unknown_code_exits_2(curate: Curate) -> None:
    assert curate("validate", "--explain", "CUR999").code == 2


def test_unusable_paths_exit_2_with_one_message(tmp_path: Path, curate: Curate) -> None:
    missing = curate("validate", tmp_path / "nowhere")
    empty = curate("validate", tmp_path)
    assert (missing.code, empty.code) == (2, 2)
    assert missing.err.startswith("error: ")
    assert "expected <category>/test/<good or defect>" in empty.err


def test_the_real_autovi_sample_is_clean(shared: Path, curate: Curate) -> None:
    result = curate("validate", shared / "data/autovi_pipe_staple", "--json")
    document = json.loads(result.out)
    assert result.code == 0
    assert document["counts"]["error"] == 0
    assert document["counts"]["warning"] <= 2
    assert document["checked"] == {"images": 130, "masks": 30}


def test_other_forms(tmp_path: Path, curate: Curate) -> None:
    root = lay_over("CUR301/fires", tmp_path / "data")
    assert json.loads(curate("validate", root, "--format", "sarif").out)["version"] == "2.1.0"
    assert curate("validate", root, "--format", "junit").out.startswith("<?xml")


def test_fix_mends_and_tells(tmp_path: Path, curate: Curate) -> None:
    root = lay_over("CUR408/fires", tmp_path / "data")
    result = curate("validate", root, "--fix", "--strict")
    assert result.code == 0
    assert "corrected part/ground_truth/scratch/0002/0000.png: three channels" in result.err


def test_a_workspace_is_checked_with_its_export(tmp_path: Path, curate: Curate) -> None:
    frames = [("good", "train", ()), ("good", "test", ()), ("scratch", "test", ("scratch",))]
    TinyWorkspace(tmp_path, frames).write()
    assert curate("validate", "-C", tmp_path).code == 0
    assert curate("export", "-C", tmp_path).code == 0
    clean = json.loads(curate("validate", "-C", tmp_path, "--json").out)
    assert clean["path_root"] == str(tmp_path)
    assert clean["checked"] == {"images": 3, "masks": 1}
    assert [(entry["code"], entry["path"]) for entry in clean["findings"]] == [
        ("CUR123", "build/autovi/part/defects_config.json")
    ]
    record = tmp_path / "records/splits/default/part.csv"
    record.write_text(record.read_text() + "\n")
    stale = json.loads(curate("validate", tmp_path, "--json").out)
    assert [entry["code"] for entry in stale["findings"]] == ["CUR123", "CUR550"]
    assert "records/splits/default/part.csv changed" in stale["findings"][1]["message"]


def test_every_export_of_a_workspace_is_checked(tmp_path: Path, curate: Curate) -> None:
    frames = [("good", "train", ()), ("good", "test", ()), ("scratch", "test", ("scratch",))]
    TinyWorkspace(tmp_path, frames).write()
    for layout in ("mvtec-ad", "visa"):
        assert curate("export", "-C", tmp_path, "--layout", layout).code == 0
    image = next((tmp_path / "build/mvtec-ad/part/test/good").iterdir())
    image.unlink()  # it is linked: only this name of it is to change
    image.write_bytes(b"")
    path = tmp_path / "records/splits/default/part.csv"
    path.write_text(path.read_text() + "\n")
    for names in ((), ("-c", "part")):
        document = json.loads(curate("validate", "-C", tmp_path, "--json", *names).out)
        assert document["checked"]["images"] == 6
        found = {(entry["code"], entry["path"]) for entry in document["findings"]}
        assert ("CUR201", "build/mvtec-ad/part/test/good/0000.png") in found
        assert {("CUR550", f"records/stamps/export-{name}/part.json") for name in ("mvtec-ad", "visa")} <= found
    hints = {entry["hint"] for entry in document["findings"] if entry["code"] == "CUR550"}
    assert "run `curate export -c part --layout visa`" in hints


def test_a_category_copied_into_itself_is_told_once(tmp_path: Path, curate: Curate) -> None:
    root = lay_over("CUR408/silent", tmp_path / "data")
    shutil.copytree(root / "part", tmp_path / "copy")
    (tmp_path / "copy/defects_config.json").unlink()
    shutil.move(tmp_path / "copy", root / "part/part")
    document = json.loads(curate("validate", root, "--json").out)
    (finding,) = [entry for entry in document["findings"] if entry["severity"] != "info"]
    assert (finding["code"], finding["path"]) == ("CUR106", "part/part")


def test_an_empty_dataset_is_not_told_to_export(tmp_path: Path, curate: Curate) -> None:
    (tmp_path / "part/train/good").mkdir(parents=True)
    (tmp_path / "part/test/good").mkdir(parents=True)
    (tmp_path / "part/test/good/notes.md").write_text("x")
    assert "nothing has been exported" not in curate("validate", tmp_path).err


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may read or write the cache of the person who runs it."""
    monkeypatch.setenv("CURATE_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        (
            '[{"defect_name": "dent", "pixel_value": 255, "saturation_threshold": NaN, "relative_saturation": true}]',
            "CUR121",
            "NaN is no JSON number",
        ),
        ("[" * 10**5, "CUR121", "nested too deeply"),
        ("null", "CUR121", "is null, expected a list"),
        ("[]", "CUR404", "defects_config.json knows no value"),
    ],
)
def test_a_configuration_that_evaluation_would_refuse(
    tmp_path: Path, curate: Curate, config: str, code: str, words: str
) -> None:
    root = lay_over("CUR301/silent", tmp_path / "data")
    (root / "part" / "defects_config.json").write_text(config, encoding="utf-8")
    result = curate("validate", root, "--no-cache")
    assert result.code == 1
    assert f"error {code} " in result.out
    assert words in result.out


def test_a_name_that_is_not_utf8_is_said_in_utf8(tmp_path: Path, curate: Curate) -> None:
    root = lay_over("CUR301/silent", tmp_path / "data")
    image = root / "part" / "test" / "good" / "0001.png"
    image.rename(Path(os.fsdecode(os.fsencode(image.parent) + b"/\xff.png")))
    for form in ("json", "sarif", "junit"):
        written = curate("validate", root, "--format", form)
        assert written.code == 1
        assert b"udcff.png" in written.out.encode()  # fails where the output is no UTF-8
    findings = json.loads(curate("validate", root, "--json").out)["findings"]
    (finding,) = [finding for finding in findings if finding["code"] == "CUR201"]
    assert (finding["path"], finding["severity"]) == ("part/test/good/\\udcff.png", "error")


def test_a_line_break_in_a_name_breaks_no_line(tmp_path: Path, curate: Curate) -> None:
    root = lay_over("CUR301/silent", tmp_path / "data")
    (root / "part" / "test" / "good" / "a\nb.png").write_bytes(b"")
    assert "CUR201 part/test/good/a\\nb.png: is empty" in curate("validate", root).out


def test_a_path_that_is_a_file(tmp_path: Path, curate: Curate) -> None:
    (tmp_path / "data.zip").touch()
    result = curate("validate", tmp_path / "data.zip")
    assert result.code == 2
    assert "is a file, expected the folder of a dataset" in result.err


def test_values_that_are_no_integers_and_a_defect_called_good(tmp_path: Path, curate: Curate) -> None:
    root = lay_over("CUR301/silent", tmp_path / "data")
    config = root / "part" / "defects_config.json"
    entries = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps([{**entries[0], "pixel_value": 255.0}]), encoding="utf-8")
    result = curate("validate", root, "--no-cache")
    assert "CUR122 part/defects_config.json: entry 0 (scratch): pixel_value 255.0, expected an int" in result.out
    config.write_text(json.dumps([{**entries[0], "defect_name": "good"}]), encoding="utf-8")
    result = curate("validate", root, "--no-cache")
    assert "CUR121 part/defects_config.json: entry 0 is called good, the name of images without" in result.out


def test_a_flat_mask_among_folders_of_masks(tmp_path: Path, curate: Curate) -> None:
    root = lay_over("CUR301/silent", tmp_path / "data")
    folder = root / "part" / "ground_truth" / "scratch" / "0001"
    (folder / "0000.png").rename(folder.parent / "0001_mask.png")
    folder.rmdir()
    result = curate("validate", root)
    assert result.code == 1
    assert "CUR103 part/ground_truth/scratch/0001_mask.png: is one mask for an image" in result.out
