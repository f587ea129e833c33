from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import InputError, MissingError
from curate.workspace.manifest import read_manifest


def test_csv_with_any_separator(tmp_path: Path) -> None:
    for separator in ",;\t":
        path = tmp_path / "m.csv"
        path.write_text(f'file{separator}label\n"a, b.jpg"{separator}good\n\n', encoding="utf-8-sig")
        assert read_manifest(path) == [{"file": "a, b.jpg", "label": "good"}]


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"file": "a.jpg", "counter": 7, "note": null, "extra": {"x": 1}}\n')
    assert read_manifest(path) == [{"file": "a.jpg", "counter": "7", "note": ""}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,\na,b\n", "no header"),
        ("file,label\na\n", "line 2 has 1 values, expected 2"),
        ('{"file": "a"}\n{oops}\n', "line 2 is no JSON"),
        ('{"file": "a"}\n[1]\n', "line 2 is no JSON object"),
        ("", "no header"),
    ],
)
def test_broken_manifests_name_the_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "m"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_manifest(path)


def test_missing_and_binary(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        read_manifest(tmp_path / "nowhere.csv")
    (tmp_path / "m.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_manifest(tmp_path / "m.csv")


def test_a_sagemaker_augmented_manifest(shared: Path) -> None:
    path = shared / "data" / "aws_cookie" / "cookie-dataset" / "dataset-files" / "manifests" / "template.manifest"
    rows = read_manifest(path)
    assert len(rows) == 63
    assert (rows[0]["source-ref"], rows[0]["label"]) == ("training-images/anomaly-1.jpg", "anomaly")
    assert {row["label"] for row in rows} == {"anomaly", "normal"}
