"""Train networks of our own epoch by epoch: seeded each epoch, and resumable after each."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from curate.baselines.devices import seed_everything
from curate.baselines.libraries import library
from curate.baselines.trial import Trial
from curate.disk.atomic import write_bytes

EpochFigures: TypeAlias = dict[str, float]
"""What one epoch came to: ``loss``, and what the method adds."""


def train_epochs(
    trial: Trial,
    parts: dict[str, Any],
    epoch: Callable[[int], EpochFigures],
    *,
    name: str = "training",
    enough: Callable[[list[EpochFigures]], bool] = lambda _: False,
) -> list[EpochFigures]:
    """Run all epochs that are not done yet, and return the figures of all of them.

    Parameters
    ----------
    trial : Trial
        Says how many epochs, the seed, and where a checkpoint lies.
    parts : dict
        Networks and optimisers by name: whatever has ``state_dict`` and ``load_state_dict``.
    epoch : callable
        Trains one epoch, given its number; every generator has been seeded for it.
    name : str
        Tells several trainings of one trial apart.
    enough : callable
        Whether to stop early, given the figures so far.
    """
    path = trial.state / f"{name}.pt"
    figures = _restored(path, parts, trial.device)
    trial.progress.start(f"train on {trial.category.name}", trial.settings.epochs)
    try:
        for _ in figures:
            trial.progress.advance()
        while len(figures) < trial.settings.epochs and not enough(figures):
            seed_everything(trial.seed, len(figures) + 1)
            figures.append(epoch(len(figures)))
            _keep(path, parts, figures)
            trial.progress.advance()
    finally:
        trial.progress.finish()
    return figures


def _restored(path: Path, parts: dict[str, Any], device: str) -> list[EpochFigures]:
    if not path.is_file():
        return []
    saved = library("torch").load(path, map_location=device, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(saved["parts"][name])
    figures: list[EpochFigures] = saved["figures"]
    return figures


def _keep(path: Path, parts: dict[str, Any], figures: list[EpochFigures]) -> None:
    stream = io.BytesIO()
    states = {name: part.state_dict() for name, part in parts.items()}
    library("torch").save({"parts": states, "figures": figures}, stream)
    write_bytes(path, stream.getvalue())
