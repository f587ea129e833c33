from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import curate.report
from curate.errors import InputError, MissingError
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.report import scoring
from curate.report.gather import FIXED
from curate.report.render import plotly_script, safe_in_script
from curate.report.run import Request, write_report
from curate.submissions.results import write_result
from tests.report.material import BAD, GOOD, HOSTILE, TRAIN, Names, write_dataset, write_maps
from tests.workspaces import TinyWorkspace

IMAGES = TRAIN + GOOD + BAD


class Document(HTMLParser):
    """What a browser would make of a page: its elements, and their text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.scripts[0])
        return document

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))


def made(request: Request, output: Path, **more: Any) -> Document:
    write_report(request, output, execution=Execution(jobs=1), **more)
    return Document(output.read_text(encoding="utf-8"))


def test_a_dataset_without_results(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data")
    page = made(Request(data), tmp_path / "r.html")
    assert [attributes["id"] for attributes in page.all("section")] == [
        *("dataset", "capture", "findings", "gallery", "provenance")
    ]
    tiles = [attributes for attributes in page.all("li") if str(attributes.get("id")).startswith("picture-")]
    assert len(tiles) == IMAGES == len(page.data["gallery"])
    assert page.data["gallery"][0]["key"] == "part/test/scratch/0000.png"  # defects of the test set come first
    assert page.data["facts"][0] == {
        "name": "images",
        "value": "20",
        "note": "8 training, 12 test",
        "href": "#dataset",
        "tone": "",
    }
    assert "taken 2024-05-01 10:00:00 +02:00 to 2024-05-01 10:19:00 +02:00" in page.words
    assert set(page.data["figures"]) == {"capture-1-timeline", "capture-1-brightness"}


def test_outlines_are_those_of_the_masks(tmp_path: Path) -> None:
    page = made(Request(write_dataset(tmp_path / "data")), tmp_path / "r.html")
    paths = [str(attributes["d"]) for attributes in page.all("path") if attributes["class"] == "line l0"]
    assert len(paths) == BAD
    assert paths[0] == "M12 10L24 10L24 18L12 18Z"
    assert re.fullmatch(r"[-MLZ0-9. ]+", "".join(paths))


def test_pictures_are_those_of_the_dataset(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data")
    page = made(Request(data), tmp_path / "r.html")
    uri = str(page.all("img")[0]["src"])
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
    stored = cv2.imread(str(data / "part/test/scratch/0000.png"))
    assert shown is not None
    assert stored is not None
    assert shown.shape == stored.shape
    assert np.abs(shown.astype(int) - stored.astype(int)).mean() < 12  # JPEG, on noise


def test_results_bring_curves_worst_cases_and_regions(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data")
    maps = write_maps(tmp_path / "maps", weak=2)
    page = made(Request(data, submissions=(maps,)), tmp_path / "r.html")
    assert {"results", "mistakes"} <= {attributes["id"] for attributes in page.all("section")}
    assert {"results-1-spro", "results-1-roc", "results-1-pr", "results-1-scores-1", "regions-1"} <= set(
        page.data["figures"]
    )
    # The good image with a spot scores 220, all others 40; two of six regions score 30, so their images score 40.
    assert "test/good/0003 false alarm" in page.words
    assert page.words.count(" missed ") == 2
    assert "of 6 regions, 4 are found in full and 2 not at all" in page.words
    assert page.data["gallery"][0]["lines"][-1] == "drawn scores 40"


def test_a_result_of_the_same_maps_is_not_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, maps = write_dataset(tmp_path / "data"), write_maps(tmp_path / "maps")
    result = evaluate_submission(maps, data, dataset_findings=()).result
    assert result is not None
    write_result(tmp_path / "result.json", result)
    whole = tmp_path / "whole.html"
    made(Request(data, submissions=(maps,)), whole)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("evaluated again")

    monkeypatch.setattr(scoring, "evaluate_submission", never)
    request = Request(data, submissions=(maps,), results=(tmp_path / "result.json",) * 2)
    made(request, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == whole.read_bytes()
    bare = made(Request(start=tmp_path, results=(tmp_path / "result.json",)), tmp_path / "bare.html")
    assert [attributes["id"] for attributes in bare.all("section")] == ["results", "provenance"]
    assert "Results on Tiny parts" in bare.words
    alone = made(Request(data, results=(tmp_path / "result.json",)), tmp_path / "alone.html")
    assert "mistakes" not in {attributes.get("id") for attributes in alone.all("section")}
    assert "results-1-spro" in alone.data["figures"]


def test_other_maps_are_scored_and_compared(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data")
    good = write_maps(tmp_path / "good")
    weak = write_maps(tmp_path / "weak", Names(method="weak"), weak=3)
    page = made(Request(data, submissions=(good, weak)), tmp_path / "r.html")
    assert "Comparison of methods" in page.words
    assert "2 methods, scored on the test images" in page.words
    assert len(page.data["figures"]["results-1-spro"]["data"]) == 2


def test_a_refused_submission_is_told(tmp_path: Path) -> None:
    data, maps = write_dataset(tmp_path / "data"), write_maps(tmp_path / "maps")
    (maps / "part/test/good/0000.png").unlink()
    written = write_report(Request(data, submissions=(maps,)), tmp_path / "r.html", execution=Execution(jobs=1))
    assert written.refused == ("maps",)
    assert [finding.code for finding in written.findings] == ["CUR601"]
    page = Document((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "maps was refused: nothing was scored; CUR601 part/test/good/0000: has no anomaly map" in page.words


def test_findings_have_pictures_that_lead_to_the_gallery(tmp_path: Path) -> None:
    page = made(Request(write_dataset(tmp_path / "data", copies=2)), tmp_path / "r.html")
    assert "CUR301: the same file in two splits" in page.words
    assert "Next: remove it from one of the splits" in page.words
    rows = page.data["gallery"]
    marked = {row["key"] for row in rows if "CUR301" in row["finding"]}
    assert marked == {
        f"part/{name}.png" for name in ("train/good/0000", "train/good/0001", "test/good/0100", "test/good/0101")
    }
    links = [str(attributes["href"]) for attributes in page.all("a") if str(attributes["href"]).startswith("#picture-")]
    assert {rows[int(link.rpartition("-")[2]) - 1]["key"] for link in links} <= marked
    assert links


def test_nothing_of_a_dataset_is_read_as_markup(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data", HOSTILE, copies=1)
    other = Names(HOSTILE.category, HOSTILE.label, HOSTILE.defect, HOSTILE.stem, "b")
    maps = [write_maps(tmp_path / f"m{n}", names, copies=1) for n, names in enumerate((HOSTILE, other))]
    page = made(Request(data, submissions=tuple(maps)), tmp_path / "r.html", title=HOSTILE.title)
    tame_data = write_dataset(tmp_path / "tame", copies=1)
    maps = [write_maps(tmp_path / f"t{n}", names, copies=1) for n, names in enumerate((Names(), Names(method="b")))]
    tame = made(Request(tame_data, submissions=tuple(maps)), tmp_path / "tame.html")
    # The same elements, whatever things are called.
    assert [name for name, _ in page.elements] == [name for name, _ in tame.elements]
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert not [a for _, a in page.elements if str(a.get("href", "")).lower().startswith("javascript")]
    assert "pwned" in page.words
    assert HOSTILE.defect in page.words
    assert "{{ 7 * 7 }}" in page.words
    # Charts read simple markup in their texts: it is escaped once more for them.
    drawn = json.dumps(page.data["figures"])
    assert "<img" not in drawn
    assert "<svg" not in drawn
    assert "&lt;img src=x" in drawn


def test_only_our_scripts_may_run(tmp_path: Path) -> None:
    page = made(Request(write_dataset(tmp_path / "data")), tmp_path / "r.html")
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in str(policy).split(";"))
    assert rules["default-src"] == "'none'"
    data, *ours = page.scripts
    assert len(ours) == 2
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in ours]
    assert rules["script-src"].split() == [f"'sha256-{value}'" for value in hashes]
    assert "<" not in data
    assert not [
        a for name, a in page.elements if name in {"link", "iframe", "object", "embed"} or "://" in str(a.get("src"))
    ]


def test_the_charts_script_cannot_end_its_element() -> None:
    assert "</script" not in plotly_script().lower()
    assert "<!--" not in plotly_script()
    assert safe_in_script("a\r\nb\rc") == "a\nb\nc"


def test_the_charts_script_is_what_npm_published_with_its_licence() -> None:
    folder = Path(curate.report.__file__).parent / "assets/plotly"
    origin = json.loads((folder / "origin.json").read_text(encoding="utf-8"))
    script = (folder / "plotly-basic.min.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == origin["sha256"]
    assert f"plotly.js (basic - minified) v{origin['version']}".encode() in script[:200]
    assert "MIT License" in (folder / "LICENSE").read_text(encoding="utf-8")


def test_charts_use_only_what_the_basic_bundle_draws() -> None:
    """It draws scatter, bar and pie; another type would leave an empty place on the page."""
    used = set()
    for path in Path(curate.report.__file__).parent.glob("*.py"):
        used |= set(re.findall(r'"type": "(\w+)"', path.read_text(encoding="utf-8")))
    assert used <= {"scatter", "bar", "pie", "line", "rect", "log", "linear", "date", "category"}


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    data, maps = write_dataset(tmp_path / "data"), write_maps(tmp_path / "maps")
    request = Request(data, submissions=(maps,))
    pages = []
    for jobs in (1, 3):
        write_report(request, tmp_path / f"{jobs}.html", execution=Execution(jobs=jobs))
        pages.append((tmp_path / f"{jobs}.html").read_bytes())
    assert pages[0] == pages[1]
    assert str(tmp_path).encode() not in pages[0]


def test_a_large_gallery_goes_on_in_further_files(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data", copies=1)
    output = tmp_path / "out" / "part.html"
    one = Execution(jobs=1)
    written = write_report(Request(data), output, file_bytes=FIXED + 20_000, least_room=12_000, execution=one)
    assert len(written.files) > 2
    assert [path.name for path in written.files[:3]] == ["part.html", "part-2.html", "part-3.html"]
    pages = [Document(path.read_text(encoding="utf-8")) for path in written.files]
    keys = [row["key"] for page in pages for row in page.data["gallery"]]
    assert len(keys) == len(set(keys)) == IMAGES + 1
    for page in pages:
        links = {str(a["href"]) for a in page.all("a")}
        assert len({f"{path.name}#gallery" for path in written.files} - links) == 1  # all but itself
    first, second = len(pages[0].data["gallery"]), len(pages[1].data["gallery"])
    assert f"This file shows {first + 1} to {first + second} of {IMAGES + 1}; the rest is in" in pages[1].words
    # A finding of the first file leads to a picture of another.
    anchors = [str(a["href"]) for a in pages[0].all("a") if "#picture-" in str(a["href"])]
    assert any(anchor.startswith("part-") for anchor in anchors)

    foreign = output.parent / f"part-{len(written.files) + 1}.html"
    foreign.write_text("mine", encoding="utf-8")
    again = write_report(Request(data), output, execution=Execution(jobs=1))
    assert [path.name for path in again.files] == ["part.html"]
    assert sorted(path.name for path in output.parent.iterdir()) == [foreign.name, "part.html"]


def test_a_workspace_without_an_export_shows_what_is_there(tmp_path: Path) -> None:
    frames = [("good", "train", ()), ("good", "test", ()), ("scratch", "test", ("scratch", "missing"))]
    TinyWorkspace(tmp_path / "ws", frames, status={1: "review"}).write()
    page = made(Request(tmp_path / "ws"), tmp_path / "r.html")
    assert [a["id"] for a in page.all("section")] == ["capture", "aside", "findings", "gallery", "provenance"]
    assert [row["key"] for row in page.data["gallery"]] == ["main/f2.jpg", "main/f0.jpg"]
    assert "every window that was cut and accepted; nothing has been exported yet" in page.words.lower()
    assert "1 were set aside" in page.words
    assert "Only records were checked" in page.words  # never "clean" where no image was looked at
    assert "window to be looked at: ambiguous match" in page.words
    assert len([a for a in page.all("path") if str(a["class"]).startswith("line")]) == 3
    with pytest.raises(MissingError, match="no exported dataset"):
        made(Request(tmp_path / "ws", submissions=(tmp_path,)), tmp_path / "r.html")


def test_what_cannot_be_read_is_told_in_its_place(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data")
    (data / "part/train/good/0000.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    (data / "part/ground_truth/scratch/0001/0000.png").write_bytes(b"")
    page = made(Request(data), tmp_path / "r.html")
    rows = {row["key"]: row for row in page.data["gallery"]}
    assert len(rows) == IMAGES
    assert rows["part/train/good/0000.png"]["lines"][-1].startswith("cannot be shown: is cut short")
    assert "is empty (0 bytes)" in rows["part/test/scratch/0001.png"]["lines"][-1]


def test_a_name_that_is_no_utf_8_is_escaped(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data")
    folder = os.fsencode(data / "part/train/good")
    os.rename(os.path.join(folder, b"0000.png"), os.path.join(folder, b"caf\xe9.png"))  # noqa: PTH104, PTH118 - bytes
    page = made(Request(data), tmp_path / "r.html")
    assert "part/train/good/caf\\udce9.png" in [row["key"] for row in page.data["gallery"]]


def test_a_folder_is_no_output(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        write_report(Request(write_dataset(tmp_path / "data")), tmp_path)


def test_a_real_category_stays_below_its_size(shared: Path, tmp_path: Path) -> None:
    written = write_report(Request(shared / "data" / "autovi_pipe_staple"), tmp_path / "r.html")
    assert written.pictures == 130
    assert [size < 15_000_000 for size in written.size_bytes] == [True]
    assert [finding for finding in written.findings if finding.severity == "error"] == []
