from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import curate.cluster as cluster_module
from curate.cluster import FolderMark, _refuse_other_code, code_versions, map_on_cluster, unseen_folders
from curate.errors import InputError
from curate.execution import Execution
from tests.clusters import Cluster, KillOnce, loopback_cluster
from tests.crop.test_cluster import SETTINGS, crop, written
from tests.crop.workspaces import demo_workspace

pytest.importorskip("distributed")


def test_workers_with_other_code_are_refused_with_a_list() -> None:
    own = code_versions()
    _refuse_other_code({"tcp://a:1": own, "tcp://b:1": dict(own)}, "tcp://s:8786")
    with pytest.raises(InputError) as caught:
        _refuse_other_code({"tcp://a:1": own, "tcp://b:1": {**own, "NumPy": "0.1"}, "tcp://c:1": {}}, "tcp://s:8786")
    lines = str(caught.value).splitlines()
    assert lines[0] == "tcp://s:8786: its workers run other versions than this machine:"
    assert lines[1] == f"  tcp://b:1: NumPy 0.1, here {own['NumPy']}"
    assert len(lines) == 2 + len(own) + 1
    assert lines[-1].startswith("  next: ")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tls://127.0.0.1:9", "needs certificates"),
        ("tcp://127.0.0.1:9", "no Dask scheduler answers there"),
        ("nosuch://x", "is no address"),
        ("tcp://127.0.0.1:x", "is no address"),
        ("y", "is no address"),
    ],
)
def test_a_wrong_address_is_one_message(address: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        list(Execution(scheduler=address).map(abs, [1], "numbers"))
    assert len(str(caught.value).splitlines()) == 2


def test_what_answers_and_is_no_scheduler_is_one_message() -> None:
    """It takes connections and never says a word."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(InputError, match="no Dask scheduler") as found,
    ):
        list(map_on_cluster(abs, [1], f"tcp://127.0.0.1:{server.getsockname()[1]}", timeout_s=0.5))
    assert len(str(found.value).splitlines()) == 2


def test_a_name_server_that_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def silent(*_: object, **__: object) -> None:
        asked.wait(60)

    monkeypatch.setattr(socket, "create_connection", silent)
    with pytest.raises(InputError, match="nothing came within"):
        list(map_on_cluster(abs, [1], "tcp://nosuch.invalid:8786", timeout_s=0.1))
    asked.set()


def test_a_worker_knows_a_workspace_by_a_file_that_was_just_made_and_a_dataset_by_its_names(tmp_path: Path) -> None:
    (tmp_path / "line/.curate").mkdir(parents=True)
    (tmp_path / "data/part").mkdir(parents=True)
    with cluster_module._marks([tmp_path / "line", tmp_path / "data"]) as marks:
        assert [bool(mark.nonce) for mark in marks] == [True, False]
        assert unseen_folders(marks) == []
        other = [FolderMark(mark.folder, mark.nonce and f"{mark.nonce}x", f"{mark.names}x") for mark in marks]
        assert unseen_folders(other) == [str(tmp_path / "line"), str(tmp_path / "data")]
        (tmp_path / "data/part/test").mkdir()
        assert unseen_folders(marks) == [str(tmp_path / "data")]
    assert list((tmp_path / "line/.curate").iterdir()) == []


@pytest.mark.filterwarnings("ignore")
def test_workers_that_do_not_see_the_files_are_refused_with_a_list(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def elsewhere(folders: list[Path]) -> Iterator[list[FolderMark]]:
        yield [FolderMark(str(folder), str(folder / "only here"), "") for folder in folders]

    assert list(map_on_cluster(abs, [-1, -2], cluster.address, [tmp_path])) == [1, 2]
    monkeypatch.setattr(cluster_module, "_marks", elsewhere)
    with pytest.raises(InputError, match="do not see the same files") as caught:
        list(map_on_cluster(abs, [-1], cluster.address, [tmp_path]))
    lines = str(caught.value).splitlines()
    assert [line.endswith(f": {tmp_path}") for line in lines] == [False, True, True, False]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("killed", ["scheduler", "workers"])
def test_a_scheduler_or_all_workers_that_die_are_one_message_and_a_rerun_gives_the_same_bytes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], killed: str
) -> None:
    demo_workspace(tmp_path / "here", SETTINGS)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    on_threads = crop(tmp_path / "here", Execution(jobs=1))
    with loopback_cluster(tmp_path) as own:
        victims = own.workers if killed == "workers" else [own.scheduler]
        with pytest.raises(InputError, match="the scheduler went away, or all its workers") as caught:
            crop(tmp_path / "there", Execution(scheduler=own.address, progress=KillOnce(*victims)))
    assert len(str(caught.value).splitlines()) == 2
    assert capfd.readouterr().err == ""
    again = crop(tmp_path / "there", Execution(jobs=1))
    assert [window.count("accepted") for window in again.windows] == [
        window.count("accepted") for window in on_threads.windows
    ]
    assert written(tmp_path / "there") == written(tmp_path / "here")
