"""Pages and posts, without a browser and without a network."""

from __future__ import annotations

import html
import json
import math
from typing import Any

import pytest

from curate.disk.atomic import write_text
from curate.model.decision import DecisionDraft
from tests.review.bench import EVIL, NAMES, Bench


@pytest.mark.parametrize(
    ("stage", "frame", "action", "kind", "verdict"),
    [
        ("screen", NAMES[1], "accept", "frame", "keep"),
        ("screen", NAMES[1], "reject", "frame", "reject"),
        ("screen", NAMES[2], "twin 1", "frame", "reject"),
        ("crop", EVIL, "accept", "window", "accept"),
        ("crop", EVIL, "reject", "window", "reject"),
        ("crop", EVIL, "good", "label", "good"),
        ("split", NAMES[6], "defect 2", "label", "dent"),
        ("split", NAMES[6], "defect 3", "label", "multiple"),
        ("split", NAMES[6], "reject", "frame", "reject"),
    ],
)
def test_each_choice_is_written_at_once(
    bench: Bench, stage: str, frame: str, action: str, kind: str, verdict: str
) -> None:
    answer = bench.decide(stage, frame, action, reason="  because\nI say so\u0007 ")
    assert answer.status_code == 200
    (entry,) = bench.written()
    assert (entry.kind, entry.verdict, entry.reason) == (kind, verdict, "because I say so")
    assert entry.frame == (NAMES[1] if action == "twin 1" else frame)
    assert entry.window == ("default" if kind == "window" else "")
    assert answer.json()["id"] == entry.id
    assert bench.pages.tally.made == 1


def test_an_accepted_window_holds_for_the_place_that_was_seen(bench: Bench) -> None:
    bench.decide("crop", EVIL, "accept")
    (entry,) = bench.written()
    assert (entry.x_px, entry.y_px) == (164.0, 120.0)  # left 124 + 80 / 2, top 90 + 60 / 2


def test_a_window_without_a_place_cannot_be_accepted_only_placed(bench: Bench) -> None:
    assert bench.decide("crop", NAMES[5], "accept").status_code == 400
    page = bench.get(f"item-{bench.item('crop', NAMES[5])}").text
    assert "guessed from the frames around" in page
    # The median of the accepted neighbours' centres: 160 + {0, 1, 2, 3, 6, 7, 8, 9}, the fourth being for review.
    # Left is 164.5 - 80 / 2, and windows begin at whole pixels.
    assert 'data-x="125.0"' in page
    assert bench.decide("crop", NAMES[5], "place", x_px=150.5, y_px=99).status_code == 200
    (entry,) = bench.written()
    assert (entry.verdict, entry.x_px, entry.y_px) == ("place", 150.5, 99.0)


@pytest.mark.parametrize("x_px", [None, "1", -1, 321, True, math.inf, math.nan, [1]])
def test_a_place_outside_the_frame_is_refused(bench: Bench, x_px: object) -> None:
    assert bench.decide("crop", EVIL, "place", x_px=x_px, y_px=1).status_code == 400
    assert bench.decide("crop", EVIL, "place", x_px=1).status_code == 400
    assert bench.written() == []


@pytest.mark.parametrize(
    "change",
    [
        {"item": "nothing"},
        {"item": ["a"]},
        {"item": "../../etc/passwd"},
        {"action": "delete"},
        {"action": "defect 9"},
        {"action": None},
        {"seen": "1"},
        {"seen": True},
        {"reason": "x" * 501},
        {"reason": 7},
        {"reason": "\ud800"},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(bench: Bench, change: dict[str, Any]) -> None:
    body = {"item": bench.item("screen", NAMES[1]), "action": "accept", "seen": None, **change}
    answer = bench.post("decisions", body)
    assert answer.status_code == 400
    assert answer.json()["problem"]
    assert bench.written() == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 5000])
