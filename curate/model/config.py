"""What a workspace's ``curate.toml`` says. Frozen, checked by :mod:`curate.files.config`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from curate.model.defect import DefectType

DEFAULT_WINDOW = "default"
"""Name of the window that ``window = {…}`` of a category defines."""

DEFAULT_SPLIT = "default"
"""Name of the split that ``split = {…}`` of a category defines."""

DEFAULT_SERIES = "main"
"""Series of frames that came with no other evidence."""


@dataclass(frozen=True, slots=True)
class WindowConfig:
    """How one inspection window is found in a frame.

    Attributes
    ----------
    mode : str
        ``match`` finds ``template`` in each frame; ``crop`` cuts a fixed ``box``; ``resize`` scales the frame
        to ``size_px`` without keeping its aspect ratio; ``letterbox`` keeps it and pads; ``full`` takes the frame.
    size_px : tuple of int or None
        Width and height of the window.
    template : str
        Image file, relative to the workspace; for ``match``.
    box_px : tuple of int or None
        x, y, width, height in frame pixels; for ``crop``.
    pad_value : int
        Grey value of padding, in the frame's own range.
    min_score, max_ambiguity, reject_ambiguity : float
        Acceptance of a match (LIMITS.md B2c): score at least, second/first peak at most; above ``reject_ambiguity``
        the frame is set aside as rejected rather than for review.
    """

    mode: Literal["match", "crop", "resize", "letterbox", "full"] = "full"
    size_px: tuple[int, int] | None = None
    template: str = ""
    box_px: tuple[int, int, int, int] | None = None
    pad_value: int = 0
    min_score: float = 0.35
    max_ambiguity: float = 0.85
    reject_ambiguity: float = 0.93


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """How samples are divided.

    Attributes
    ----------
    policy : str
        ``chronological``: the first good frames train, the later good ones and all defects test.
    train : float or int
        A fraction (float in (0, 1)) or a count (int) of the good frames.
    """

    policy: Literal["chronological"] = "chronological"
    train: float | int = 0.5


@dataclass(frozen=True, slots=True)
class CategoryConfig:
    """One ``[categories.X]`` table."""

    name: str
    windows: dict[str, WindowConfig] = field(default_factory=dict)
    split: SplitConfig = SplitConfig()
    defects: dict[str, DefectType] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkspaceConfig:
    """The whole ``curate.toml``."""

    name: str = ""
    version: str = ""
    license: str = ""
    description: str = ""
    categories: dict[str, CategoryConfig] = field(default_factory=dict)
