from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from curate.errors import ConfigError, MissingError
from curate.workspace.workspace import Workspace, find_workspace, init_workspace, open_workspace


def test_the_workspace_is_found_from_any_folder_below(tmp_path: Path) -> None:
    workspace, made = init_workspace(tmp_path / "line")
    assert made
    assert find_workspace(workspace.root / "captures").root == workspace.root


def test_no_workspace_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="curate init"):
        find_workspace(tmp_path)
    with pytest.raises(MissingError, match="no such folder"):
        find_workspace(tmp_path / "gone")


def test_a_category_without_frames_is_named(tmp_path: Path) -> None:
    init_workspace(tmp_path, ("clip",))
    with pytest.raises(MissingError, match="no frames were imported for clip") as caught:
        open_workspace(tmp_path, ("clip",))
    assert "curate import FOLDER -c clip" in caught.value.hint


def test_categories_without_a_table_get_the_whole_frame(tmp_path: Path) -> None:
    workspace, _ = init_workspace(tmp_path)
    record = workspace.captures_record("clip", "main")
    record.parent.mkdir(parents=True)
    record.write_text("", encoding="utf-8")
    _, _, categories = open_workspace(tmp_path)
    assert [category.windows["default"].mode for category in categories] == ["full"]


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", ""])
def test_category_names_that_are_no_folder_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        init_workspace(tmp_path / "x", (name,))
    assert not (tmp_path / "x" / "curate.toml").exists()


def _hold(root: str, started: multiprocessing.synchronize.Event, release: multiprocessing.synchronize.Event) -> None:
    with Workspace(Path(root)).lock():
        started.set()
        release.wait(30)


def test_a_second_writer_waits_and_says_so(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    started, release = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(str(tmp_path), started, release))
    holder.start()
    assert started.wait(30)
    messages: list[str] = []

    def on_wait(message: str) -> None:
        messages.append(message)
        release.set()

    with Workspace(tmp_path).lock(on_wait):
        pass
    holder.join(30)
    assert len(messages) == 1
    assert "another curate command" in messages[0]
