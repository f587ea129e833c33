"""Speak to a Label Studio server through its SDK (extra ``label-studio``), imported when it is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from curate.errors import InputError, MissingError, StorageError
from curate.model.words import install_command

_UNAUTHORIZED = frozenset({401, 403})
_NOT_FOUND = 404
_PAGE = 1000
_TIMEOUT_S = 120.0
_PREFIX_LENGTH = 9
"""Eight hexadecimal digits and a dash: what the server puts before the names of uploads."""
_JWT_DOTS = 2

_EXTRA = f"install it beside curate: {install_command('label-studio')}"


class LabelServer:
    """A running server.

    Parameters
    ----------
    url : str
    token : str
        A personal access token or a legacy token; it is kept in memory only.

    Raises
    ------
    MissingError
        If the SDK is not installed, or no server answers.
    InputError
        If the token is refused.
    """

    def __init__(self, url: str, token: str) -> None:
        try:
            import httpx
            from label_studio_sdk.client import LabelStudio
        except ImportError as error:
            raise MissingError(f"the Label Studio SDK is not installed ({error})", hint=_EXTRA) from error
        self._url = url.rstrip("/")
        self._token = token
        self._http = httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True)
        self._sdk: Any = LabelStudio(base_url=self._url, api_key=token, httpx_client=self._http)
        try:
            with self._errors("the token"):
                self._sdk.users.whoami()
        except BaseException:
            self._http.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def find_project(self, title: str) -> int | None:
        """Return the project of that title, or None.

        Raises
        ------
        InputError
            If several have it.
        """
        with self._errors("the list of projects"):
            found = [int(project.id) for project in self._sdk.projects.list() if project.title == title]
        if len(found) > 1:
            raise InputError(
                f"{len(found)} projects are called {title!r} (numbers {', '.join(map(str, sorted(found)))})",
                path=self._url,
                hint="rename all but one, or choose another with --project",
            )
        return found[0] if found else None

    def create_project(self, title: str, config: str) -> int:
        """Make a project with a labelling configuration."""
        with self._errors("the new project"):
            return int(self._sdk.projects.create(title=title, label_config=config).id)

    def set_config(self, project: int, config: str) -> None:
        """Replace the labelling configuration where it differs.

        The server refuses it while annotations use a label that is gone.
        """
        with self._errors("the labelling configuration"):
            if self._sdk.projects.get(id=project).label_config != config:
                self._sdk.projects.update(id=project, label_config=config)

    def task_data(self, project: int) -> list[dict[str, Any]]:
        """Return the data of every task."""
        with self._errors("the list of tasks"):
            pages = self._sdk.tasks.list(project=project, fields="task_only", page_size=_PAGE)
            return [dict(task.data) for task in pages]

    def uploads(self, project: int) -> dict[str, str]:
        """Return the uploaded files: their names without the server's prefix, and their paths for task data."""
        answer = self._request("GET", f"/api/projects/{project}/file-uploads", params={"all": "true"})
        paths = [str(entry["file"]) for entry in answer]
        return {path.rpartition("/")[2][_PREFIX_LENGTH:]: f"/data/{path}" for path in sorted(paths)}

    def upload(self, project: int, name: str, content: bytes) -> None:
        """Store a picture; it makes no task."""
        kind = "image/jpeg" if name.endswith(".jpg") else "image/png"
        self._request(
            "POST",
            f"/api/projects/{project}/import",
            params={"commit_to_project": "false"},
            files={"file": (name, content, kind)},
        )

    def serve_folder(self, project: int, folder: str) -> None:
        """Let a project show files of a folder on the server's own disk."""
        with self._errors("the local storage"):
            storages = self._sdk.import_storage.local.list(project=project)
            if not any(storage.path == folder for storage in storages):
                self._sdk.import_storage.local.create(project=project, path=folder, use_blob_urls=True)

    def add_tasks(self, project: int, tasks: list[dict[str, Any]]) -> None:
        """Add tasks, all or none."""
        with self._errors("the new tasks"):
            self._sdk.projects.import_tasks(id=project, request=tasks)

    def export(self, project: int) -> list[dict[str, Any]]:
        """Return all tasks with their annotations, in one call."""
        with self._errors("the export"):
            parts = self._sdk.projects.exports.download_sync(
                id=project, export_type="JSON", download_all_tasks=True, download_resources=False
            )
            tasks: list[dict[str, Any]] = json.loads(b"".join(parts))
            return tasks

    def _authorization(self) -> dict[str, str]:
        """Return the header that the token needs: a personal one is exchanged for one of five minutes."""
        if self._token.count(".") != _JWT_DOTS:
            return {"Authorization": f"Token {self._token}"}
        answer = self._http.post(f"{self._url}/api/token/refresh/", json={"refresh": self._token})
        answer.raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access']}"}

    def _request(self, method: str, path: str, **parts: Any) -> Any:
        with self._errors(path):
            answer = self._http.request(method, f"{self._url}{path}", headers=self._authorization(), **parts)
            answer.raise_for_status()
            return answer.json()

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """Turn what the server or the network says into our errors; the token is in none of them."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError

        try:
            yield
        except httpx.HTTPStatusError as error:
            raise self._refused(error.response.status_code, error.response.text, what) from None
        except ApiError as error:
            raise self._refused(error.status_code or 0, str(error.body), what) from None
        except httpx.HTTPError as error:
            raise MissingError(
                f"no server answered about {what} ({type(error).__name__})",
                path=self._url,
                hint="start the server, or check --url; then run the same command again: what was sent is kept",
            ) from None

    def _refused(self, status: int, body: str, what: str) -> InputError | StorageError:
        if status in _UNAUTHORIZED:
            return InputError(
                f"the server refused the token (HTTP {status})",
                path=self._url,
                hint="set LABEL_STUDIO_API_KEY to a personal access token or a legacy token of this server",
            )
        hint = "run the same command again; if it stays so, look at the server's own log"
        return StorageError(f"the server refused {what} (HTTP {status}): {body[:300]}", path=self._url, hint=hint)


def connect(url: str, token: str) -> LabelServer:
    """Connect to a server; see :class:`LabelServer`."""
    return LabelServer(url, token)
