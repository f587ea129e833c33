"""A real scheduler and two worker processes: the same windows and records as on threads, also when a worker dies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from curate.crop.report import CropReport
from curate.crop.run import crop_windows
from curate.demo.scene import SessionSettings
from curate.execution import Execution
from curate.workspace.workspace import open_workspace
from tests.clusters import Cluster, KillOnce
from tests.conftest import Curate
from tests.crop.workspaces import demo_workspace

pytestmark = pytest.mark.filterwarnings("ignore")

SETTINGS = SessionSettings(
    frames=20,
    seed=13,
    texture_seed=14,
    frame_px=(480, 360),
    window_px=120,
    context_px=200,
    jitter_px=12.0,
    conditions={"empty": 0.2, "noisy": 0.3},
)


def written(root: Path) -> dict[str, bytes]:
    """Every window, record and stamp."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for folder in ("windows", "records")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file()
    }


def crop(root: Path, execution: Execution) -> CropReport:
    workspace, _, (category,) = open_workspace(root)
    return crop_windows(workspace, category, execution=execution)


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    """Two equal workspaces; one frame of each has been damaged since it was imported."""
    demo_workspace(tmp_path / "here", SETTINGS)
    damaged = tmp_path / "here" / "captures" / "part" / "a" / "0007.jpg"
    damaged.write_bytes(damaged.read_bytes()[:-1000])
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    return tmp_path / "here", tmp_path / "there"


def test_a_cluster_gives_the_same_bytes(
    roots: tuple[Path, Path], cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = roots
    on_threads = crop(here, Execution(jobs=2))
    monkeypatch.setattr("curate.crop.worker.decode", lambda *_: pytest.fail("this process worked on a frame"))
    on_cluster = crop(there, Execution(scheduler=cluster.address))
    assert on_cluster == on_threads
    assert [finding.code for finding in on_cluster.findings].count("CUR201") == 1
    assert written(there) == written(here)
    assert sum(path.endswith(".png") for path in written(there)) >= 10


def test_the_command_works_on_a_cluster(roots: tuple[Path, Path], cluster: Cluster, curate: Curate) -> None:
    here, there = roots
    on_threads = curate("crop", "-C", here, "--json")
    on_cluster = curate("crop", "-C", there, "--json", "--scheduler", cluster.address)
    assert on_cluster.code == on_threads.code
    assert json.loads(on_cluster.out) == json.loads(on_threads.out)
    assert written(there) == written(here)


def test_a_killed_worker_costs_nothing_but_time(roots: tuple[Path, Path], cluster: Cluster) -> None:
    here, there = roots
    on_threads = crop(here, Execution(jobs=1))
    killing = Execution(scheduler=cluster.address, progress=KillOnce(cluster.workers[0]))
    assert crop(there, killing) == on_threads
    assert cluster.workers[0].wait() != 0
    assert written(there) == written(here)
