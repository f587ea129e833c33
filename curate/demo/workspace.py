"""What the demo draws and how its workspace is set up: settings, ``curate.toml`` and the demo's own mark. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from curate.demo.session import DEFECT_TYPES, SessionSettings

DEFAULT_FRAMES = 60
"""Frames a category."""

LEAST_FRAMES = 30
"""With fewer, a session has not one of each defect and condition and good frames enough to train on."""

MARK = "demo.json"
"""File that tells a demo's folder from any other; it holds what the demo was drawn with."""

_GENERATOR = 1
"""Raised when the same seed comes to give other frames: then an older demo's folder cannot be gone on with."""

_DEFECT_SHARES = {"scratch": 0.07, "dent": 0.07, "missing": 0.07, "misplaced": 0.05, "multiple": 0.03}


def sessions(frames: int, seed: int) -> dict[str, SessionSettings]:
    """Return the demo's categories and the sessions that are drawn for them.

    The first camera's counter wraps from 9999 to 0001 half-way; the second's names are not padded: in neither folder do
    the names sort in the order of the shots.
    """
    return {
        "bracket_clip": SessionSettings(
            frames=frames, seed=seed, texture_seed=0, item="clip", jitter_px=60.0, defects=_DEFECT_SHARES,
            naming="counter", first_counter=10_000 - frames // 2, cameras=("4103922",),
        ),
        "cover_screw": SessionSettings(
            frames=frames, seed=seed + 1, texture_seed=1, item="screw", jitter_px=60.0, defects=_DEFECT_SHARES,
            naming="unpadded", first_counter=max(1, 100 - frames // 2), cameras=("4103950",),
        ),
    }  # fmt: skip


def mark(frames: int, seed: int) -> dict[str, Any]:
    """Return the document of :data:`MARK`."""
    return {"schema": "curate/demo/1", "generator": _GENERATOR, "frames": frames, "seed": seed}


def config_text(categories: dict[str, SessionSettings]) -> str:
    """Write the demo's ``curate.toml``, with comments, as a person would."""
    return _HEAD + "".join(_category(name, settings) for name, settings in categories.items())


def _category(name: str, settings: SessionSettings) -> str:
    side = settings.window_px
    lines: Sequence[str] = (
        f"[categories.{name}]",
        f"# The template shows {settings.context_px} x {settings.context_px} pixels: the window and its surroundings.",
        f'window = {{ mode = "match", template = "templates/{name}.png", size = [{side}, {side}] }}',
        'split = { policy = "chronological", train = 0.5 }   # the first half of the good frames trains',
    )
    tables = [
        "\n".join(
            (
                f"[categories.{name}.defects.{defect.name}]",
                f'kind = "{defect.kind}"',
                f"saturation = {defect.saturation}",
                f'regions = "{defect.regions}"',
            )
        )
        for defect in DEFECT_TYPES.values()
    ]
    return "\n" + "\n".join(lines) + "\n\n" + "\n\n".join(tables) + "\n"


_HEAD = """\
# Written by `curate demo`: a line with two cameras that curate drew itself.
# Change something, for example a saturation threshold, and run `curate status` to see what must run again.

[dataset]
name = "curate_demo"
version = "1.0.0"
license = "CC0-1.0"
description = "Drawn frames of two assemblies: a clip on a bracket and a screw on a cover."
"""
