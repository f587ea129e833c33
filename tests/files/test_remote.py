from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.errors import ImageError, InputError, MissingError
from curate.files.remote import list_remote, read_remote
from curate.files.tables import read_table
from curate.files.workspace import init_workspace
from curate.importing.run import import_frames
from curate.model.capture import Capture
from tests.importing.frames import encoded, shot

pytest.importorskip("fsspec")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server on loopback with one bucket; the test is skipped where its parts are not installed."""
    server_of = pytest.importorskip("moto.server").ThreadedMotoServer
    pytest.importorskip("s3fs")
    boto3 = pytest.importorskip("boto3")
    import s3fs

    server = server_of(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for key, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(key, value)
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
    client.create_bucket(Bucket="line")
    s3fs.S3FileSystem.clear_instance_cache()
    yield "s3://line"
    s3fs.S3FileSystem.clear_instance_cache()
    client.close()
    server.stop()


def upload(url: str, contents: dict[str, bytes]) -> None:
    import boto3

    client = boto3.client("s3")
    for name, content in contents.items():
        client.put_object(Bucket=url.removeprefix("s3://"), Key=name, Body=content)
    client.close()


@pytest.mark.filterwarnings("default")  # other people's libraries warn about each other
def test_a_bucket_is_imported_like_a_folder(bucket: str, tmp_path: Path) -> None:
    local = tmp_path / "camera"
    for index in range(5):
        shot(local / "day 1" / f"{index}.jpg", index, f"2022:08:11 10:00:0{5 - index}")
    contents = {path.relative_to(local).as_posix(): path.read_bytes() for path in local.rglob("*.jpg")}
    whole = encoded(9)
    upload(bucket, {f"in/{name}": content for name, content in contents.items()})
    upload(bucket, {"in/cut.jpg": whole[: len(whole) // 2], "in/notes.txt": b"x", "other/x.jpg": whole})
    workspace = init_workspace(tmp_path / "workspace")[0]
    report = import_frames(workspace, [f"{bucket}/in"], "clip")
    assert report.skipped == {"other": 1}
    assert [(finding.code, finding.path) for finding in report.findings] == [("CUR201", "cut.jpg")]
    rows = read_table(workspace.captures_record("clip", "main"), Capture)
    assert [row.frame for row in rows] == [f"main/day 1/{index}.jpg" for index in (4, 3, 2, 1, 0)]
    at_home = init_workspace(tmp_path / "home" / "workspace")[0]
    import_frames(at_home, [local], "clip")
    for record in ("records/captures/clip/main.csv", "captures/clip/main/day 1/3.jpg"):
        assert (workspace.root / record).read_bytes() == (at_home.root / record).read_bytes()
    again = import_frames(workspace, [f"{bucket}/in", f"{bucket}/in/day 1/2.jpg"], "clip")
    assert (again.added, again.known) == ((), 6)
    with pytest.raises(MissingError, match="nothing under this URL"):
        import_frames(workspace, [f"{bucket}/nowhere"], "clip")


def test_any_storage_of_fsspec() -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe({"/line/b.png": b"bb", "/line/sub/a.png": b"a"})
    try:
        files = list_remote("memory://line")
        assert [(file.name, file.size_bytes) for file in files] == [("b.png", 2), ("sub/a.png", 1)]
        assert [read_remote(file.path) for file in files] == [b"bb", b"a"]
        assert [file.name for file in list_remote("memory://line/b.png")] == ["b.png"]
        with pytest.raises(ImageError, match=r"cannot be read from memory://line/gone\.png"):
            read_remote("memory://line/gone.png")
    finally:
        memory.rm("/line", recursive=True)


def test_an_unknown_storage_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be listed"):
        list_remote("nosuch://bucket")
