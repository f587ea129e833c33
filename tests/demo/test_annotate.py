from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from curate.demo.annotate import label_studio_export
from curate.demo.plan import plan_session
from curate.demo.session import Planted, SessionSettings, Shot
from curate.model.region import Ellipse, Polygon, Rectangle

FRAME = (640, 400)


def shot_with(*planted: Planted) -> Shot:
    """A part whose window centre is the frame's origin, not turned: part coordinates are frame coordinates."""
    base = plan_session(SessionSettings(frames=1, conditions={}, defects={}))[0]
    return replace(base, centre_px=(0.0, 0.0), angle_deg=0.0, defects=planted, file_name="b.jpg")


def results(*shots: Shot) -> list[dict[str, Any]]:
    task: dict[str, Any] = label_studio_export(shots, FRAME)[0]
    entries: list[dict[str, Any]] = task["annotations"][0]["result"]
    return entries


def test_a_turned_rectangle_is_given_by_the_corner_it_turns_about() -> None:
    # The example of a real export: pivot (450, 60), 120 x 50 px, turned 35 degrees, on 640 x 400 pixels.
    turn = math.radians(35)
    centre = (450 + 60 * math.cos(turn) - 25 * math.sin(turn), 60 + 60 * math.sin(turn) + 25 * math.cos(turn))
    (entry,) = results(shot_with(Planted("missing", (Rectangle(*centre, 120.0, 50.0, 35.0),))))
    assert entry["type"] == "rectanglelabels"
    value = entry["value"]
    assert value.pop("rectanglelabels") == ["missing"]
    assert value == pytest.approx({"x": 70.3125, "y": 15.0, "width": 18.75, "height": 12.5, "rotation": 35.0})


def test_a_turned_ellipse_is_given_by_its_centre() -> None:
    (entry,) = results(shot_with(Planted("dent", (Ellipse(320.0, 120.0, 100.0, 30.0, 30.0),))))
    value = entry["value"]
    assert value.pop("ellipselabels") == ["dent"]
    assert value == pytest.approx({"x": 50.0, "y": 30.0, "radiusX": 15.625, "radiusY": 7.5, "rotation": 30.0})


def test_a_polygon_is_closed_and_in_per_cent() -> None:
    (entry,) = results(shot_with(Planted("scratch", (Polygon(((64.0, 40.0), (128.0, 40.0), (64.0, 200.0))),))))
    points = [[10.0, 10.0], [20.0, 10.0], [10.0, 50.0]]
    assert entry["value"] == {"points": points, "closed": True, "polygonlabels": ["scratch"]}
    assert (entry["original_width"], entry["original_height"], entry["image_rotation"]) == (640, 400, 0)


def test_two_shapes_of_one_region_have_identifiers_of_their_own() -> None:
    shapes = (Rectangle(100, 100, 20, 20), Rectangle(150, 100, 20, 20, 10.0))
    entries = results(shot_with(Planted("misplaced", shapes), Planted("dent", (Ellipse(50, 50, 9, 5),))))
    assert [entry["id"] for entry in entries] == ["r0a", "r0b", "r1"]


def test_a_good_frame_gets_a_verdict_and_a_frame_without_a_part_is_skipped() -> None:
    good = shot_with()
    empty = replace(good, file_name="a.jpg", centre_px=None, conditions=("empty",))
    tasks = label_studio_export([good, empty], FRAME)
    assert [task["data"]["image"].partition("-")[2] for task in tasks] == ["a.jpg", "b.jpg"]
    assert [task["annotations"][0]["was_cancelled"] for task in tasks] == [True, False]
    assert tasks[0]["annotations"][0]["result"] == []
    (verdict,) = tasks[1]["annotations"][0]["result"]
    assert (verdict["type"], verdict["value"]) == ("choices", {"choices": ["good"]})
