from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from curate.disk.destination import LOCK_NAME, writing_into
from curate.errors import StorageError


def _add_one(root: str, times: int) -> None:
    counter = Path(root) / "counter"
    for _ in range(times):
        with writing_into(Path(root)):
            counter.write_text(str(int(counter.read_text() or "0") + 1))


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with writing_into(tmp_path / "deep/out"):
        (tmp_path / "deep/out/a").touch()
    assert [path.name for path in (tmp_path / "deep/out").iterdir()] == ["a"]


def test_a_folder_that_nothing_was_written_into_goes_away_again(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name in ("there", "new"):
        with pytest.raises(KeyError), writing_into(tmp_path / name):
            raise KeyError
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_one_at_a_time_though_the_lock_s_file_comes_and_goes(tmp_path: Path) -> None:
    (tmp_path / "counter").write_text("")
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=_add_one, args=(str(tmp_path), 20)) for _ in range(2)]
    for other in others:
        other.start()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(_add_one, [str(tmp_path)] * 4, [10] * 4))
    for other in others:
        other.join(60)
    assert (tmp_path / "counter").read_text() == "80"
    assert [path.name for path in tmp_path.iterdir()] == ["counter"]


def test_a_second_writer_waits_and_says_so_once(tmp_path: Path) -> None:
    messages: list[str] = []
    with ThreadPoolExecutor(1) as threads:

        def second() -> int:
            with writing_into(tmp_path, messages.append):
                return len(messages)

        with writing_into(tmp_path):
            waiting = threads.submit(second)
            while not messages and not waiting.done():
                pass
            assert not waiting.done()
        assert waiting.result(30) == 1
    assert "another curate command is writing into" in messages[0]


def test_the_file_of_a_killed_command_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).touch()
    with writing_into(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(StorageError), writing_into(tmp_path / "out"):
        pass
