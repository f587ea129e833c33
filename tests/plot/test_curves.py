from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from curate.plot.curves import Line, draw_curves, lines_of, mean_curve
from curate.plot.style import styled
from curate.view.curves import Curve, Kind
from tests.plot.figures import overlapping, shown_in


def _curve(method: str = "pca", category: str = "bolt", kind: Kind = "spro", **known: Any) -> Curve:
    made: dict[str, Any] = {"x": (0.0, 0.05, 0.3), "y": (0.2, 0.6, 1.0), "run": "", "area": 0.5, **known}
    return Curve(category, method, made["run"], kind, made["x"], made["y"], (None,) * len(made["x"]), made["area"])


def test_results_of_one_method_are_its_runs() -> None:
    lines = lines_of([_curve(run="1", area=0.4), _curve("cnn"), _curve(run="2", area=0.6), _curve(category="nut")])
    assert [(line.category, line.method, len(line.runs)) for line in lines] == [
        ("bolt", "pca", 2),
        ("bolt", "cnn", 1),
        ("nut", "pca", 1),
    ]
    document = lines[0].to_json()
    assert document["area"] == 0.5
    assert document["area_std"] == pytest.approx(0.1 * 2**0.5)
    assert lines[1].to_json()["area_std"] is None


def test_the_mean_and_spread_of_runs_on_one_grid() -> None:
    x, mean, spread = mean_curve([_curve(y=(0.0, 0.4, 1.0)), _curve(y=(0.2, 0.6, 1.0))])
    assert x.tolist() == [0.0, 0.05, 0.3]
    assert mean.tolist() == pytest.approx([0.1, 0.5, 1.0])
    assert spread is not None
    assert spread.tolist() == pytest.approx([0.2 / 2**0.5, 0.2 / 2**0.5, 0.0])


def test_runs_with_other_points_are_read_between_them() -> None:
    steep = _curve(kind="roc", x=(0.0, 0.0, 1.0), y=(0.0, 1.0, 1.0))
    flat = _curve(kind="roc", x=(0.0, 1.0), y=(0.0, 1.0))
    x, mean, _ = mean_curve([steep, flat])
    assert mean[x.tolist().index(0.0)] == 0.5  # 1 of the one that rises at 0, 0 of the other
    assert mean[x.tolist().index(0.5)] == 0.75


def test_precision_is_read_as_the_step_that_average_precision_sums() -> None:
    one = _curve(kind="pr", x=(0.5, 1.0), y=(1.0, 0.5))
    x, mean, spread = mean_curve([one])
    assert (x.tolist(), mean.tolist(), spread) == ([0.0, 0.5, 1.0], [1.0, 1.0, 0.5], None)
    other = _curve(kind="pr", x=(0.25, 1.0), y=(0.8, 0.6))
    x, mean, _ = mean_curve([one, other])
    area = float(np.sum(np.diff(x) * mean[1:]))
    assert area == pytest.approx(((0.5 * 1.0 + 0.5 * 0.5) + (0.25 * 0.8 + 0.75 * 0.6)) / 2)


def _labels(lines: list[Line], kind: Kind = "spro", **more: Any) -> list[str]:
    with styled():
        return shown_in(draw_curves(lines, kind, **more))


def test_the_legend_names_methods_with_their_areas() -> None:
    lines = lines_of([_curve(run="1", area=0.4), _curve(run="2", area=0.6), _curve("cnn", area=None)])
    shown = _labels(lines)
    assert "pca  0.500 ± 0.141" in shown
    assert "cnn" in shown
    assert "AU-sPRO@0.05" in shown
    assert "false positive rate (pixels)" in shown


@pytest.mark.parametrize("name", ["$x_{1}$", "_hidden", "<b>&amp;", "a\nb", "漢字", "100 %"])
def test_any_name_is_shown_as_it_is(name: str) -> None:
    shown = " ".join(_labels(lines_of([_curve(name, category=name), _curve(name, category="nut")])))
    expected = {"a\nb": "a b", "漢字": "<6f22><5b57>"}.get(name, name)
    assert f"{expected}  0.500" in shown
    assert shown.count(expected) == 3  # two legends and a panel's title


def test_limits_that_lie_on_the_axis_are_named() -> None:
    def above(**more: Any) -> list[str]:
        with styled():
            figure = draw_curves(lines_of([_curve()]), "spro", **more)
            figure.draw_without_rendering()
            return [text.get_text() for text in figure.axes[0].texts]

    assert above() == ["0.3", "0.1", "0.05", "0.01"]
    assert above(end=0.1) == ["0.1", "0.05", "0.01"]
    assert above(end=1.0) == ["0.3", "0.1", "0.01"]  # 0.05 would stand in 0.1
    assert above(log=True) == ["0.3", "0.1", "0.01"] or above(log=True) == ["0.3", "0.1", "0.05", "0.01"]


@pytest.mark.parametrize(
    ("methods", "categories", "log"),
    [(4, 1, False), (9, 1, True), (3, 2, True), (9, 2, False), (2, 5, False), (9, 5, True)],
)
def test_no_letters_overlap(methods: int, categories: int, log: bool) -> None:  # noqa: FBT001
    curves = [_curve(f"method-{m}", f"category_{c}") for c in range(categories) for m in range(methods)]
    with styled():
        figure = draw_curves(lines_of(curves), "spro", log=log)
        assert overlapping(figure) == []


@pytest.mark.parametrize("kind", ["roc", "pr", "pixel-roc"])
def test_every_kind_is_drawn(kind: Kind) -> None:
    curves = [_curve(f"m{number}", kind=kind, x=(0.0, 0.5, 1.0)) for number in range(3)]
    with styled():
        figure = draw_curves(lines_of(curves), kind)
        assert overlapping(figure) == []
        assert figure.axes[0].get_xlim() == (0.0, 1.0)
