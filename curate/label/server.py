"""What curate asks of an annotation server; :mod:`curate.label_studio.server` speaks to a real one."""

from __future__ import annotations

from typing import Any, Protocol


class Server(Protocol):
    """A Label Studio server, reduced to what push and pull need. Projects are numbers."""

    def find_project(self, title: str) -> int | None:
        """Return the project of that title, or None."""

    def create_project(self, title: str, config: str) -> int:
        """Make a project with a labelling configuration."""

    def set_config(self, project: int, config: str) -> None:
        """Replace the labelling configuration where it differs."""

    def task_data(self, project: int) -> list[dict[str, Any]]:
        """Return the data of every task."""

    def uploads(self, project: int) -> dict[str, str]:
        """Return the uploaded files: their names without the server's prefix, and their paths for task data."""

    def upload(self, project: int, name: str, content: bytes) -> None:
        """Store a picture; it makes no task."""

    def serve_folder(self, project: int, folder: str) -> None:
        """Let a project show files of a folder on the server's own disk."""

    def add_tasks(self, project: int, tasks: list[dict[str, Any]]) -> None:
        """Add tasks, all or none."""

    def export(self, project: int) -> list[dict[str, Any]]:
        """Return all tasks with their annotations, in one call."""
