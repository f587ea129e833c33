from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curate.baselines import unet
from curate.baselines.folds import label_folds, some_defects, specimen_folds
from curate.baselines.head import LAYERS, Block, fit_head, probabilities, select
from curate.baselines.methods import settings_for
from curate.baselines.trial import Trial
from curate.errors import InputError
from curate.model.dataset import Category, Sample
from tests import reference_baselines as reference

LABELS = ["good"] * 20 + ["dent"] * 16
GENERATOR = np.random.default_rng(8)


def informative(columns: int, telling: int, strength: float) -> Block:
    block = GENERATOR.normal(size=(36, columns))
    block[20:, :telling] += strength
    return block


def test_each_block_keeps_its_own_root_of_n_features() -> None:
    weak, strong = informative(30, 6, 5.0), informative(30, 12, 6.0)
    kept = select([weak, strong], LABELS, "each", seed=0)
    assert [len(columns) for columns in kept] == [6, 6]  # √36 of each
    assert set(kept[0].tolist()) == set(range(6))
    assert set(kept[1].tolist()) <= set(range(12))


def test_jointly_the_more_telling_block_crowds_the_other_out() -> None:
    weak, strong = informative(30, 6, 1.0), informative(30, 12, 9.0)
    kept = select([weak, strong], LABELS, "joint", seed=0)
    assert [len(columns) for columns in kept] == [0, 6]
    assert kept[1].max() < 30


def test_the_head_gives_what_its_layers_say() -> None:
    features = informative(5, 3, 2.0)
    labels = ["good"] * 20 + ["dent"] * 8 + ["scratch"] * 8
    head = fit_head(features, labels, seed=3)
    perceptron = head.steps[1][1]
    assert perceptron.hidden_layer_sizes == LAYERS == (512, 100)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    slow = reference.relu_network(standard[:4], perceptron.coefs_, perceptron.intercepts_)
    classes = ("good", "dent", "crack", "scratch")
    found = probabilities(head, features[:4], classes)
    order = [list(head.classes_).index(name) for name in ("good", "dent", "scratch")]
    assert np.allclose(found[:, [0, 1, 3]], slow[:, order], atol=1e-9)
    assert not found[:, 2].any()  # a class that it has never seen
    again = fit_head(features, labels, seed=3)
    assert np.array_equal(probabilities(again, features, classes), probabilities(head, features, classes))


def samples(**numbers: int) -> list[Sample]:
    return [
        Sample("test", label, f"{place:03d}", f"{label}/{place}.png", specimen=f"{label}{place // 2}")
        for label, count in numbers.items()
        for place in range(count)
    ]


def test_label_folds_hold_every_label_once() -> None:
    pool = samples(good=20, dent=10)
    folds = label_folds(pool, 10, seed=1)
    assert sorted(place for fold in folds for place in fold) == list(range(30))
    assert all(sorted(pool[place].label for place in fold) == ["dent", "good", "good"] for fold in folds)
    with pytest.raises(InputError, match="images by label: dent 9; 10 stratified folds need at least 10 of each"):
        label_folds(samples(good=20, dent=9), 10, seed=1)
    with pytest.raises(InputError, match="good images and a defect"):
        label_folds(samples(good=20), 10, seed=1)


def test_specimen_folds_tear_no_specimen_apart() -> None:
    pool = samples(good=20, dent=10)
    folds = specimen_folds(pool, 5, seed=1)
    where = {pool[place].specimen: {n for n, fold in enumerate(folds) if place in fold} for place in range(30)}
    assert all(len(found) == 1 for found in where.values())
    assert len({place for fold in folds for place in fold}) == 30
    with pytest.raises(InputError, match="2 specimens cannot be divided into 5 folds"):
        specimen_folds(samples(good=4), 5, seed=0)


def test_unet_learns_from_some_defects_and_is_judged_on_all() -> None:
    pool = samples(good=12, dent=12)
    drawn = [replace(sample, masks=("mask.png",)) if not sample.is_good else sample for sample in pool]
    category = Category("tile", "", tuple(drawn))
    for given, learned in ((100, 6), (50, 3), (25, 2)):
        settings = settings_for("unet", {"folds": 2, "defects": given})
        parts = unet.division(Trial(Path(), category, settings))
        assert [sum(not sample.is_good for sample in training) for training, _ in parts] == [learned] * 2
        assert sorted(sample.key for _, test in parts for sample in test) == sorted(sample.key for sample in pool)


def test_a_smaller_share_of_defects_is_part_of_a_larger_one() -> None:
    pool = samples(good=8, dent=8, scratch=3)
    kept = {percent: {sample.key for sample in some_defects(pool, percent, seed=2)} for percent in (25, 50, 75, 100)}
    assert [len(keys) for keys in kept.values()] == [8 + 2 + 1, 8 + 4 + 2, 8 + 6 + 2, 19]
    assert kept[25] < kept[50] < kept[75] < kept[100]