def test_a_body_that_is_no_object_is_refused(bench: Bench, content: bytes) -> None:
    headers = {"X-Review-Token": bench.keys.post}
    for url in ("decisions", "undo"):
        assert bench.request("POST", url, content=content, headers=headers).status_code == 400


def test_a_large_body_is_refused(bench: Bench) -> None:
    headers = {"X-Review-Token": bench.keys.post}
    assert bench.request("POST", "decisions", content=b" " * 20_000, headers=headers).status_code == 413


def test_a_decision_made_meanwhile_is_a_conflict_that_says_what_stands(bench: Bench) -> None:
    other = bench.elsewhere(DecisionDraft(NAMES[1], "frame", "reject", reason="<b>blurred</b>"))
    answer = bench.decide("screen", NAMES[1], "accept", seen=None)
    assert answer.status_code == 409
    assert answer.json()["seen"] == other.id
    assert "rejected: <b>blurred</b>" in answer.json()["stands"]
    assert len(bench.written()) == 1
    assert bench.decide("screen", NAMES[1], "accept", seen=other.id).status_code == 200
    assert [entry.verdict for entry in bench.written()] == ["reject", "keep"]


def test_a_decision_taken_back_meanwhile_is_a_conflict(bench: Bench) -> None:
    other = bench.elsewhere(DecisionDraft(NAMES[1], "frame", "reject"))
    bench.elsewhere(DecisionDraft("", "undo", "undo", undoes=other.id), seen=other.id)
    answer = bench.decide("screen", NAMES[1], "accept", seen=other.id)
    assert (answer.status_code, answer.json()["seen"]) == (409, None)


def test_decisions_about_different_things_do_not_disturb_each_other(bench: Bench) -> None:
    bench.elsewhere(DecisionDraft(EVIL, "label", "dent"))
    assert bench.decide("crop", EVIL, "accept").status_code == 200


def test_undo_appends_and_leads_back(bench: Bench) -> None:
    first = bench.decide("screen", NAMES[1], "reject").json()
    body = {"category": "part", "undoes": first["id"], "seen": first["id"], "item": bench.item("crop", EVIL)}
    answer = bench.post("undo", body)
    assert answer.status_code == 200
    assert [entry.kind for entry in bench.written()] == ["frame", "undo"]
    assert answer.json()["here"].startswith(f"item-{bench.item('screen', NAMES[1])}?")
    page = bench.get(answer.json()["here"]).text
    assert f"Taken back: {NAMES[1]} rejected" in page
    assert "0 of 6 decided" in page
    again = bench.post("undo", body)
    assert again.status_code == 400
    assert (bench.pages.tally.made, bench.pages.tally.undone) == (1, 1)


@pytest.mark.parametrize(
    "change", [{"category": "other"}, {"undoes": 7}, {"undoes": "1"}, {"undoes": None}, {"undoes": True}]
)
def test_an_undo_of_nothing_is_refused(bench: Bench, change: dict[str, Any]) -> None:
    bench.decide("screen", NAMES[1], "reject")
    body = {"category": "part", "undoes": 1, "seen": 1, **change}
    assert bench.post("undo", body).status_code == 400
    assert len(bench.written()) == 1


def test_undo_of_what_was_replaced_meanwhile_is_a_conflict(bench: Bench) -> None:
    first = bench.decide("screen", NAMES[1], "reject").json()["id"]
    bench.elsewhere(DecisionDraft(NAMES[1], "frame", "keep"), seen=first)
    answer = bench.post("undo", {"category": "part", "undoes": first, "seen": first})
    assert (answer.status_code, answer.json()["seen"]) == (409, 2)


def test_after_a_decision_comes_the_next_open_thing(bench: Bench) -> None:
    first = bench.decide("crop", EVIL, "accept").json()
    assert first["next"].startswith(f"item-{bench.item('crop', NAMES[5])}?last=")
    page = bench.get(first["next"]).text
    assert html.escape(f"{EVIL} (default) window accepted") in page
    assert bench.script(page)["undo"] == {"category": "part", "undoes": 1, "seen": 1}
    within = bench.decide("screen", NAMES[1], "accept", filter={"stage": "split"}).json()
    assert within["next"].startswith(f"item-{bench.item('split', NAMES[6])}?stage=split&")


