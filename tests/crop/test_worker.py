"""How frames are worked on: side by side."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import curate.crop.worker as worker_module
from curate.crop.run import crop_windows
from curate.execution import Execution
from curate.imaging.images import Pixels, decode
from curate.workspace.workspace import open_workspace
from tests.crop.workspaces import png, texture, write_config, write_frames


def test_threads_decode_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_frames(tmp_path, {f"a/{index}.png": png(texture(60, 40, index)) for index in range(4)})
    write_config(tmp_path, '{ mode = "crop", box = [5, 5, 20, 20] }')
    both = threading.Barrier(2)

    def slow(content: bytes, path: Path) -> Pixels:
        both.wait(timeout=20)  # the one waits in here until the other comes, or the test fails
        return decode(content, path)

    monkeypatch.setattr(worker_module, "decode", slow)
    workspace, _, (category,) = open_workspace(tmp_path)
    report = crop_windows(workspace, category, execution=Execution(jobs=2))
    assert report.windows[0].count("accepted") == 4
    assert not report.findings
