from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.model.capture import Capture
from curate.split.order import shooting_order
from tests.workspaces import capture


def frames(series: dict[str, list[str]]) -> dict[str, list[Capture]]:
    return {
        name: [capture(f"{name}/{index}.png", shot_at=shot_at) for index, shot_at in enumerate(times)]
        for name, times in series.items()
    }


def order(series: dict[str, list[str]]) -> list[str]:
    return [entry.frame for entry in shooting_order(frames(series)).captures]


def test_one_series_keeps_its_order_even_when_its_clock_runs_back() -> None:
    assert order({"a": ["2024-01-02T00:00:00", "2024-01-01T00:00:00"]}) == ["a/0.png", "a/1.png"]


def test_series_with_times_are_merged_by_time() -> None:
    merged = order({"b": ["2024-01-01T10:00:00", "2024-01-01T12:00:00"], "a": ["2024-01-01T11:00:00"]})
    assert merged == ["b/0.png", "a/0.png", "b/1.png"]


def test_a_clock_that_runs_back_does_not_change_the_order_inside_its_series() -> None:
    series = {"a": ["2024-01-01T10:00:00", "2024-01-01T09:00:00", ""], "b": ["2024-01-01T09:30:00"]}
    assert order(series) == ["b/0.png", "a/0.png", "a/1.png", "a/2.png"]


def test_offsets_are_respected() -> None:
    assert order({"a": ["2024-01-01T10:00:00+02:00"], "b": ["2024-01-01T09:00:00+00:00"]}) == ["a/0.png", "b/0.png"]


def test_series_without_times_follow_in_natural_name_order_and_say_so() -> None:
    result = shooting_order(frames({"shift10": ["2024-01-01T10:00:00"], "shift9": [""]}))
    assert [entry.frame for entry in result.captures] == ["shift9/0.png", "shift10/0.png"]
    assert not result.certain
    assert "no frame of shift9 has a time" in result.evidence


def test_times_with_and_without_offset_cannot_be_compared() -> None:
    assert not shooting_order(frames({"a": ["2024-01-01T10:00:00Z"], "b": ["2024-01-01T09:00:00"]})).certain


MOMENTS = st.lists(st.one_of(st.just(""), st.integers(10, 59).map(lambda m: f"2024-01-01T10:{m}:00")), max_size=8)


@given(st.dictionaries(st.sampled_from("abc"), MOMENTS))
def test_no_frame_is_lost_and_no_series_is_reordered(series: dict[str, list[str]]) -> None:
    merged = order(series)
    assert sorted(merged) == sorted(f"{name}/{i}.png" for name, times in series.items() for i in range(len(times)))
    for name, times in series.items():
        assert [frame for frame in merged if frame.startswith(name)] == [f"{name}/{i}.png" for i in range(len(times))]