def test_when_all_is_decided_there_is_no_next(bench: Bench) -> None:
    for stage, frame, action in [("crop", EVIL, "accept"), ("crop", NAMES[5], "reject"), ("screen", NAMES[1], "reject"),
                                 ("screen", NAMES[2], "reject"), ("screen", NAMES[3], "accept")]:  # fmt: skip
        assert bench.decide(stage, frame, action).json()["next"]
    assert bench.decide("split", NAMES[6], "good").json()["next"] == ""
    page = bench.get("").text
    assert "6 of 6 decided" in page
    assert 'id="start"' not in page


def test_the_queue_filters_and_counts(bench: Bench) -> None:
    bench.decide("screen", NAMES[1], "reject")
    page = bench.get("").text
    assert "1 of 6 decided" in page
    assert page.count('<li class="card') == 6
    assert bench.get("?stage=screen").text.count('<li class="card') == 3
    assert bench.get("?stage=screen&state=open").text.count('<li class="card') == 2
    assert bench.get("?stage=screen&state=decided").text.count('<li class="card') == 1
    assert "Nothing with this state" in bench.get("?stage=crop&state=decided").text
    assert bench.get("?stage=%3Cscript%3E&page=-1&category=..").status_code == 200
    assert bench.get("?page=99999999999").status_code == 200


def test_pages_of_a_long_queue(bench: Bench) -> None:
    bench.pages.page_size = 4
    first, second = bench.get("").text, bench.get("?page=2").text
    assert (first.count('<li class="card'), second.count('<li class="card')) == (4, 2)
    assert "page 2 of 2" in second
    assert "5–6 of 6" in second
    assert bench.get("?page=9").text.count('<li class="card') == 2


