"""Every frame, filters, what experts drew, one choice for many things, and the template's box."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

from curate.imaging.images import decode, read_file
from curate.model.decision import DecisionDraft
from curate.model.region import Annotation, Bitmap, Ellipse, Polygon, Rectangle, Region
from curate.review.outlines import shape_path
from curate.review.queue import identity
from curate.workspace.annotations import write_annotations
from tests.review.bench import EVIL, NAMES, Bench

SQUARE = Polygon(((10.0, 10.0), (30.0, 10.0), (30.0, 20.5)))


def names_on(page: str) -> list[str]:
    return [html.unescape(name) for name in re.findall(r'<span class="name">(.*?)</span>', page)]


def test_every_frame_is_listed_in_shooting_order_and_can_be_chosen_from(bench: Bench) -> None:
    assert names_on(bench.get("frames").text) == list(NAMES)
    assert names_on(bench.get("frames?name=A7").text) == [NAMES[7]]
    assert names_on(bench.get("frames?label=-").text) == [NAMES[6]]  # nobody has labelled it
    assert names_on(bench.get("frames?label=good&name=a").text) == [n for n in NAMES if "a" in n and n != NAMES[6]]
    assert "No frame is like that" in bench.get("frames?camera=none").text


def test_a_frame_that_nothing_set_aside_can_be_decided_about(bench: Bench) -> None:
    item = identity("part", "frame", NAMES[0], "")
    page = bench.get(f"item-{item}").text
    assert "nothing set it aside" in page
    assert f'href="item-{identity("part", "frame", NAMES[1], "")}"' in page  # next in time
    answer = bench.post("decisions", {"item": item, "action": "reject", "seen": None, "reason": "a hand"})
    assert (answer.status_code, answer.json()["next"]) == (200, "")
    (entry,) = bench.written()
    assert (entry.frame, entry.kind, entry.verdict) == (NAMES[0], "frame", "reject")
    assert bench.get("item-" + identity("part", "frame", "main/no.png", "")).status_code == 404


def test_the_queue_has_one_card_a_frame(bench: Bench) -> None:
    page = bench.get("./").text
    names = names_on(page)
    assert sorted(names) == sorted(set(names))
    # The blurred frame has no second reason; one that is rejected twice over names both in its one card.
    bench.workspace.split("default", "part").write_text(
        f"frame,label,side,reason\n{NAMES[1]},,,not labelled\n", encoding="utf-8"
    )
    record = bench.workspace.captures_record("part", "main")
    record.write_text(record.read_text().replace(",good,", ",,"), encoding="utf-8")
    page = bench.get("./").text
    card = next(part for part in page.split('<li class="card') if NAMES[1] in part)
    assert card.count('class="choose"') == 2
    own = bench.get(f"item-{bench.item('screen', NAMES[1])}").text
    assert "Also about this frame" in own
    assert f"item-{bench.item('split', NAMES[1])}" in own


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("reason=blur", [NAMES[1]]),
        ("label=-", [NAMES[6]]),
        ("reason=weak: score … < …", [EVIL]),
        ("camera=nowhere", []),
    ],
)
def test_the_queue_is_filtered_by_label_reason_and_camera(bench: Bench, query: str, names: list[str]) -> None:
    assert names_on(bench.get(f"./?{query}").text) == names


def test_what_an_expert_drew_is_shown_on_the_frame(bench: Bench) -> None:
    drawn = Annotation(NAMES[1], 320, 240, "", (Region("r", "scratch", (SQUARE,)),))
    write_annotations(bench.workspace.annotations("part"), [drawn])
    page = bench.get(f"item-{bench.item('screen', NAMES[1])}").text
    assert 'd="M10 10L30 10L30 20.5Z"' in page
    assert "What an expert drew: scratch" in page
    assert 'd="M10 10L30 10L30 20.5Z"' in bench.get("frames?name=a1").text


def test_outlines_of_every_shape() -> None:
    holed = Polygon(((0.0, 0.0), (9.0, 0.0), (9.0, 9.0)), (((5.0, 1.0), (6.0, 1.0), (6.0, 2.0)),))
    assert shape_path(holed) == "M0 0L9 0L9 9ZM5 1L6 1L6 2Z"
    # One row of three pixels, the last two marked, at (4, 7): a box from x = 5 to 7, y = 7 to 8.
    assert shape_path(Bitmap(4, 7, 3, 1, (1, 2))) == "M5 7L7 7L7 8L5 8Z"
    assert sorted(shape_path(Rectangle(5.0, 5.0, 4.0, 2.0, 0.0))[1:-1].split("L")) == ["3 4", "3 6", "7 4", "7 6"]
    path = shape_path(Ellipse(10.0, 20.0, 5.0, 3.0, 0.0))
    points = [tuple(map(float, text.split())) for text in path[1:-1].split("L")]
    assert all(abs(((x - 10) / 5) ** 2 + ((y - 20) / 3) ** 2 - 1) < 1e-5 for x, y in points)


def test_one_choice_for_many_is_a_decision_each(bench: Bench) -> None:
    items = [{"item": bench.item("screen", name), "seen": None} for name in NAMES[1:3]]
    items.append({"item": bench.item("crop", NAMES[5]), "seen": None})  # has no place: cannot be accepted
    answer = bench.post("decisions-many", {"items": items, "action": "accept", "reason": "still usable"})
    assert answer.status_code == 200
    assert answer.json()["said"] == "2 decisions made; 1 not, see below"
    assert NAMES[5] in answer.json()["problems"][0]
    assert [(entry.frame, entry.verdict, entry.reason) for entry in bench.written()] == [
        (NAMES[1], "keep", "still usable"),
        (NAMES[2], "keep", "still usable"),
    ]
    assert bench.pages.tally.made == 2


def test_what_somebody_decided_meanwhile_is_left_as_it_is(bench: Bench) -> None:
    bench.elsewhere(DecisionDraft(NAMES[1], "frame", "reject"))
    items = [{"item": bench.item("screen", name), "seen": None} for name in NAMES[1:3]]
    answer = bench.post("decisions-many", {"items": items, "action": "accept"}).json()
    assert (answer["made"], len(answer["problems"])) == (1, 1)
    assert [(entry.frame, entry.verdict) for entry in bench.written()] == [(NAMES[1], "reject"), (NAMES[2], "keep")]


@pytest.mark.parametrize("items", [None, [], {}, ["a"], [{"item": 3, "seen": None}] * 201])
def test_many_of_nothing_is_refused(bench: Bench, items: object) -> None:
    assert bench.post("decisions-many", {"items": items, "action": "accept"}).status_code in {400, 413}
    assert bench.written() == []


BOX = {"category": "part", "frame": NAMES[0], "x": 100, "y": 80, "width": 120, "height": 90}


def test_the_template_is_cut_where_the_box_was_drawn(bench: Bench) -> None:
    page = bench.get("template").text
    assert "Cut the template to templates/part.png" in page
    assert 'id="replace"' not in page
    answer = bench.post("template", BOX)
    assert answer.json() == {
        "said": "templates/part.png is cut; next: curate crop -c part",
        "path": "templates/part.png",
        "next": "curate crop -c part",
    }
    path = bench.root / "templates/part.png"
    frame = bench.workspace.captures("part") / NAMES[0]
    expected = decode(read_file(frame), frame)[80:170, 100:220]
    assert np.array_equal(decode(read_file(path), path), expected)
    assert "shows this already" in bench.post("template", BOX).json()["said"]
    other = bench.post("template", {**BOX, "x": 90})
    assert (other.status_code, "stands there already" in other.json()["problem"]) == (400, True)
    assert 'id="replace"' in bench.get("template").text
    assert bench.post("template", {**BOX, "x": 90, "replace": True}).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"category": "other"}, {"frame": "main/no.png"}, {"frame": "../../etc/passwd"}, {"x": -1}, {"x": 1.5},
        {"x": True}, {"width": 0}, {"width": 400}, {"height": "9"}, {"y": None},
    ],
)  # fmt: skip
def test_a_box_that_makes_no_sense_is_refused(bench: Bench, change: dict[str, object]) -> None:
    assert bench.post("template", {**BOX, **change}).status_code == 400
    assert not (bench.root / "templates/part.png").exists()


def test_the_template_page_walks_through_the_frames(bench: Bench) -> None:
    page = html.unescape(bench.get("template").text)
    assert "frame 1 of 10 · good" in page
    following = re.findall(r'rel="next" href="([^"]+)"', page)[0]
    assert "frame 2 of 10" in bench.get(following).text
    assert "frame 1 of 10" in bench.get("template?frame=none&category=none").text
