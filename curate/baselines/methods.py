"""The methods that ``curate baseline`` knows: what each is, where it comes from, which settings it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from curate.baselines.settings import DEFAULT_BACKBONE, DetectorSettings, settings_of
from curate.errors import InputError

MethodKind: TypeAlias = Literal["one-class", "supervised", "classifier"]
"""What a method learns from: good images alone; masks; labels."""


@dataclass(frozen=True, slots=True)
class BaselineMethod:
    """One method.

    Attributes
    ----------
    name : str
    title : str
        As tables call it.
    kind : str
    module : str
        Below :mod:`curate.baselines`; it has a function ``detector(trial)`` (one-class), or ``run(trial, writer)``.
    source : str
        The paper.
    defaults : dict
        The settings that it has, with the paper's values where the paper states them.
    losses : tuple of str
        What ``loss`` can be.
    """

    name: str
    title: str
    kind: MethodKind
    module: str
    source: str
    defaults: dict[str, Any] = field(default_factory=dict)
    losses: tuple[str, ...] = ()


_VIEW = {"image_size": 256, "fit": "stretch"}
_PICTURE = {"shots": 0, **_VIEW}
_BACKBONE = {"backbone": DEFAULT_BACKBONE, "weights": "", "layers": ()}
_FEATURES = {**_PICTURE, **_BACKBONE, "batch_size": 8}
"""Of the methods of one pass over the features: PaDiM and PatchCore."""
_TRAINING = {"batch_size": 8, "learning_rate": 1e-4}

_ALL = (
    BaselineMethod(
        "pixel-gaussian",
        "pixel-Gaussian",
        "one-class",
        "pixel_gaussian",
        "curate's own: mean and deviation of each pixel over registered, light-normalised windows",
        {"shots": 0},
    ),
    BaselineMethod(
        "padim",
        "PaDiM",
        "one-class",
        "padim",
        "Defard et al. 2021",
        {**_FEATURES, "dimensions": 0},
    ),
    BaselineMethod(
        "patchcore",
        "PatchCore",
        "one-class",
        "patchcore",
        "Roth et al. 2022",
        {**_FEATURES, "coreset": 0.01, "layer_scale": "native"},
    ),
    BaselineMethod(
        "cflow",
        "CFlow",
        "one-class",
        "cflow",
        "Gudovskiy et al. 2022",
        {**_PICTURE, **_BACKBONE, **_TRAINING, "epochs": 100},
    ),
    BaselineMethod(
        "draem",
        "DRAEM",
        "one-class",
        "draem",
        "Zavrtanik et al. 2021",
        {**_PICTURE, "batch_size": 8, "epochs": 700, "textures": ""},
    ),
    BaselineMethod(
        "dsr",
        "DSR",
        "one-class",
        "dsr",
        "Zavrtanik et al. 2022",
        {**_PICTURE, "batch_size": 8, "epochs": 500, "pretrained": ""},
    ),
    BaselineMethod(
        "efficient-ad",
        "EfficientAD",
        "one-class",
        "efficient_ad",
        "Batzner et al. 2024",
        {
            **_PICTURE,
            "epochs": 250,
            "learning_rate": 1e-4,
            "model_size": "m",
            "normalise_on": "held-out",
            "pretrained": "",
            "pictures": "",
        },
    ),
    BaselineMethod(
        "radl",
        "RADL",
        "one-class",
        "radl",
        "Tang and Jung 2023, on SimpleNet (Liu et al. 2023)",
        {
            **_PICTURE,
            "fit": "pad",
            **_BACKBONE,
            "dimensions": 1536,
            "batch_size": 8,
            "epochs": 40,
            "learning_rate": 2e-4,
            "loss": "hce",
            "tau": 0.5,
            "noise": (0.3, 0.3),  # for Lite0's features; the paper's 0.015 is for those of WideResNet-50
        },
        losses=("l1", "ce", "hce"),
    ),
    BaselineMethod(
        "unet",
        "U-Net",
        "supervised",
        "unet",
        "Leontaris et al. 2023",
        {
            "image_size": 384,
            "overlap": 0.25,
            "good_tiles": 1.0,
            "backbone": DEFAULT_BACKBONE,
            "weights": "",
            **_TRAINING,
            "epochs": 50,
            "patience": 7,
            "loss": "bce+dice",
            "defects": 100,
            "folds": 0,
        },
        losses=("bce", "dice", "bce+dice"),
    ),
    BaselineMethod(
        "map-assisted",
        "MLP on image and map",
        "classifier",
        "map_assisted",
        "Rožanec et al. 2022",
        {
            **_VIEW,
            "backbone": DEFAULT_BACKBONE,
            "weights": "",
            "features": "both",
            "select": "each",
            "map_method": "patchcore",
            "defects": 100,
            "folds": 10,
        },
    ),
)

METHODS = {method.name: method for method in _ALL}
"""Name on the command line to the method."""


def method_named(name: str) -> BaselineMethod:
    """Return a method; InputError when there is none of that name."""
    if name not in METHODS:
        raise InputError(f"there is no method {name!r}", hint=f"one of {', '.join(METHODS)}")
    return METHODS[name]


def settings_for(name: str, given: dict[str, Any]) -> DetectorSettings:
    """Return a method's settings with what was given put in; see :func:`curate.baselines.settings.settings_of`."""
    method = method_named(name)
    return settings_of(name, method.defaults, method.losses, given)
