from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from curate.importing.options import ImportOptions
from curate.importing.run import import_frames
from curate.importing.verify import verify_captures
from curate.workspace.workspace import Workspace, init_workspace
from tests.importing.frames import write


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for seed, name in enumerate(["a.png", "b.png", "sub/c.png"]):
        write(tmp_path / "camera" / name, seed, "PNG")
    workspace = init_workspace(tmp_path / "workspace")[0]
    import_frames(workspace, [tmp_path / "camera"], "clip")
    return workspace


def codes(workspace: Workspace, *, quick: bool = False) -> list[tuple[str, str]]:
    report = verify_captures(workspace, ["clip"], quick=quick)
    return [(finding.code, finding.path) for finding in report.findings]


def rewrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def test_untouched_captures_are_clean(workspace: Workspace) -> None:
    assert codes(workspace) == codes(workspace, quick=True) == []
    assert verify_captures(workspace, ["clip"]).frames == {"clip": 3}


def test_a_flipped_bit_a_lost_frame_and_a_stranger(workspace: Workspace) -> None:
    folder = workspace.captures("clip") / "main"
    content = bytearray((folder / "a.png").read_bytes())
    content[len(content) // 2] ^= 1
    rewrite(folder / "a.png", bytes(content))
    (folder / "sub" / "c.png").unlink()
    (folder / "d.png").write_bytes(b"x")
    assert codes(workspace) == [
        ("CUR731", "captures/clip/main/sub/c.png"),
        ("CUR732", "captures/clip/main/a.png"),
        ("CUR734", "captures/clip/main/d.png"),
    ]
    assert ("CUR732", "captures/clip/main/a.png") not in codes(workspace, quick=True)  # its size is as it was


def test_the_same_picture_in_other_bytes(workspace: Workspace, tmp_path: Path) -> None:
    import_frames(workspace, [tmp_path / "camera"], "clip", ImportOptions(decode=True))
    path = workspace.captures("clip") / "main" / "a.png"
    before = path.read_bytes()
    path.chmod(0o644)
    with Image.open(path) as image:
        image.load()
        image.save(path, compress_level=1)
    assert path.read_bytes() != before
    assert codes(workspace) == [("CUR733", "captures/clip/main/a.png")]


def test_import_mends_what_verify_found(workspace: Workspace, tmp_path: Path) -> None:
    path = workspace.captures("clip") / "main" / "a.png"
    path.unlink()
    import_frames(workspace, [tmp_path / "camera"], "clip")
    assert codes(workspace) == []
