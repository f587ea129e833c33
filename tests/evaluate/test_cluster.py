"""A real scheduler and two worker processes on loopback: the same bits, also when a worker is killed on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.errors import InputError
from curate.evaluate.run import evaluate_submission
from curate.evaluate.scoring.memory import Memory
from curate.execution import Execution
from curate.model.evaluation_options import EvaluationOptions
from tests.clusters import Cluster, KillOnce
from tests.conftest import Curate
from tests.evaluate.samples import random_items, write_dataset, write_submission

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path, Path]:
    rng = np.random.default_rng(0)
    items = [item for _ in range(9) for item in random_items(rng, levels=900)]
    dataset = write_dataset(tmp_path / "data", "part", items)
    whole = write_submission(tmp_path / "whole", "part", items, train=[3.0, 9.0, 4.0])
    floats = write_submission(tmp_path / "floats", "part", items, dtype=np.float32, suffix=".tiff")
    return dataset, whole, floats


def scored(submission: Path, dataset: Path, execution: Execution, memory: Memory = Memory()) -> Any:
    options = EvaluationOptions(bootstrap=20)
    report = evaluate_submission(submission, dataset, options=options, execution=execution, memory=memory)
    assert report.findings == ()
    return report.to_json()


def test_a_cluster_gives_the_same_bits(roots: tuple[Path, Path, Path], cluster: Cluster, curate: Curate) -> None:
    dataset, whole, floats = roots
    for submission in (whole, floats):
        here = scored(submission, dataset, Execution())
        assert scored(submission, dataset, Execution(scheduler=cluster.address)) == here
    arguments = ("evaluate", whole, "--dataset", dataset, "--no-validate", "--json", "--scheduler", cluster.address)
    result = curate(*arguments, "--bootstrap", 20)
    assert result.code == 0
    assert json.loads(result.out) == scored(whole, dataset, Execution())


def test_many_floats_are_counted_alike_on_a_cluster(roots: tuple[Path, Path, Path], cluster: Cluster) -> None:
    memory = Memory(sweep_bytes=9_000)
    here = scored(roots[2], roots[0], Execution(), memory)
    assert scored(roots[2], roots[0], Execution(scheduler=cluster.address), memory) == here


def test_a_killed_worker_costs_nothing_but_time(roots: tuple[Path, Path, Path], cluster: Cluster) -> None:
    dataset, _, floats = roots
    here = scored(floats, dataset, Execution())
    there = Execution(scheduler=cluster.address, progress=KillOnce(cluster.workers[0]))
    assert scored(floats, dataset, there) == here
    assert cluster.workers[0].wait() != 0


def test_no_scheduler_is_one_clear_message(roots: tuple[Path, Path, Path]) -> None:
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        scored(roots[1], roots[0], Execution(scheduler="tcp://127.0.0.1:1"))
