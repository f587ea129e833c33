from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from curate.disk.atomic import write_bytes, write_text
from curate.disk.publish import publish_folder
from curate.errors import InputError, StorageError
from tests.disk.kills import contents, every_kill, killed_at

OLD = {"mark": b"old", "a/b": b"1"}
NEW = {"mark": b"new", "a/c": b"2", "d": b"3"}


def own(folder: Path) -> bool:
    return (folder / "mark").is_file()


def publish(final: Path, files: dict[str, bytes] = NEW, *, resumed: bool = False) -> None:
    with publish_folder(final, is_own=own, without="it has no mark", resumed=resumed) as draft:
        for name, content in files.items():
            write_bytes(draft.folder / name, content)


def whole_copies(around: Path) -> list[dict[str, bytes]]:
    """Every folder that a person could take for the published one, under its name or a hidden one."""
    return [contents(folder) for folder in around.iterdir() if folder.is_dir()]


def visible(around: Path) -> list[str]:
    return sorted(path.name for path in around.iterdir())


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize("old", [None, OLD])
def test_a_kill_at_any_moment_leaves_a_whole_folder_and_the_next_run_ends_alike(
    tmp_path: Path, old: dict[str, bytes] | None, *, resumed: bool
) -> None:
    around = tmp_path / "around"

    def start() -> None:
        shutil.rmtree(around, ignore_errors=True)
        if old is not None:
            publish(around / "out", old)

    start()
    moments = 0
    for _ in every_kill(lambda: publish(around / "out", resumed=resumed)):
        moments += 1
        if old is not None:
            assert old in whole_copies(around) or NEW in whole_copies(around)
            if (around / "out").exists():
                assert contents(around / "out") in (old, NEW)
        # The same command again; and, from the same state, killed once more and run a third time.
        for second in every_kill(lambda: publish(around / "out", resumed=resumed)):
            assert old is None or old in whole_copies(around) or NEW in whole_copies(around)
            if second > 5:
                break
        publish(around / "out", resumed=resumed)
        assert contents(around / "out") == NEW
        assert visible(around) == ["out"]
        start()
    assert moments > 10


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_an_error_at_any_moment_leaves_the_old_folder_or_the_new_one(tmp_path: Path, code: int) -> None:
    for moment in range(1000):
        around = tmp_path / str(moment)
        publish(around / "out", OLD)
        try:
            with killed_at(moment, OSError(code, "no")) as done:
                publish(around / "out")
        except StorageError:
            assert contents(around / "out") in (OLD, NEW)
        if len(done) < moment:
            break
        publish(around / "out")
        assert (contents(around / "out"), visible(around)) == (NEW, ["out"])
    assert moment > 10


def test_a_kill_between_the_two_renames_is_made_good_before_anything_is_deleted(tmp_path: Path) -> None:
    publish(tmp_path / "out", OLD)
    (tmp_path / "out").rename(tmp_path / ".curate-old-out")
    with publish_folder(tmp_path / "out", is_own=own, without="") as draft:
        assert contents(tmp_path / "out") == OLD
        assert contents(draft.folder) == {}
        draft.published = False
    assert contents(tmp_path) == {f"out/{name}": content for name, content in OLD.items()}


def test_a_draft_that_is_not_to_be_published_leaves_no_trace(tmp_path: Path) -> None:
    publish(tmp_path / "out", OLD)
    with publish_folder(tmp_path / "out", is_own=own, without="") as draft:
        write_text(draft.folder / "mark", "new")
        draft.published = False
    assert contents(tmp_path) == {f"out/{name}": content for name, content in OLD.items()}


def test_what_a_failed_block_wrote_stays_only_for_who_goes_on_with_it(tmp_path: Path) -> None:
    files = {"mark": b"half", "mark/below": b"a file is no folder"}
    for resumed, left in ((False, []), (True, [".curate-new-out"])):
        with pytest.raises(StorageError):
            publish(tmp_path / "out", files, resumed=resumed)
        assert visible(tmp_path) == left


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_curate_did_not_write_is_never_replaced(tmp_path: Path, what: str) -> None:
    if what == "file":
        (tmp_path / "out").write_text("years of work")
    else:
        (tmp_path / "out").mkdir()
        (tmp_path / "out/thesis.txt").write_text("years of work")
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"exists and was not written by curate: it (has no mark|is no folder)"):
        publish(tmp_path / "out")
    assert contents(tmp_path) == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    publish(tmp_path / "out")
    assert contents(tmp_path / "out") == NEW


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    publish(tmp_path / "disk/real", OLD)
    (tmp_path / "link").symlink_to("disk/real")
    (tmp_path / "dangling").symlink_to("disk/made")
    for name in ("link", "dangling"):
        publish(tmp_path / name)
        assert (tmp_path / name).is_symlink()
    assert contents(tmp_path / "disk/real") == contents(tmp_path / "disk/made") == NEW
    assert visible(tmp_path / "disk") == ["made", "real"]


def test_a_name_of_255_bytes(tmp_path: Path) -> None:
    name = "é" * 127 + "x"
    publish(tmp_path / name, OLD)
    publish(tmp_path / name)
    assert (contents(tmp_path / name), visible(tmp_path)) == (NEW, [name])
