"""Start and stop a local Label Studio server: one person, this machine only, nothing sent anywhere."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from curate.errors import InputError, MissingError, StorageError

_HOST = "127.0.0.1"
_PATIENCE_S = 600.0
"""The first start migrates its database, which took 120 s on a loaded machine."""
_POLL_S = 0.3
_STOP_S = 15.0
_SHOWN_LINES = 15


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a local server needs.

    Attributes
    ----------
    home : Path
        Its database and uploads.
    port : int
    user, password, token : str
        Of its only user; they count when the database is made, and are kept nowhere else.
    files : Path
        Root of the files that it may show (``?d=`` of local files).
    """

    home: Path
    port: int
    user: str
    password: str
    token: str
    files: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{_HOST}:{self.port}"

    @property
    def is_new(self) -> bool:
        """Whether its database does not exist yet."""
        return not (self.home / "label_studio.sqlite3").exists()


def find_program() -> Path:
    """Return the ``label-studio`` program: beside this Python, else on the PATH.

    Raises
    ------
    MissingError
        If it is not installed.
    """
    beside = Path(sys.executable).parent / "label-studio"
    found = str(beside) if beside.is_file() else shutil.which("label-studio")
    if not found:
        raise MissingError(
            "the program label-studio is not installed",
            hint="install it, best in a virtual environment of its own: pip install label-studio",
        )
    return Path(found)


def environment(settings: ServerSettings, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a server without telemetry, version checks, or sign-up by anybody."""
    kept = {name: value for name, value in inherited.items() if name != "CI"}
    return {
        **kept,
        "LABEL_STUDIO_BASE_DATA_DIR": str(settings.home),
        "LABEL_STUDIO_USERNAME": settings.user,
        "LABEL_STUDIO_PASSWORD": settings.password,
        "LABEL_STUDIO_USER_TOKEN": settings.token,
        # Counts only when the organisation is first created.
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_SENTRY_DSN": "",
        "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
        "LABEL_STUDIO_FEATURE_FLAGS_OFFLINE": "true",
        "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
        "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(settings.files),
    }


@contextmanager
def running_server(settings: ServerSettings, program: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Start a server, wait until it answers, and stop it at the end.

    Raises
    ------
    InputError
        If the port is taken: Label Studio would silently take the next one.
    StorageError
        If it dies or does not answer in time; its last lines are in the message.
    """
    chosen = program or find_program()
    if _is_taken(settings.port):
        raise InputError(f"port {settings.port} is already in use", hint="choose another one with --port")
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.home.chmod(0o700)  # its database holds tokens and what people drew
    settings.files.mkdir(parents=True, exist_ok=True)
    log = settings.home / "server.log"
    arguments = ["start", "--no-browser", "--internal-host", _HOST, "--port", str(settings.port)]
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            [str(chosen), *arguments, "--log-level", "WARNING"],
            env=environment(settings, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # on Windows without effect
        )
    try:
        _wait(process, settings, log)
        yield process
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], settings: ServerSettings, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not _answers(settings.url):
        if process.poll() is not None or time.monotonic() > deadline:
            why = "stopped" if process.poll() is not None else f"did not answer within {_PATIENCE_S:.0f} s"
            last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:])
            raise StorageError(f"the server {why}; its last lines:\n{last}", path=log, hint="correct what they name")
        time.sleep(_POLL_S)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 - http on this machine
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP OK
    except (OSError, urllib.error.URLError):
        return False


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((_HOST, port)) == 0


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    _end(process, gently=True)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        _end(process, gently=False)
        process.wait()


def _end(process: subprocess.Popen[bytes], *, gently: bool) -> None:
    """End the server and its workers; where a system has no groups of processes, the server alone."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGTERM if gently else signal.SIGKILL)
    elif gently:
        process.terminate()
    else:
        process.kill()