def test_script_and_style_are_asked_about_every_time(bench: Bench) -> None:
    for name in ("review.js", "review.css", "icon.svg"):
        answer = bench.get(f"static/{name}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
        assert bench.get(f"static/{name}", headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_untrusted_text_stays_text(bench: Bench) -> None:
    bench.decide("crop", EVIL, "good", reason="</script><script>alert(1)</script>")
    for url in ("", "history", f"item-{bench.item('crop', EVIL)}", f"item-{bench.item('crop', EVIL)}?last=part:1"):
        page = bench.get(url).text
        assert "<img src=x" not in page
        assert "alert(1)</script>" not in page
        assert html.escape(EVIL) in page
    script = bench.script(bench.get(f"item-{bench.item('crop', EVIL)}?last=part:1").text)
    assert script["undo"]["undoes"] == 1


def test_unicode_names_and_reasons_come_through(bench: Bench) -> None:
    bench.decide("screen", NAMES[3], "accept", reason="gut genug – 良い 😀")
    page = bench.get("history").text
    assert NAMES[3] in page
    assert "gut genug – 良い 😀" in page
    assert bench.written()[0].reason == "gut genug – 良い 😀"


def test_pictures_come_by_id_only_and_are_not_kept(bench: Bench) -> None:
    page = bench.get("").text
    url = html.unescape(page.split('<img src="')[1].split('"')[0])
    answer = bench.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert answer.content.startswith(b"\xff\xd8")
    name = url.partition("?")[0].rpartition("/")[2]
    for path in ("picture/thumb/..%2f..%2fcurate.toml", f"picture/huge/{name}", "picture/thumb/main/a0.png",
                 "picture/thumb/%2e%2e/%2e%2e/curate.toml", "static/../app.py", "static/%2e%2e/app.py",
                 "static/..%2f..%2fapp.py", "static/"):  # fmt: skip
        answer = bench.get(path)
        assert answer.status_code == 404, path
        assert "dataset" not in answer.text


def test_sizes_of_pictures(bench: Bench) -> None:
    import cv2
    import numpy as np

    def size(url: str) -> tuple[int, ...]:
        pixels = cv2.imdecode(np.frombuffer(bench.get(url).content, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        return pixels.shape[1], pixels.shape[0]

    page = bench.get(f"item-{bench.item('crop', EVIL)}").text
    marks = {"fit": 'id="frame" src', "full": "data-full", "window": 'id="window" src'}
    urls = {name: html.unescape(page.split(f'{mark}="')[1].split('"')[0]) for name, mark in marks.items()}
    assert {name: size(url) for name, url in urls.items()} == {
        "fit": (320, 240),
        "full": (320, 240),
        "window": (80, 60),
    }
    assert size(urls["fit"].replace("/fit/", "/thumb/")) == (240, 180)


def test_a_frame_that_is_gone_has_no_picture_but_a_page(bench: Bench) -> None:
    (bench.workspace.captures("part") / NAMES[1]).unlink()
    page = bench.get(f"item-{bench.item('screen', NAMES[1])}")
    assert page.status_code == 200
    url = html.unescape(page.text.split('id="frame" src="')[1].split('"')[0])
    assert bench.get(url).status_code == 404


def test_what_a_stage_writes_meanwhile_is_seen(bench: Bench) -> None:
    assert "of 6 decided" in bench.get("").text
    bench.workspace.split("default", "part").unlink()
    assert "of 5 decided" in bench.get("").text


def test_a_damaged_record_is_told_on_the_page(bench: Bench) -> None:
    write_text(bench.workspace.screening_record("part", "main"), "frame\n<b>")
    answer = bench.get("")
    assert answer.status_code == 500
    assert "screening/part/main.csv" in answer.text
    assert bench.post("decisions", {"item": "x", "action": "accept", "seen": None}).status_code == 400


def test_a_thing_that_is_gone_is_told_kindly(bench: Bench) -> None:
    answer = bench.get("item-nothing")
    assert answer.status_code == 404
    assert "no longer in the queue" in answer.text


def test_the_history_shows_every_decision_and_what_became_of_it(bench: Bench) -> None:
    assert "Nobody has decided anything yet" in bench.get("history").text
    first = bench.decide("screen", NAMES[1], "reject", reason="dark").json()["id"]
    second = bench.decide("screen", NAMES[1], "accept", seen=first).json()["id"]
    third = bench.decide("split", NAMES[6], "good").json()["id"]
    bench.post("undo", {"category": "part", "undoes": third, "seen": third})
    page = bench.get("history").text
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]
    states = [row.rsplit("<td>", 1)[1].split("<")[0] for row in rows]
    assert states == ["–", "taken back", "", "replaced"]
    assert f'data-undoes="{second}"' in rows[2]
    assert "dark" in rows[3]
    assert all(entry.at.replace("T", " ").rstrip("Z") in page for entry in bench.written())


def test_a_finding_needs_a_reason_to_be_accepted(bench: Bench) -> None:
    bench.elsewhere(DecisionDraft(NAMES[0], "finding", "exclude", code="CUR301"))
    page = bench.get(f"item-{bench.item('validate', NAMES[0])}").text
    assert "needed to accept" in page
    assert bench.decide("validate", NAMES[0], "accept", seen=1).status_code == 400
    assert bench.decide("validate", NAMES[0], "accept", seen=1, reason="really two parts").status_code == 200
    assert json.loads(bench.workspace.decisions("part").read_text().splitlines()[1])["code"] == "CUR301"


def test_only_decisions_are_written(bench: Bench) -> None:
    def files() -> set[str]:
        return {
            path.relative_to(bench.root.parent).as_posix() for path in bench.root.parent.rglob("*") if path.is_file()
        }

    before = files()
    bench.get("")
    bench.get(f"item-{bench.item('crop', EVIL)}")
    assert files() == before
    bench.decide("crop", EVIL, "accept")
    assert {path for path in files() - before if not path.endswith(".lock")} == {"work/records/decisions/part.jsonl"}
