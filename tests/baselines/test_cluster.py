"""Categories and seeds, and the cells of a study, spread over a Dask cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.baselines.run import BaselineOptions, run_baseline
from tests.baselines.drawn import draw_dataset, files_of
from tests.clusters import Cluster
from tests.conftest import Curate

pytest.importorskip("distributed")

STUDY = """
[study]
title = "Two"
metrics = ["auroc"]
[datasets.rings]
path = "data"
[methods.First]
method = "pixel-gaussian"
[methods.Second]
method = "pixel-gaussian"
shots = 4
"""


def test_seeds_on_a_cluster_give_the_same_bytes(tmp_path: Path, cluster: Cluster, curate: Curate) -> None:
    draw_dataset(tmp_path / "data")
    draw_dataset(tmp_path / "data", category="second")
    run_baseline(tmp_path / "data", tmp_path / "here", BaselineOptions("pixel-gaussian", seeds=2))
    given = ("baseline", "pixel-gaussian", "--dataset", tmp_path / "data", "-o", tmp_path / "there", "--seeds", "2")
    done = curate(*given, "--scheduler", cluster.address)
    assert done.code == 0, done.err
    assert files_of(tmp_path / "there") == files_of(tmp_path / "here")
    assert curate(*given, "--scheduler", cluster.address).out.count("current") == 4


def test_a_study_on_a_cluster_gives_the_same_tables(tmp_path: Path, cluster: Cluster, curate: Curate) -> None:
    draw_dataset(tmp_path / "data")
    study = tmp_path / "study.toml"
    study.write_text(STUDY, encoding="utf-8")
    assert curate("study", study, "-o", tmp_path / "here").code == 0
    done = curate("study", study, "-o", tmp_path / "there", "--scheduler", cluster.address)
    assert done.code == 0, done.err
    assert files_of(tmp_path / "there" / "submissions") == files_of(tmp_path / "here" / "submissions")
    for name in ("rings.csv", "rings.tex"):
        assert (tmp_path / "there" / "tables" / name).read_bytes() == (tmp_path / "here" / "tables" / name).read_bytes()
