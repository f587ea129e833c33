from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from curate.errors import InputError, StorageError
from curate.label_studio.process import ServerSettings, running_server


def settings(tmp_path: Path, port: int) -> ServerSettings:
    return ServerSettings(tmp_path / "home", port, "a@example.test", "password", "token", tmp_path / "files")


def test_what_a_server_keeps_is_closed_to_other_users(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = tmp_path / "label-studio"
    program.write_text("#!/bin/sh\necho no database\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "home").mkdir(mode=0o755)
    with (
        pytest.raises(StorageError, match="the server stopped; its last lines:\nno database"),
        running_server(settings(tmp_path, port), program),
    ):
        pass
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_a_taken_port_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(InputError, match=f"port {port} is already in use"),
            running_server(settings(tmp_path, port), tmp_path / "label-studio"),
        ):
            pass
    assert not (tmp_path / "home").exists()
