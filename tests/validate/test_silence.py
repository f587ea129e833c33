from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from curate.errors import ConfigError
from curate.validate.run import validate_dataset
from tests.validate.test_cases import CASES, build

RULE = '[[silence]]\ncode = "CUR412"\nreason = "a stain may cover the whole window"\n'


def test_a_silenced_finding_does_not_count_and_keeps_its_reason(tmp_path: Path) -> None:
    build(CASES / "CUR412/fires", tmp_path / "data")
    (tmp_path / "data/curate-validate.toml").write_text(RULE)
    report = validate_dataset(tmp_path / "data")
    assert report.findings == ()
    (entry,) = report.to_json()["silenced"]
    assert (entry["code"], entry["reason"]) == ("CUR412", "a stain may cover the whole window")


def test_a_rule_covers_only_its_paths(tmp_path: Path) -> None:
    build(CASES / "CUR412/fires", tmp_path / "data")
    (tmp_path / "data/curate-validate.toml").write_text(RULE + 'path = "part/ground_truth/dent/*"\n')
    assert [finding.code for finding in validate_dataset(tmp_path / "data").findings] == ["CUR412", "CUR140"]
    (tmp_path / "data/curate-validate.toml").write_text(RULE + 'path = "part/ground_truth/scratch/*"\n')
    assert validate_dataset(tmp_path / "data").findings == ()


def test_a_rule_without_a_reason_is_refused(tmp_path: Path) -> None:
    shutil.copytree(CASES / "ok", tmp_path / "data")
    (tmp_path / "data/curate-validate.toml").write_text('[[silence]]\ncode = "CUR412"\n')
    with pytest.raises(ConfigError, match="'reason' is a required property"):
        validate_dataset(tmp_path / "data")
