from __future__ import annotations

import errno
import os
import random
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from curate.disk.tables import read_table
from curate.errors import InputError, MissingError, ReadError
from curate.execution import Execution
from curate.importing.options import ImportOptions
from curate.importing.plan import Plan, plan_import
from curate.importing.report import ImportReport
from curate.importing.run import import_frames
from curate.model.capture import Capture
from curate.workspace.workspace import Workspace, init_workspace
from tests.importing.frames import ORIENTATION, encoded, shot, write


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "workspace")[0]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Three shots whose names contradict their clock."""
    folder = tmp_path / "camera"
    shot(folder / "b.jpg", 1, "2022:08:11 10:00:00", "7")
    shot(folder / "a.jpg", 2, "2022:08:11 10:00:00", "8")
    shot(folder / "sub" / "c.jpg", 3, "2022:08:11 09:00:00")
    return folder


def take(workspace: Workspace, *sources: Path, category: str = "clip", series: str = "main") -> ImportReport:
    return import_frames(workspace, sources, category, ImportOptions(series=series))


def rows(workspace: Workspace, series: str = "main") -> list[Capture]:
    return read_table(workspace.captures_record("clip", series), Capture)


def frames(workspace: Workspace, series: str = "main") -> list[str]:
    return [row.frame for row in rows(workspace, series)]


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a workspace that is not disposable."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".curate" not in path.relative_to(folder).parts
    }


def test_frames_stand_in_shooting_order(workspace: Workspace, source: Path) -> None:
    report = take(workspace, source)
    assert frames(workspace) == ["main/sub/c.jpg", "main/b.jpg", "main/a.jpg"]
    assert report.added == ("main/sub/c.jpg", "main/b.jpg", "main/a.jpg")
    assert rows(workspace)[1].shot_at == "2022-08-11T10:00:00.7"
    assert (workspace.captures("clip") / "main" / "sub" / "c.jpg").read_bytes() == (source / "sub/c.jpg").read_bytes()


def test_captures_are_read_only_and_sources_untouched(workspace: Workspace, source: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode) for path in source.rglob("*.jpg")}
    take(workspace, source)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in source.rglob("*.jpg")} == before
    captured = workspace.captures("clip") / "main" / "a.jpg"
    assert stat.S_IMODE(captured.stat().st_mode) == 0o444
    assert captured.stat().st_mtime_ns == (source / "a.jpg").stat().st_mtime_ns


def test_a_hard_link_on_request(workspace: Workspace, source: Path) -> None:
    import_frames(workspace, [source], "clip", ImportOptions(link=True))
    assert (workspace.captures("clip") / "main" / "a.jpg").samefile(source / "a.jpg")
    assert os.access(source / "a.jpg", os.W_OK)
    again = import_frames(workspace, [source], "clip", ImportOptions(link=True))
    assert (again.added, again.known) == ((), 3)


def test_hard_links_of_one_file_within_the_source(workspace: Workspace, source: Path) -> None:
    for index in range(4):
        os.link(source / "a.jpg", source / f"a{index}.jpg")
    report = import_frames(workspace, [source], "clip", ImportOptions(link=True), execution=Execution(jobs=1))
    assert (len(report.added), len(report.duplicates)) == (3, 4)
    assert not (workspace.scratch / "incoming").exists()


def test_the_second_time_adds_only_what_is_new(workspace: Workspace, source: Path) -> None:
    take(workspace, source)
    before = snapshot(workspace.root)
    assert take(workspace, source).added == ()
    assert snapshot(workspace.root) == before
    shot(source / "d.jpg", 4, "2022:08:11 09:30:00")
    assert take(workspace, source).added == ("main/d.jpg",)
    assert frames(workspace) == ["main/sub/c.jpg", "main/d.jpg", "main/b.jpg", "main/a.jpg"]


def test_in_two_goes_as_in_one(tmp_path: Path, workspace: Workspace, source: Path) -> None:
    other = shot(tmp_path / "more" / "z.jpg", 9, "2022:08:11 09:15:00").parent
    take(workspace, source)
    take(workspace, other)
    at_once = init_workspace(tmp_path / "once" / "workspace")[0]
    take(at_once, other, source)
    assert snapshot(workspace.root) == snapshot(at_once.root)


def test_an_unchanged_file_is_not_read_again(workspace: Workspace, source: Path) -> None:
    take(workspace, source)
    path = source / "a.jpg"
    state = path.stat()
    path.write_bytes(b"?" * state.st_size)  # same inode and size
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert take(workspace, source).findings == ()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert [finding.code for finding in take(workspace, source).findings] == ["CUR201"]


@pytest.mark.parametrize("change", ["source", "below", "hidden", "captures", "record", "nothing"])
def test_what_an_unchanged_import_notices(
    workspace: Workspace, source: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(workspace, source)
    record = workspace.captures_record("clip", "main")
    if change == "source":
        shot(source / "new.jpg", 9, "2022:08:11 12:00:00")
    elif change == "below":
        os.utime(source / "sub" / "c.jpg", ns=(0, 0))
    elif change == "hidden":
        (source / ".hidden").touch()
    elif change == "captures":
        (workspace.captures("clip") / "main" / "sub" / "c.jpg").unlink()
    elif change == "record":
        record.write_text(record.read_text().replace("main/b.jpg", "main/bb.jpg"))
    looked: list[int] = []

    def planning(*arguments: Any, **options: Any) -> Plan:
        looked.append(1)
        return plan_import(*arguments, **options)

    monkeypatch.setattr("curate.importing.run.plan_import", planning)
    report = take(workspace, source)
    assert bool(looked) == (change not in {"nothing", "hidden"})
    assert report.skipped == ({"hidden": 1} if change == "hidden" else {})
    listed: list[int] = []
    monkeypatch.setattr("curate.importing.run.list_sources", lambda *_: listed.append(1))
    assert replace(take(workspace, source), dry_run=True) == import_frames(workspace, [source], "clip", dry_run=True)
    assert not listed  # a glance was enough


def test_what_changes_while_it_is_imported_is_noticed(
    workspace: Workspace, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def planning(*arguments: Any, **options: Any) -> Plan:
        if not (source / "late.jpg").exists():
            shot(source / "late.jpg", 9, "2022:08:11 12:00:00")
        return plan_import(*arguments, **options)

    monkeypatch.setattr("curate.importing.run.plan_import", planning)
    assert len(take(workspace, source).added) == 3
    assert take(workspace, source).added == ("main/late.jpg",)


def test_remarks_on_names_are_made_every_time(workspace: Workspace, source: Path) -> None:
    shot(source / "a_mask.jpg", 9, "2022:08:11 12:00:00")
    for _ in range(3):
        assert [finding.code for finding in take(workspace, source).findings] == ["CUR727"]


def test_a_folder_around_the_workspace_is_known_again(
    tmp_path: Path, workspace: Workspace, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "loop").symlink_to(tmp_path)
    assert len(take(workspace, tmp_path).added) == 3
    take(workspace, tmp_path)  # the first import itself has put a new folder beside what it saw
    monkeypatch.setattr("curate.importing.run.list_sources", lambda *_: pytest.fail("it was listed again"))
    assert take(workspace, tmp_path).known == 3


def test_a_lost_capture_is_put_back(workspace: Workspace, source: Path) -> None:
    take(workspace, source)
    before = snapshot(workspace.root)
    (workspace.captures("clip") / "main" / "a.jpg").unlink()
    assert take(workspace, source).added == ()
    assert snapshot(workspace.root) == before


def test_identical_content_under_two_names(workspace: Workspace, source: Path) -> None:
    shutil.copy(source / "a.jpg", source / "copy of a.jpg")
    report = take(workspace, source)
    assert report.duplicates == (("copy of a.jpg", "a.jpg"),)
    assert len(frames(workspace)) == 3
    shutil.copy(source / "b.jpg", source / "b2.jpg")
    assert take(workspace, source).added == ()


def test_one_name_for_two_contents(tmp_path: Path, workspace: Workspace, source: Path) -> None:
    take(workspace, source)
    other = shot(tmp_path / "other" / "a.jpg", 8, "2022:08:11 12:00:00")
    report = take(workspace, other)
    (finding,) = report.findings
    digest = rows(workspace)[-1].sha256
    assert (finding.code, finding.path) == ("CUR721", f"main/a~{digest[:8]}.jpg")
    assert frames(workspace)[-1] == finding.path
    assert rows(workspace)[-1].source == "a.jpg"
    assert take(workspace, other).findings == ()


def test_broken_files_are_listed_and_the_others_taken(workspace: Workspace, source: Path) -> None:
    whole = encoded(5)
    (source / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (source / "empty.png").write_bytes(b"")
    (source / "wrong.png").write_bytes(whole)
    (source / "text.tif").write_text("not an image")
    report = take(workspace, source)
    assert len(report.added) == 3
    assert report.refused == 4
    assert {(finding.code, finding.path) for finding in report.findings} == {
        ("CUR201", name) for name in ("cut.jpg", "empty.png", "wrong.png", "text.tif")
    }


def test_litter_is_passed_over_and_counted(workspace: Workspace, source: Path) -> None:
    for name in ("Thumbs.db", "._a.jpg", ".DS_Store", "notes.txt"):
        (source / name).write_bytes(b"x")
    assert take(workspace, source).skipped == {"hidden": 2, "other": 1, "system": 1}


def test_the_size_is_that_of_the_upright_frame(workspace: Workspace, tmp_path: Path) -> None:
    take(workspace, write(tmp_path / "turned.jpg", exif={ORIENTATION: 6}))
    (row,) = rows(workspace)
    assert (row.width_px, row.height_px) == (16, 24)  # stored as 24×16


def test_a_decompression_bomb_is_refused_by_its_size(workspace: Workspace, source: Path) -> None:
    whole = bytearray(encoded(5))
    header = whole.index(b"\xff\xc0")
    whole[header + 5 : header + 9] = b"\xff\xff\xff\xff"  # height and width
    (source / "bomb.jpg").write_bytes(whole)
    (finding,) = take(workspace, source).findings
    assert (finding.path, "has 65535×65535 pixels" in finding.message) == ("bomb.jpg", True)


def test_depths_and_modes_that_are_taken(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "camera"
    folder.mkdir()
    grey = Image.fromarray(np.arange(384, dtype=np.uint16).reshape(16, 24) * 100)
    grey.save(folder / "a16.png")
    grey.save(folder / "b16.tif")
    (folder / "c.jpg").write_bytes(encoded(1, mode="CMYK"))
    (folder / "d.png").write_bytes(encoded(2, "PNG", mode="P"))
    Image.fromarray(np.zeros((4, 4), np.float32)).save(folder / "e32.tif")
    report = take(workspace, folder)
    assert [(row.source, row.mode) for row in rows(workspace)] == [
        ("a16.png", "I;16"),
        ("b16.tif", "I;16"),
        ("c.jpg", "CMYK"),
        ("d.png", "P"),
    ]
    (finding,) = report.findings
    assert (finding.path, finding.message) == ("e32.tif", "has 32-bit samples (mode F), expected 8 or 16 bits")


def test_names_of_every_kind(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "camera"
    wanted = ["Schicht 1, Früh.jpg", "x" * 251 + ".jpg", "線 №7 'q\".jpg", "-rf.jpg"]
    for seed, name in enumerate(wanted):
        write(folder / name, seed)
    take(workspace, folder)
    assert sorted(row.source for row in rows(workspace)) == sorted(wanted)
    for name in wanted:
        assert (workspace.captures("clip") / "main" / name).is_file()


def test_a_name_that_is_not_utf8_is_refused_by_name(workspace: Workspace, source: Path) -> None:
    (source / os.fsdecode(b"\xff.jpg")).write_bytes(encoded(1))
    report = take(workspace, source)
    assert len(report.added) == 3
    (finding,) = report.findings
    assert finding.code == "CUR201"
    assert finding.path.endswith("\\xff.jpg")
    assert "UTF-8" in finding.message


def test_circles_and_dead_ends_of_links(workspace: Workspace, source: Path) -> None:
    (source / "sub" / "up").symlink_to(source, target_is_directory=True)
    (source / "gone.jpg").symlink_to(source / "nowhere.jpg")
    report = take(workspace, source)
    assert len(report.added) == 3
    assert [finding.message for finding in report.findings] == ["is a symbolic link that leads nowhere"]


def test_pipes_sockets_and_devices_are_never_opened(workspace: Workspace, source: Path) -> None:
    os.mkfifo(source / "pipe.png")
    (source / "link to a pipe.png").symlink_to(source / "pipe.png")
    (source / "device.png").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(source / "socket.png"))
    # Should curate read the pipe after all, then it meets its end instead of hanging the tests.
    writer = threading.Thread(target=(source / "pipe.png").write_bytes, args=(b"",), daemon=True)
    writer.start()
    report = take(workspace, source)
    assert len(report.added) == 3
    assert {Path(finding.path).name: finding.message.partition(",")[0] for finding in report.findings} == {
        "pipe.png": "is a named pipe",
        "link to a pipe.png": "is a named pipe",
        "device.png": "is a device",
        "socket.png": "is a socket",
    }
    single = take(workspace, source / "pipe.png")
    assert [finding.code for finding in single.findings] == ["CUR201"]
    os.close(os.open(source / "pipe.png", os.O_RDONLY | os.O_NONBLOCK))
    writer.join()


def test_the_number_of_jobs_changes_nothing(tmp_path: Path, source: Path) -> None:
    results = []
    for jobs in (1, 4):
        workspace = init_workspace(tmp_path / str(jobs) / "workspace")[0]
        import_frames(workspace, [source], "clip", execution=Execution(jobs=jobs))
        results.append(snapshot(workspace.root))
    assert results[0] == results[1]


def test_a_dry_run_writes_nothing(workspace: Workspace, source: Path) -> None:
    before = sorted(workspace.root.rglob("*"))
    report = import_frames(workspace, [source], "clip", dry_run=True)
    assert len(report.added) == 3
    assert sorted(workspace.root.rglob("*")) == before


def test_labels_are_filled_in_but_never_overwritten(workspace: Workspace, source: Path) -> None:
    take(workspace, source)
    import_frames(workspace, [source / "a.jpg"], "clip", ImportOptions(label="scratch"))
    assert {row.frame: row.label for row in rows(workspace)} == {
        "main/a.jpg": "scratch",
        "main/b.jpg": "",
        "main/sub/c.jpg": "",
    }
    report = import_frames(workspace, [source / "a.jpg"], "clip", ImportOptions(label="good"))
    assert [finding.code for finding in report.findings] == ["CUR722"]
    assert rows(workspace)[-1].label == "scratch"


def test_a_file_that_no_record_knows_keeps_its_name(workspace: Workspace, source: Path) -> None:
    stranger = workspace.captures("clip") / "main" / "a.jpg"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"put here by hand")
    take(workspace, source)
    assert stranger.read_bytes() == b"put here by hand"
    assert len(frames(workspace)) == 3


def test_unusable_sources_are_refused(workspace: Workspace, tmp_path: Path, source: Path) -> None:
    with pytest.raises(MissingError, match="no such file or folder"):
        take(workspace, tmp_path / "nowhere")
    (tmp_path / "void" / "deep").mkdir(parents=True)
    with pytest.raises(InputError, match="holds no image"):
        take(workspace, tmp_path / "void")
    take(workspace, source)
    with pytest.raises(InputError, match="the workspace's own folders"):
        take(workspace, workspace.captures("clip"))
    with pytest.raises(InputError, match="cannot be a folder's name"):
        take(workspace, source, series="../elsewhere")


def test_the_workspace_inside_its_own_source(workspace: Workspace, source: Path) -> None:
    take(workspace, source)
    assert take(workspace, workspace.root.parent).known == 3


_FULL_DISK = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
from curate.cli.main import main
main(["import", sys.argv[1], "-c", "clip", "-C", sys.argv[2], "-q"])
"""


