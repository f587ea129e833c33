from __future__ import annotations

from curate.report.capture import capture_part, timeline
from curate.report.charts import colour, number, plain
from curate.report.frames import UNUSED, CapturedFrame


def shot(minute: int, label: str = "good", side: str = "train", aside: str = "", **measures: float) -> CapturedFrame:
    return CapturedFrame(f"main/{minute}.jpg", label, side, f"2024-05-01T10:{minute:02d}:00", aside, **measures)


def test_the_timeline_has_a_lane_a_label_and_a_trace_a_side() -> None:
    shots = [shot(0), shot(1), shot(2, "scratch", "test"), shot(3, "good", UNUSED, aside="screened out: blur")]
    figure = timeline("part", "t", shots)
    assert [trace["name"] for trace in figure.traces] == ["training", "test", "not used"]
    training, test, unused = figure.traces
    assert training["x"] == ["2024-05-01T10:00:00", "2024-05-01T10:01:00"]
    # Lanes count from the bottom: scratch 0, good 1; sides lie 0.16 apart, training 0.24 above its lane.
    assert training["y"] == [1.24, 1.24]
    assert test["y"] == [-0.08]
    assert training["marker"]["symbol"] == "circle"
    assert unused["marker"]["symbol"].endswith("-open")
    assert figure.layout["yaxis"]["ticktext"] == ["scratch", "good"]
    assert figure.layout["xaxis"]["type"] == "date"
    assert figure.says.startswith("4 shots of part from 2024-05-01 10:00:00 to 2024-05-01 10:03:00, 2 training, 1 test")
    assert figure.grid.head == ("label", "training", "test", "not used", "set aside", "first", "last")
    assert figure.grid.rows[0] == ("good", "2", "0", "1", "1", "2024-05-01 10:00:00", "2024-05-01 10:03:00")


def test_without_times_shots_are_counted() -> None:
    figure = timeline("part", "t", [CapturedFrame("a", "good", "train"), CapturedFrame("b", "good", "test")])
    assert [trace["x"] for trace in figure.traces] == [[1], [2]]
    assert figure.layout["xaxis"]["title"]["text"] == "position in the shooting order"


def test_a_long_session_is_thinned_and_says_so() -> None:
    figure = timeline("part", "t", [CapturedFrame(f"{n}", "good", "train") for n in range(9000)])
    assert len(figure.traces[0]["x"]) == 3000
    assert figure.traces[0]["x"][:2] == [1, 4]
    assert figure.says.endswith("One of every 3 frames is drawn; the table counts all.")
    assert figure.grid.rows[0][1] == "9,000"


def test_drift_is_told_in_numbers_and_outliers_do_not_flatten_it() -> None:
    shots = [shot(n, brightness=100.0 + n) for n in range(20)] + [shot(20, aside="no window", brightness=900.0)]
    part = capture_part("part", "c", shots)
    assert [figure.title for figure in part.figures] == ["Frames over time", "Brightness"]
    drift = part.figures[1]
    # The first tenth is 100 and 101, the last 118 and 119.
    assert "grey level from 100 to 119, +18 from the first tenth of the frames to the last" in drift.says
    assert drift.says.endswith("1 point of frames that were set aside lie outside of the chart.")
    low, high = drift.layout["yaxis"]["range"]
    assert (low, high) == (97.15, 121.85)  # 15 % of 19 on either side
    assert drift.grid.rows[0] == ("1", "2", "100.5")
    assert drift.grid.rows[-1] == ("10", "2", "118.5")


def test_position_is_drawn_from_its_median() -> None:
    shots = [shot(n, x_px=500.0 + n, y_px=200.0) for n in range(5)]
    position = capture_part("part", "c", shots).figures[1]
    assert position.traces[0]["y"] == [-2, -1, 0, 1, 2]
    assert position.traces[1]["y"] == [0, 0, 0, 0, 0]


def test_names_are_drawn_as_they_are() -> None:
    figure = timeline("part", "t", [CapturedFrame("<b>", "<i>&", "train"), CapturedFrame("b", "good", "train")])
    assert figure.layout["yaxis"]["ticktext"] == ["&lt;i&gt;&amp;", "good"]
    assert figure.traces[0]["text"][0].startswith("&lt;b&gt;<br>")
    assert plain("a") == "a"


def test_colours_repeat_and_numbers_have_no_exponent() -> None:
    assert colour(0) == colour(7) == "--c0"
    assert (number(0.5), number(12345678.9), number(float("inf"))) == ("0.5", "12,345,679", "–")


def test_nights_are_left_out_of_the_time_axis() -> None:
    days = [f"2026-03-0{day}T0{hour}:00:00+01:00" for day in (2, 3) for hour in (6, 7, 8)]
    figure = timeline("part", "t", [CapturedFrame(when, "good", "train", when) for when in days])
    # From the last shot of a day to the first of the next, less ten minutes at both ends.
    assert figure.layout["xaxis"]["rangebreaks"] == [{"bounds": ["2026-03-02 08:10:00", "2026-03-03 05:50:00"]}]
    short = timeline("part", "t", [CapturedFrame(when, "good", "train", when) for when in days[:3]])
    assert "rangebreaks" not in short.layout["xaxis"]


def test_points_of_the_timeline_lead_to_their_images() -> None:
    shots = [CapturedFrame("a", "good", "train"), CapturedFrame("b", "good", "test"), CapturedFrame("c", "x", "train")]
    figure = timeline("part", "t", shots)
    assert figure.leads == {"category": "part", "images": [["a", "c"], ["b"]]}
    assert [len(trace["x"]) for trace in figure.traces] == [2, 1]
