"""What a workspace's ``curate.toml`` says. Frozen, checked by :mod:`curate.workspace.config`."""

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
        ``match`` finds a template in each frame; ``crop`` cuts a fixed ``box``; ``resize`` scales the frame
        to ``size_px`` without keeping its aspect ratio; ``letterbox`` keeps it and pads; ``tile`` covers it with
        windows of ``size_px``; ``full`` takes the frame.
    size_px : tuple of int or None
        Width and height of the window.
    templates : tuple of str
        Image files, relative to the workspace; for ``match``. Of several, the one that fits best wins. Transparent
        pixels of a template are not looked at.
    mask : str
        Image file of the templates' size, white where they are to be looked at; ``""`` for everywhere.
    offset_px : tuple of int
        From the template's centre to the window's, right and down.
    rotation_deg : float
        How far parts may be turned, either way; up to 5 degrees need no mention.
    box_px : tuple of int or None
        x, y, width, height in frame pixels; for ``crop``.
    pad_value : int
        Grey value of padding, in the frame's own range.
    min_score : float or None
        Acceptance of a match: its score at least; None takes it from the category's own background.
    max_ambiguity, reject_ambiguity : float
        Second/first peak at most (docs/measurements.md); above ``reject_ambiguity`` the frame is rejected rather than
        put up for review.
    min_agreement : float
        Share of the template's patches that must lie where the part as a whole puts them.
    max_deviation : float
        How far, in robust standard deviations, a position may lie from the running median of its neighbours.
    overlap : float
        Share of a tile that its neighbour shows, too; for ``tile``.
    border : str
        What happens to tiles that would leave the frame: ``shift`` moves them inside, ``pad`` fills them, ``drop``
        leaves them out; for ``tile``.
    background : float or None
        How many tiles without a defect are kept for each tile with one; None keeps all; for ``tile``.
    """

    mode: Literal["match", "crop", "resize", "letterbox", "tile", "full"] = "full"
    size_px: tuple[int, int] | None = None
    templates: tuple[str, ...] = ()
    mask: str = ""
    offset_px: tuple[int, int] = (0, 0)
    rotation_deg: float = 0.0
    box_px: tuple[int, int, int, int] | None = None
    pad_value: int = 0
    min_score: float | None = None
    max_ambiguity: float = 0.85
    reject_ambiguity: float = 0.93
    min_agreement: float = 0.4
    max_deviation: float = 5.0
    overlap: float = 0.0
    border: Literal["shift", "pad", "drop"] = "shift"
    background: float | None = None


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """How samples are divided.

    Attributes
    ----------
    policy : str
        ``chronological``: the first good frames train, the later good ones and all defects test. ``grouped``: the same
        with whole groups. ``k-fold``: as many splits as folds. ``few-shot``, ``imbalance``: nested subsets of the
        training frames of a chronological split. ``given``: taken over from ``file``.
    train, val : float, int or str
        A fraction (float in (0, 1)) or a count (int) of the good frames, or the date (ISO 8601) before which they were
        shot. ``val`` may be 0.
    gap : int or str
        What lies between two sides and belongs to neither: a number of frames, or ``"10 min"``.
    each : str
        ``category`` or ``series``: what is divided in time order.
    supervised : bool
        Defects shot before the last training frame train, too.
    by : str
        The column of the captures record that names the groups: ``specimen``, ``series``, ``camera``, …; ``""``: none.
    folds, seed, repeats : int
    shots : tuple of int
        Numbers of training images a label.
    shares : tuple of float
        Shares of the training defects.
    file : str
        A CSV, a list or a folder, relative to the workspace.
    """

    policy: Literal["chronological", "grouped", "k-fold", "few-shot", "imbalance", "given"] = "chronological"
    train: float | int | str = 0.5
    val: float | int | str = 0
    gap: int | str = 0
    each: Literal["category", "series"] = "category"
    supervised: bool = False
    by: str = ""
    folds: int = 5
    seed: int = 0
    shots: tuple[int, ...] = (1, 2, 4, 8)
    repeats: int = 3
    shares: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    file: str = ""


@dataclass(frozen=True, slots=True)
class ScreenConfig:
    """Limits of screening; 0 (for ``match``: false) switches a measure off.

    Limits on logarithms also give way to the scatter of the series itself: see :mod:`curate.screen.rules`.

    Attributes
    ----------
    blur : float
        Least sharpness, as a share of the series' median.
    noise : float
        Most noise, as a multiple of the series' median.
    light : float
        Most change of brightness against the frames around it, as a factor either way.
    clipped : float
        Most clipped pixels, as a share of the picture beyond the series' median.
    contrast : float
        Least contrast, as a share of the series' median.
    position : float
        Farthest from the running median position, in robust standard deviations.
    obstruction : float
        Most of the window's border that differs from the series' usual border, as a share.
    repeat : float
        Least difference (normalised RMS) from the shots just before.
    match : bool
        Set frames aside in which no window was found.
    """

    blur: float = 0.42
    noise: float = 2.7
    light: float = 1.42
    clipped: float = 0.15
    contrast: float = 0.5
    position: float = 5.0
    obstruction: float = 0.07
    repeat: float = 0.14
    match: bool = True


@dataclass(frozen=True, slots=True)
class CategoryConfig:
    """One ``[categories.X]`` table."""

    name: str
    windows: dict[str, WindowConfig] = field(default_factory=dict)
    split: SplitConfig = SplitConfig()
    splits: dict[str, SplitConfig] = field(default_factory=dict)
    """Further splits by name; ``split`` is the one named ``default``."""
    defects: dict[str, DefectType] = field(default_factory=dict)
    screen: ScreenConfig = ScreenConfig()
    published: dict[str, str] = field(default_factory=dict)
    """What ``[dataset]`` says, which every published category says too."""

    def published_name(self, window: str) -> str:
        """Return the category that one of its windows is published as."""
        alone = window == DEFAULT_WINDOW or len(self.windows) == 1
        return self.name if alone else f"{self.name}_{window}"


@dataclass(frozen=True, slots=True)
class WorkspaceConfig:
    """The whole ``curate.toml``."""

    name: str = ""
    version: str = ""
    license: str = ""
    description: str = ""
    categories: dict[str, CategoryConfig] = field(default_factory=dict)

    @property
    def about(self) -> dict[str, str]:
        """The ``[dataset]`` table, as far as something stands in it."""
        given = {key: getattr(self, key) for key in ("name", "version", "license", "description")}
        return {key: value for key, value in given.items() if value}