def test_a_full_disk_stops_with_a_message_and_nothing_half_written(workspace: Workspace, source: Path) -> None:
    limit = min(path.stat().st_size for path in source.rglob("*.jpg")) // 2
    command = [sys.executable, "-c", _FULL_DISK, str(source), str(workspace.root), str(limit)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "cannot be written: File too large" in result.stderr
    assert snapshot(workspace.root).keys() == {"curate.toml"}
    assert len(take(workspace, source).added) == 3


def test_a_killed_import_ends_in_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "camera"
    for index in range(40):
        shot(folder / f"{index % 4}" / f"{index:03d}.jpg", index, f"2022:08:11 1{index // 20}:{59 - index % 20:02d}:00")
    shutil.copy(folder / "0" / "000.jpg", folder / "again.jpg")
    options: dict[str, dict[str, Any]] = {"copy": {}, "link": {"link": True}, "gap": {"series_gap_s": 200.0}}
    expected = {}
    for mode, chosen in options.items():
        undisturbed = init_workspace(tmp_path / mode / "workspace")[0]
        import_frames(undisturbed, [folder], "clip", ImportOptions(**chosen))
        expected[mode] = snapshot(undisturbed.root)
    chance = random.Random(1)
    killed = {
        tmp_path / f"{mode}{attempt}" / "workspace": chance.randrange(1, 130)
        for attempt in range(5)
        for mode in options
    }
    for root in killed:
        init_workspace(root)
    plan = [f"{place}={root}" for root, place in killed.items()]
    result = subprocess.run([sys.executable, "-c", _KILL_AT, str(folder), *plan], capture_output=True, check=False)
    assert result.stdout.split() == [b"-9"] * len(killed), result.stderr.decode()
    for root, place in killed.items():
        mode = root.parent.name[:-1]
        import_frames(Workspace(root), [folder], "clip", ImportOptions(**options[mode]))
        assert snapshot(root) == expected[mode], (mode, place)
        left = {path.name for path in (root / ".curate").rglob("*") if path.is_file()}
        assert left == {"lock", "clip.jsonl", "clip.done.json"}, place


def test_the_folder_of_journals_can_be_deleted_at_any_time(tmp_path: Path, source: Path) -> None:
    undisturbed = init_workspace(tmp_path / "undisturbed" / "workspace")[0]
    take(undisturbed, source)
    workspace = init_workspace(tmp_path / "killed" / "workspace")[0]
    take(workspace, source)
    # As if killed after the moves and before the record, and cleaned up by hand.
    shutil.rmtree(workspace.root / "records" / "captures")
    shutil.rmtree(workspace.root / ".curate")
    take(workspace, source)
    assert snapshot(workspace.root) == snapshot(undisturbed.root)


_KILL_AT = """
import os, signal, sys
from pathlib import Path
from curate.execution import Execution
from curate.workspace.workspace import Workspace
from curate.importing.options import ImportOptions
from curate.importing.run import import_frames
import PIL.Image, PIL.JpegImagePlugin, filelock

left = 0

def count(event, arguments):
    # Every call that changes a file or a folder passes here before it happens.
    global left
    changes = event in {"os.rename", "os.remove", "os.chmod", "os.utime", "os.mkdir", "os.rmdir", "os.link"}
    if changes or (event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
for attempt in sys.argv[2:]:
    place, _, root = attempt.partition("=")
    child = os.fork()
    if not child:
        left = int(place)
        mode = Path(root).parent.name[:-1]
        options = {"link": {"link": True}, "gap": {"series_gap_s": 200.0}}.get(mode, {})
        execution = Execution(jobs=2)
        import_frames(Workspace(Path(root)), [Path(sys.argv[1])], "clip", ImportOptions(**options), execution=execution)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_two_imports_at_once_wait_for_each_other(workspace: Workspace, source: Path, tmp_path: Path) -> None:
    other = shot(tmp_path / "more" / "z.jpg", 9, "2022:08:11 09:15:00").parent
    command = [sys.executable, "-m", "curate", "import", "-c", "clip", "-C", str(workspace.root)]
    running = [subprocess.Popen([*command, str(folder)]) for folder in (source, other)]
    assert [process.wait() for process in running] == [0, 0]
    assert frames(workspace) == ["main/sub/c.jpg", "main/z.jpg", "main/b.jpg", "main/a.jpg"]


def test_a_disk_error_names_the_file(workspace: Workspace, source: Path) -> None:
    (workspace.root / "captures" / "clip").write_text("a file where a folder must be")
    with pytest.raises(ReadError, match="captures/clip"):
        take(workspace, source)


def test_a_manifest_gives_time_label_and_specimen(workspace: Workspace, source: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(
        "file,time,label,part\n"
        "camera/a.jpg,2022-08-11T07:00:00,OK,p1\n"
        "camera/b.jpg,2022-08-11T06:00:00,scratch,p2\n"
        "camera/sub/c.jpg,2022-08-11T08:00:00,OK,p1\n"
    )
    report = import_frames(workspace, [source], "clip", ImportOptions(manifest=manifest))
    assert [finding.code for finding in report.findings] == ["CUR710"]  # the cameras' own clocks say otherwise
    assert [(row.source, row.label, row.specimen, row.shot_from) for row in rows(workspace)] == [
        ("b.jpg", "scratch", "p2", "manifest"),
        ("a.jpg", "good", "p1", "manifest"),
        ("sub/c.jpg", "good", "p1", "manifest"),
    ]


def test_an_order_that_was_asked_for_is_kept_by_later_imports(workspace: Workspace, source: Path) -> None:
    import_frames(workspace, [source], "clip", ImportOptions(order="name"))
    assert frames(workspace) == ["main/a.jpg", "main/b.jpg", "main/sub/c.jpg"]
    shot(source / "aa.jpg", 7, "2022:08:11 12:00:00")
    take(workspace, source)
    assert frames(workspace) == ["main/a.jpg", "main/aa.jpg", "main/b.jpg", "main/sub/c.jpg"]
    import_frames(workspace, [source], "clip", ImportOptions(order="exif"))
    assert frames(workspace) == ["main/sub/c.jpg", "main/b.jpg", "main/a.jpg", "main/aa.jpg"]


def test_modification_times_only_when_asked(workspace: Workspace, tmp_path: Path) -> None:
    for seed, name in enumerate(["a.png", "b.png", "c.png"]):
        path = write(tmp_path / "camera" / name, seed, "PNG")
        os.utime(path, ns=(0, 10**18 - seed * 10**9))
    take(workspace, tmp_path / "camera")
    assert frames(workspace) == ["main/a.png", "main/b.png", "main/c.png"]
    assert rows(workspace)[0].shot_at == ""
    import_frames(workspace, [tmp_path / "camera"], "clip", ImportOptions(order="file-time"))
    assert frames(workspace) == ["main/c.png", "main/b.png", "main/a.png"]
    assert rows(workspace)[-1].shot_at == "2001-09-09T01:46:40.000000000+00:00"


def test_rows_of_a_manifest_as_the_order(workspace: Workspace, source: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text("file\nc.jpg\na.jpg\nb.jpg\n")
    import_frames(workspace, [source], "clip", ImportOptions(manifest=manifest, order="manifest-rows"))
    assert frames(workspace) == ["main/sub/c.jpg", "main/a.jpg", "main/b.jpg"]
    assert take(workspace, source).series == ()


def test_pauses_divide_series(workspace: Workspace, source: Path) -> None:
    import_frames(workspace, [source], "clip", ImportOptions(series_gap_s=1800))
    assert workspace.series_of("clip") == ["2022-08-11T09-00-00", "2022-08-11T10-00-00"]
    shot(source / "d.jpg", 4, "2022:08:11 09:10:00")
    import_frames(workspace, [source], "clip", ImportOptions(series_gap_s=1800))
    assert len(frames(workspace, "2022-08-11T09-00-00")) == 2


def test_labels_from_folders(workspace: Workspace, shared: Path) -> None:
    folder = shared / "data" / "otx_hazelnut_toy" / "test"
    import_frames(workspace, [folder], "clip", ImportOptions(label_from_folder=True))
    labels = [row.label for row in rows(workspace)]
    assert labels == ["good"] * 6 + ["colour"] * 17  # every good frame was shot before every defective one


@pytest.mark.parametrize("form", ["zip", "gztar"])
def test_an_archive_is_imported_like_its_folder(workspace: Workspace, source: Path, tmp_path: Path, form: str) -> None:
    (source / "cut.jpg").write_bytes(encoded(5)[:300])
    archive = Path(shutil.make_archive(str(tmp_path / "shift"), form, source))
    report = take(workspace, archive)
    assert frames(workspace) == ["main/sub/c.jpg", "main/b.jpg", "main/a.jpg"]
    assert [(finding.code, finding.path) for finding in report.findings] == [("CUR201", "cut.jpg")]
    again = take(workspace, archive, source)
    assert (again.added, again.known, again.refused) == ((), 6, 2)
    captured = workspace.captures("clip") / "main" / "a.jpg"
    assert captured.read_bytes() == (source / "a.jpg").read_bytes()
    assert stat.S_IMODE(captured.stat().st_mode) == 0o444


def test_a_folder_and_one_inside_it_in_either_order(tmp_path: Path, source: Path) -> None:
    results = []
    for name, order in (("a", (source, source / "sub")), ("b", (source / "sub", source))):
        workspace = init_workspace(tmp_path / name / "workspace")[0]
        take(workspace, *order)
        results.append(snapshot(workspace.root))
    assert results[0] == results[1]
    assert "captures/clip/main/sub/c.jpg" in results[0]


def test_names_can_be_excluded(workspace: Workspace, source: Path) -> None:
    report = import_frames(workspace, [source], "clip", ImportOptions(exclude=("b.*", "sub/*")))
    assert frames(workspace) == ["main/a.jpg"]
    assert report.skipped == {"excluded": 2}
    with pytest.raises(InputError, match="passed over: 3 excluded"):
        import_frames(workspace, [source], "clip", ImportOptions(exclude=("*.jpg",)))


def test_a_link_that_cannot_be_made_is_a_copy(
    workspace: Workspace, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def across_devices(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", across_devices)
    assert len(import_frames(workspace, [source], "clip", ImportOptions(link=True)).added) == 3
    captured = workspace.captures("clip") / "main" / "a.jpg"
    assert not captured.samefile(source / "a.jpg")
    assert stat.S_IMODE(captured.stat().st_mode) == 0o444


def test_a_folder_that_cannot_be_read_is_named(
    workspace: Workspace, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def guarded(path: str) -> Any:
        if str(path).endswith("/sub"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    report = take(workspace, source)
    assert len(report.added) == 2
    (finding,) = report.findings
    assert (finding.path, finding.message) == (f"{source}/sub", "the folder cannot be read: Permission denied")


@given(st.permutations(range(5)))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_the_sources_changes_nothing(tmp_path: Path, order: list[int]) -> None:
    camera = tmp_path / "camera"
    if not camera.exists():
        for index in range(5):
            shot(camera / str(index) / f"f{index // 2}.jpg", index, f"2022:08:11 10:00:0{index // 3}")
        take(init_workspace(tmp_path / "first" / "workspace")[0], camera / "0", *(camera / str(i) for i in range(1, 5)))
    workspace = init_workspace(Path(tempfile.mkdtemp(dir=tmp_path)) / "workspace")[0]
    take(workspace, *(camera / str(index) for index in order))
    assert snapshot(workspace.root) == snapshot(tmp_path / "first" / "workspace")
