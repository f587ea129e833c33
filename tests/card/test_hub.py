"""The Hugging Face export: front matter, columns, and what Croissant says of responsible use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from curate.card.croissant import Publication
from curate.card.front_matter import front_matter
from curate.card.run import make_card, publish_card
from curate.convert.run import convert_dataset
from curate.datasets.dataset import read_dataset
from tests.validate.test_cases import CASES


@pytest.fixture
def export(tmp_path: Path) -> Path:
    convert_dataset(read_dataset(CASES / "ok"), tmp_path / "hub", "huggingface")
    publish_card(tmp_path / "hub", layout="huggingface")
    return tmp_path / "hub"


def test_the_readme_begins_with_yaml_and_a_config_per_category(export: Path) -> None:
    text = (export / "README.md").read_text(encoding="utf-8")
    assert text.startswith("---\n")
    document = yaml.safe_load(text.split("---\n")[1])
    assert document["configs"] == [
        {
            "config_name": "part",
            "data_files": [
                {"split": "train", "path": "part/train/**"},
                {"split": "test", "path": "part/test/**"},
            ],
        }
    ]
    assert document["size_categories"] == ["n<1K"]
    assert document["task_categories"] == ["image-classification", "image-segmentation"]
    publish_card(export, layout="huggingface")  # its own page is known again, and replaced
    assert not (export / "DATASET.md").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CC-BY-4.0", {"license": "cc-by-4.0"}),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", {"license": "cc-by-nc-sa-4.0"}),
        ("Ours", {"license": "other", "license_name": "Ours"}),
        ("", {}),
    ],
)
def test_licences_have_the_hubs_names(name: str, expected: dict[str, str]) -> None:
    block = front_matter("x", name, make_card(CASES / "ok").categories)
    document = yaml.safe_load(block.strip("-"))
    assert {key: value for key, value in document.items() if key.startswith("license")} == expected


def test_labels_are_numbered_as_a_class_label_and_the_category_is_a_column(export: Path) -> None:
    from pyarrow import parquet

    names = []
    for split in ("train", "test"):
        table = parquet.read_table(export / f"part/{split}/metadata.parquet")
        feature = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]["label"]
        assert feature == {"names": ["good", "scratch"], "_type": "ClassLabel"}
        assert set(table.column("category").to_pylist()) == {"part"}
        names += [feature["names"][number] for number in table.column("label").to_pylist()]
    assert names == ["good"] * 8 + sorted(names[8:])
    mine, theirs = read_dataset(CASES / "ok").categories[0], read_dataset(export).categories[0]
    assert [sample.label for sample in theirs.samples] == [sample.label for sample in mine.samples]


def test_croissant_tells_how_it_was_collected_and_what_is_skewed() -> None:
    known = Publication("x", collection="By hand.", annotators="Two inspectors.", biases="One shift.")
    document = make_card(CASES / "ok", publication=known).to_croissant()
    assert document["rai:dataCollection"] == "By hand."
    assert document["rai:annotatorDemographics"] == "Two inspectors."
    assert document["rai:dataBiases"][0] == "One shift."
    assert "part: 6 of 12 test images are defective" in document["rai:dataBiases"][-1]
    plain = make_card(CASES / "ok").to_croissant()
    assert plain["rai:dataCollection"].startswith("part: 20 photographs")
    assert "rai:annotatorDemographics" not in plain
