from __future__ import annotations

import pytest

from curate.errors import InputError
from curate.importing.order_evidence import FileMetadata
from curate.importing.user_metadata import (
    UserMetadata,
    about_pattern,
    compile_pattern,
    metadata_from_manifest,
    metadata_from_pattern,
)


def test_a_pattern_reads_day_first_dates() -> None:
    pattern = compile_pattern(r"(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d\d)_(?P<hour>\d\d)h(?P<minute>\d\d)")
    told = metadata_from_pattern(pattern, "line/11.08.22_17h27.png")
    assert told.time is not None
    assert [reading.isoformat() for reading in told.time.readings] == ["2022-08-11T17:27:00"]


def test_a_pattern_reads_identities() -> None:
    pattern = compile_pattern(
        r"(?P<series>lot\d+)/(?P<specimen>kos\d+)/(?P<camera>\w)(?P<counter>\d+)_(?P<label>\w+)\."
    )
    told = metadata_from_pattern(pattern, "lot7/kos21/B0042_OK.jpg")
    assert told == FileMetadata(counter=42, camera="B", label="good", specimen="kos21", series="lot7")


@pytest.mark.parametrize(
    ("text", "words"),
    [("(", "no regular expression"), ("frame", "no named group"), ("(?P<lot>.)", "unknown group lot")],
)
def test_senseless_patterns_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        compile_pattern(text)


def test_names_that_do_not_match_are_reported() -> None:
    pattern = compile_pattern(r"c(?P<counter>\d)")
    (finding,) = about_pattern(pattern, ["c1.png", "d1.png"])
    assert (finding.code, "d1.png" in finding.message) == ("CUR723", True)
    with pytest.raises(InputError, match="matches none of 1 files"):
        about_pattern(pattern, ["d1.png"])


def test_rows_find_their_files_by_the_end_of_the_path() -> None:
    rows = [
        {"source-ref": "s3://bucket/set/training-images/a.jpg", "label": "normal"},
        {"source-ref": "training-images/b.jpg", "label": "crack"},
        {"source-ref": "elsewhere/c.jpg", "label": "crack"},
    ]
    told, findings = metadata_from_manifest(rows, {}, ["a.jpg", "b.jpg", "d.jpg"], "m.jsonl")
    assert {name: entry.label for name, entry in told.items()} == {"a.jpg": "good", "b.jpg": "crack"}
    assert [finding.code for finding in findings] == ["CUR724", "CUR724"]
    assert "elsewhere/c.jpg" in findings[0].message
    assert "d.jpg" in findings[1].message


def test_the_longest_end_decides_and_a_tie_is_an_error() -> None:
    names = ["x/1.png", "y/1.png"]
    told, findings = metadata_from_manifest([{"file": "data/y/1.png"}], {}, names, "m.csv")
    assert list(told) == ["y/1.png"]
    told, findings = metadata_from_manifest([{"file": "1.png"}], {}, names, "m.csv")
    assert not told
    assert findings[0].code == "CUR725"


def test_rows_that_lead_outside_are_refused() -> None:
    told, findings = metadata_from_manifest([{"file": "../../a.jpg"}], {}, ["a.jpg"], "m.csv")
    assert not told
    assert findings[0].code == "CUR725"
    assert findings[0].severity == "error"


def test_columns_are_guessed_or_given() -> None:
    rows = [{"Datei": "a.jpg", "Uhrzeit": "2022/08/11 10:00:00", "shot": "7"}]
    with pytest.raises(InputError, match="no column names the files"):
        metadata_from_manifest(rows, {}, ["a.jpg"], "m.csv")
    with pytest.raises(InputError, match="time=zeit"):
        metadata_from_manifest(rows, {"file": "Datei", "time": "zeit"}, ["a.jpg"], "m.csv")
    told, _ = metadata_from_manifest(rows, {"file": "Datei", "time": "Uhrzeit"}, ["a.jpg"], "m.csv")
    assert told["a.jpg"].counter == 7
    assert told["a.jpg"].time is not None
    assert [reading.isoformat() for reading in told["a.jpg"].time.readings] == ["2022-08-11T10:00:00"]


def test_what_counts_most() -> None:
    pattern = compile_pattern(r"_(?P<label>\w+)\.")
    said = UserMetadata(pattern, {"ok/a_dent.jpg": FileMetadata(label="scratch")}, "unknown", label_from_folder=True)
    assert said.about("ok/a_dent.jpg").label == "scratch"
    assert said.about("ok/b_dent.jpg").label == "dent"
    assert said.about("ok/b.jpg").label == "good"
    assert said.about("b.jpg").label == "unknown"
