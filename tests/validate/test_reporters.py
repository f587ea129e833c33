from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from curate.model.codes import found
from curate.model.silence import Silenced
from curate.validate.reporters import github, junit, sarif

ERROR = found("CUR301", "is a copy of <b>", "test/good/a b.png", related=("train/good/1.png",))
WARNING = found("CUR205", "every pixel has the grey value 7", "test/good/2.png")


def test_sarif_names_rules_levels_and_places() -> None:
    document = json.loads(sarif([ERROR, WARNING], [Silenced(WARNING, "known")]))
    (run,) = document["runs"]
    assert document["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["CUR205", "CUR301"]
    first, second, silenced = run["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("CUR301", 1, "error")
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "test/good/a%20b.png"
    assert first["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "train/good/1.png"
    assert second["level"] == "warning"
    assert silenced["suppressions"] == [{"kind": "external", "justification": "known"}]


def test_junit_fails_on_errors_and_strictly_on_warnings() -> None:
    root = ET.fromstring(junit([ERROR, WARNING]))  # noqa: S314 - our own text
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert [case.get("name") for case in root.iter("testcase")] == [
        "CUR205 image of one value",
        "CUR301 the same file in two splits",
    ]
    (failure,) = root.iter("failure")
    assert "is a copy of <b>" in (failure.text or "")
    strict = ET.fromstring(junit([ERROR, WARNING], strict=True))  # noqa: S314
    assert strict.get("failures") == "2"


def test_a_clean_dataset_is_one_passing_case() -> None:
    root = ET.fromstring(junit([]))  # noqa: S314
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("1", "0", "0")


def test_what_is_silenced_is_skipped_with_its_reason() -> None:
    root = ET.fromstring(junit([], [Silenced(WARNING, "known")]))  # noqa: S314
    (skipped,) = root.iter("skipped")
    assert skipped.get("message") == "known"


def test_github_annotations_name_file_and_title_and_escape_what_is_theirs() -> None:
    odd = found("CUR205", "100 % of it\nsecond: line", "a,b:c.png", hint="look")
    lines = github([ERROR, WARNING, odd], "./sets/part/").splitlines()
    title = "title=CUR301 the same file in two splits"
    assert lines[0].startswith(f"::error file=sets/part/test/good/a b.png,{title}::is a copy of <b>")
    assert lines[1].startswith("::warning file=sets/part/test/good/2.png,title=CUR205 image of one value::")
    assert lines[2].startswith("::warning file=sets/part/a%2Cb%3Ac.png,title=CUR205 image of one value::")
    assert lines[2].endswith("::100 %25 of it%0Asecond: line%0Anext: look")
    assert len(lines) == 3
    assert github([], "x") == ""
