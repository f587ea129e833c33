from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

from curate.disk.remote import list_remote, read_remote
from curate.disk.tables import read_table
from curate.errors import InputError, MissingError, ReadError
from curate.importing.run import import_frames
from curate.model.capture import Capture
from curate.workspace.workspace import init_workspace
from tests.conftest import Curate
from tests.importing.frames import encoded, shot


@dataclass
class Bucket:
    """A bucket called ``line`` on a server on loopback."""

    url: str
    upload: Callable[[str, bytes], object]


def s3_bucket(patch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    import boto3
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for key, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        patch.setenv(key, value)
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
    client.create_bucket(Bucket="line")
    s3fs.S3FileSystem.clear_instance_cache()
    yield Bucket("s3://line", lambda name, content: client.put_object(Bucket="line", Key=name, Body=content))
    s3fs.S3FileSystem.clear_instance_cache()
    client.close()
    server.stop()


def gs_bucket(patch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    server_of = pytest.importorskip("gcp_storage_emulator.server", reason="needs the extra test-gcs").create_server
    # Else gcsfs asks a second service, which the emulator is not, what kind of bucket this is, for a minute.
    patch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    gcsfs = pytest.importorskip("gcsfs", reason="needs the extra test-gcs")
    from fsspec.config import conf

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = server_of("127.0.0.1", port, in_memory=True, default_bucket="line")
    server.start()
    patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    patch.setitem(conf, "gs", {"token": "anon"})
    gcsfs.GCSFileSystem.clear_instance_cache()
    files = gcsfs.GCSFileSystem(token="anon")  # noqa: S106 - none is needed on loopback
    yield Bucket("gs://line", lambda name, content: files.pipe_file(f"line/{name}", content))
    gcsfs.GCSFileSystem.clear_instance_cache()
    server.stop()


@pytest.fixture(params=[s3_bucket, gs_bucket], ids=["s3", "gs"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Each kind of server in turn; the test is skipped where its parts are not installed."""
    yield from request.param(monkeypatch)


@pytest.mark.filterwarnings("default")  # other people's libraries warn about each other
def test_a_bucket_is_imported_like_a_folder(bucket: Bucket, tmp_path: Path) -> None:
    local = tmp_path / "camera"
    for index in range(5):
        shot(local / "day 1" / f"{index}.jpg", index, f"2022:08:11 10:00:0{5 - index}")
    contents = {path.relative_to(local).as_posix(): path.read_bytes() for path in local.rglob("*.jpg")}
    whole = encoded(9)
    stored = {f"in/{name}": content for name, content in contents.items()}
    stored |= {"in/cut.jpg": whole[: len(whole) // 2], "in/notes.txt": b"x", "other/x.jpg": whole}
    for name, content in stored.items():
        bucket.upload(name, content)
    workspace = init_workspace(tmp_path / "workspace")[0]
    report = import_frames(workspace, [f"{bucket.url}/in"], "clip")
    assert report.skipped == {"other": 1}
    assert [(finding.code, finding.path) for finding in report.findings] == [("CUR201", "cut.jpg")]
    rows = read_table(workspace.captures_record("clip", "main"), Capture)
    assert [row.frame for row in rows] == [f"main/day 1/{index}.jpg" for index in (4, 3, 2, 1, 0)]
    at_home = init_workspace(tmp_path / "home" / "workspace")[0]
    import_frames(at_home, [local], "clip")
    for record in ("records/captures/clip/main.csv", "captures/clip/main/day 1/3.jpg"):
        assert (workspace.root / record).read_bytes() == (at_home.root / record).read_bytes()
    again = import_frames(workspace, [f"{bucket.url}/in", f"{bucket.url}/in/day 1/2.jpg"], "clip")
    assert (again.added, again.known) == ((), 6)
    with pytest.raises(MissingError, match="nothing under this URL"):
        import_frames(workspace, [f"{bucket.url}/nowhere"], "clip")


def test_any_storage_of_fsspec() -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe({"/line/b.png": b"bb", "/line/sub/a.png": b"a"})
    try:
        files = list_remote("memory://line")
        assert [(file.name, file.size_bytes) for file in files] == [("b.png", 2), ("sub/a.png", 1)]
        assert [read_remote(file.path) for file in files] == [b"bb", b"a"]
        assert [file.name for file in list_remote("memory://line/b.png")] == ["b.png"]
        with pytest.raises(ReadError, match=r"cannot be read from memory://line/gone\.png"):
            read_remote("memory://line/gone.png")
    finally:
        memory.rm("/line", recursive=True)


def test_an_unknown_storage_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be listed"):
        list_remote("nosuch://bucket")


@pytest.mark.parametrize(("url", "library"), [("gs://line/in", "gcsfs"), ("az://line/in", "adlfs")])
def test_a_storage_whose_library_is_missing_names_it(
    url: str, library: str, monkeypatch: pytest.MonkeyPatch, curate: Curate, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    known = import_module("fsspec.registry")._registry  # what has been loaded in this process already
    monkeypatch.delitem(known, url.partition(":")[0], raising=False)
    init_workspace(tmp_path)
    result = curate("import", url, "-c", "clip", "-C", tmp_path)
    assert result.code == 2
    assert f"pip install {library}" in result.err
    assert url in result.err
    assert not (tmp_path / "captures" / "clip").exists()
