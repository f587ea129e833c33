"""Put a workspace under review: read it, and make a server that is ready to run."""

from __future__ import annotations

from collections.abc import Sequence

from curate.errors import MissingError
from curate.model.config import CategoryConfig, WorkspaceConfig
from curate.review.background import Background
from curate.review.findings import Checks
from curate.review.server import ReviewServer
from curate.review.snapshot import Desk
from curate.workspace.workspace import Workspace

LOOPBACK = "127.0.0.1"


def review(
    workspace: Workspace,
    config: WorkspaceConfig,
    categories: Sequence[CategoryConfig],
    *,
    window: str = "",
    host: str = LOOPBACK,
    port: int = 0,
    start: str = "",
) -> ReviewServer:
    """Return a server for the review of what the stages set aside; exports are checked while it runs.

    Parameters
    ----------
    workspace, config, categories
        As :func:`curate.workspace.workspace.open_workspace` returns them.
    window : str
        Only this window; all when empty.
    host : str
        Who may reach it: ``127.0.0.1`` this machine only.
    port : int
        0 takes a free one.
    start : str
        The page that the printed address leads to: the queue when empty, ``template`` or ``frames``.

    Raises
    ------
    MissingError
        If no category has the window.
    InputError
        If nothing can listen there.
    """
    chosen = [category for category in categories if not window or window in category.windows]
    if not chosen:
        known = sorted({name for category in categories for name in category.windows})
        raise MissingError(
            f"no category has a window {window}; there {'are' if len(known) > 1 else 'is'} {', '.join(known)}",
            path="curate.toml",
            hint=f"leave --window out, or choose {known[0]}",
        )
    background = Background()
    checks = Checks(workspace, config, chosen, background)
    return ReviewServer(Desk(workspace, chosen, window=window, checks=checks), background, host, port, start)
