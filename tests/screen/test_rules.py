from __future__ import annotations

from dataclasses import replace

import numpy as np

from curate.model.config import ScreenConfig
from curate.screen.measures import Measures
from curate.screen.rules import Looked, PersonVerdict, RepeatFinder, judge_series

USUAL = Measures(
    sharpness=10.0, noise=2.0, brightness=100.0, clipped=0.01, black=0.0, contrast=0.4, border=np.zeros(324, np.float32)
)


USUAL_LIMITS = ScreenConfig()


def series(*odd: Looked, count: int = 40) -> list[Looked]:
    """Frames that scatter a little, with the odd ones at the end."""
    rng = np.random.default_rng(3)
    usual = []
    for index in range(count):
        factor = np.exp(rng.normal(0.0, 0.05, 3))
        taken = replace(
            USUAL, sharpness=10 * factor[0], noise=2 * factor[1], contrast=0.4 * factor[2], brightness=100 + index % 3
        )
        usual.append(Looked(f"s/{index}", "", taken, "window", (300 + 10 * rng.normal(), 200 + 10 * rng.normal())))
    return [*usual, *odd]


def odd(frame: str = "s/odd", **changes: float) -> Looked:
    return Looked(frame, "", replace(USUAL, **changes), "window", (300.0, 200.0))  # type: ignore[arg-type]


def reasons(looked: list[Looked], config: ScreenConfig = USUAL_LIMITS) -> dict[str, str]:
    return {entry.row.frame: entry.row.reason for entry in judge_series(looked, config, {}) if entry.row.reason}


def test_each_measure_rejects_for_its_own_reason() -> None:
    looked = series(
        odd("s/blur", sharpness=3.0),
        odd("s/noise", noise=8.0),
        odd("s/dark", brightness=50.0),
        odd("s/bright", brightness=160.0),
        odd("s/clipped", clipped=0.2),
        odd("s/haze", contrast=0.15),
    )
    assert reasons(looked) == {
        "s/blur": "blur",
        "s/noise": "noise",
        "s/dark": "light",
        "s/bright": "light",
        "s/clipped": "clipped",
        "s/haze": "contrast",
    }


def test_usual_frames_and_better_ones_are_kept() -> None:
    assert reasons(series(odd(sharpness=40.0, noise=0.5, contrast=1.2))) == {}


def test_a_series_that_scatters_is_not_cut_at_its_edges() -> None:
    wide = [odd(f"s/{index}", noise=2.0 * 1.12 ** (index - 20)) for index in range(41)]
    assert reasons(wide) == {}


def test_light_that_drifts_is_kept_and_a_flash_is_not() -> None:
    drift = [odd(f"s/{index}", brightness=50.0 * 1.01**index) for index in range(120)]
    drift[60] = odd("s/flash", brightness=200.0)
    assert reasons(drift) == {"s/flash": "light"}


def test_a_window_far_from_the_running_median() -> None:
    drifting = [
        replace(entry, centre_px=(300.0 + 0.75 * index + index % 5, 200.0 + index % 7))
        for index, entry in enumerate(series(count=200))
    ]
    drifting[100] = replace(drifting[100], centre_px=(375.0, 290.0))
    assert reasons(drifting) == {"s/100": "position"}


def test_something_across_the_border() -> None:
    border = np.zeros(324, np.float32)
    border[:40] = -1.0
    inside = replace(USUAL, border=np.zeros(324, np.float32))
    there = (300.0, 200.0)
    looked = series(
        Looked("s/arm", "", replace(USUAL, border=border), "window", there), Looked("s/ok", "", inside, "window", there)
    )
    judged = {entry.row.frame: entry.row for entry in judge_series(looked, ScreenConfig(), {})}
    assert judged["s/arm"].reason == "obstruction"
    assert judged["s/arm"].obstruction is not None
    assert abs(judged["s/arm"].obstruction - 40 / 324) < 1e-6
    assert judged["s/ok"].obstruction == 0.0


def test_a_frame_without_a_window_is_set_aside_unless_told_otherwise() -> None:
    looked = series(Looked("s/empty", "", None, "", None, "ambiguous"))
    assert reasons(looked) == {"s/empty": "match"}
    assert reasons(looked, ScreenConfig(match=False)) == {}


def test_every_measure_can_be_switched_off() -> None:
    off = ScreenConfig(
        blur=0, noise=0, light=0, clipped=0, contrast=0, position=0, obstruction=0, repeat=0, match=False
    )
    worst = Looked(
        "s/worst", "", replace(USUAL, sharpness=1e-3, noise=99.0, brightness=1.0, clipped=1.0), "window", (0.0, 0.0),
        "lost", (0.0, "s/1"),
    )  # fmt: skip
    assert reasons(series(worst), off) == {}


def test_a_short_series_has_no_usual_value() -> None:
    few = [odd("s/1"), odd("s/2", sharpness=1.0), odd("s/3", clipped=0.5)]
    assert reasons(few) == {"s/3": "clipped"}


def test_persons_overrule_rules_either_way() -> None:
    looked = series(odd("s/blur", sharpness=3.0))
    persons = {"s/blur": PersonVerdict("keep", "on purpose"), "s/1": PersonVerdict("reject")}
    judged = {e.row.frame: e.row for e in judge_series(looked, ScreenConfig(), persons)}
    blur, one, two = judged["s/blur"], judged["s/1"], judged["s/2"]
    assert (blur.decision, blur.reason, blur.decided_by, blur.remark) == ("keep", "blur", "person", "on purpose")
    assert (one.decision, one.reason, one.decided_by, one.remark) == ("reject", "", "person", "")
    assert (two.decision, two.decided_by) == ("keep", "rule")


def test_repeats_are_looked_for_among_the_last_shots_of_every_camera() -> None:
    finder = RepeatFinder()
    rng = np.random.default_rng(0)
    thumbs = [rng.standard_normal((60, 60)).astype(np.float32) for _ in range(5)]
    assert finder.nearest("a", "1", "window", thumbs[0]) == (None, "")
    value, name = finder.nearest("b", "2", "window", thumbs[0] + 0.05)
    assert name == "a"
    assert value is not None
    assert abs(value - 0.05) < 1e-6
    assert finder.nearest("c", "1", "frame", thumbs[0]) == (None, "")  # a whole frame is no window
    for index in range(1, 4):
        for camera in "12":
            finder.nearest(f"{camera}{index}", camera, "window", thumbs[index])
    assert finder.nearest("e", "1", "window", thumbs[0])[1] not in {"a", "b"}  # too long ago
