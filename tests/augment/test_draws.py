from __future__ import annotations

import numpy as np
import pytest

from curate.augment.draws import PAPER, TRANSFORMS, draw_steps, generator_of, in_words


def test_the_papers_distributions() -> None:
    drawn = [draw_steps(PAPER, generator_of(3, "part", str(number)), 0.5) for number in range(4000)]
    values = {name: np.array([step.value for steps in drawn for step in steps if step.name == name]) for name in PAPER}
    # Four standard deviations of a coin thrown 4000 times are 0.032.
    assert len(values["rotate"]) / 4000 == pytest.approx(0.5, abs=0.032)
    assert len(values["noise"]) / 4000 == pytest.approx(0.5, abs=0.032)
    assert sum(len(steps) == 2 for steps in drawn) / 4000 == pytest.approx(0.25, abs=0.028)
    for name, low, high in (("rotate", -15.0, 15.0), ("noise", 10.0, 120.0)):
        assert low <= values[name].min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < values[name].max() <= high
        quarters = np.histogram(values[name], bins=4, range=(low, high))[0] / len(values[name])
        assert quarters == pytest.approx([0.25] * 4, abs=0.04)


def test_a_copys_angle_does_not_depend_on_the_other_transforms() -> None:
    for number in range(50):
        rng = [generator_of(1, str(number)) for _ in range(2)]
        alone = draw_steps(["rotate"], rng[0], 0.5)
        among = draw_steps(list(TRANSFORMS), rng[1], 0.5)
        assert [step for step in among if step.name == "rotate"] == list(alone)


def test_seed_and_names_decide() -> None:
    assert generator_of(1, "a", "b").random() == generator_of(1, "a", "b").random()
    others = {
        generator_of(seed, *names).random() for seed, names in ((1, ("ab", "")), (1, ("a", "b")), (2, ("a", "b")))
    }
    assert len(others) == 3


def test_the_drift_is_no_matter_of_chance() -> None:
    values = [draw_steps(["drift"], generator_of(0, str(place)), place)[0].value for place in (0.0, 0.5, 1.0)]
    assert values == [0.7, 1.0, 1.3]


def test_words_name_parameters_where_there_are_any() -> None:
    steps = draw_steps(["flip-x", "drift"], generator_of(4, "x"), 1.0)
    assert in_words(steps) in {"drift=1.3000", "flip-x drift=1.3000"}
