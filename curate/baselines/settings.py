"""What a method can be told: one record of settings, and which of them each method has."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, TypeAlias, get_args

from curate.errors import InputError

ImageFit: TypeAlias = Literal["stretch", "pad", "crop"]
"""How a picture of another shape becomes the network's square."""

SegmentationLoss: TypeAlias = Literal["bce", "dice", "bce+dice"]
DiscriminatorLoss: TypeAlias = Literal["l1", "ce", "hce"]
HeadInput: TypeAlias = Literal["image", "map", "both"]
FeatureSelection: TypeAlias = Literal["each", "joint"]
LayerScale: TypeAlias = Literal["native", "equal"]
NormalisedOn: TypeAlias = Literal["held-out", "all"]
ModelSize: TypeAlias = Literal["s", "m"]

DEFAULT_BACKBONE = "tf_efficientnet_lite0"
RANDOM = "random"
"""``--weights random``: a network that has seen no picture, as the first U-Net of Leontaris et al."""


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Settings of all methods; each method has some of them (:data:`curate.baselines.methods.METHODS`).

    Attributes
    ----------
    shots : int
        Number of good training images, drawn at random; 0 takes all.
    image_size : int
        Side of the network's square input, or of U-Net's tiles, in pixels.
    fit : str
        ``stretch`` to the square; ``pad`` to keep the aspect ratio and all of the picture; ``crop`` to keep the aspect
        ratio and the middle of the picture.
    backbone : str
        A name of timm's.
    weights : str
        A file of the backbone's weights; ``""`` for those that :mod:`curate.baselines.weights` finds.
    layers : tuple of str
        The backbone's modules whose features are used.
    dimensions : int
        Number of features a patch: PaDiM keeps so many at random, RADL pools to so many; 0 keeps all.
    coreset : float
        Fraction of the patches that PatchCore remembers.
    layer_scale : str
        Whether the features of PatchCore's layers are compared as the backbone gives them (``native``), or scaled so
        that each layer has the same variance over the training patches (``equal``).
    epochs, batch_size, patience : int
    learning_rate : float
    loss : str
    noise : tuple of float
        Standard deviations of RADL's fake defects, drawn uniformly between the two; equal ones are a fixed deviation.
    tau : float
        Temperature of the hardness-aware loss.
    overlap : float
        Of neighbouring tiles, as a fraction of their side.
    good_tiles : float
        So many tiles without a defect are trained on for each tile with one, drawn anew in each epoch.
    folds : int
        Number of folds of a cross-validation; 0 uses the dataset's own split.
    features : str
        What the classifier sees: the picture, the anomaly map or both.
    select : str
        Whether √N features are selected of picture and map each, or of both together.
    map_method : str
        The method whose anomaly maps the classifier sees.
    defects : int
        Percentage of the defective images that are used: to learn from, and by the classifier also to be judged on.
    model_size : str
        EfficientAD's: ``s`` or ``m``.
    normalise_on : str
        EfficientAD's maps are normalised on the ``held-out`` training images, or on ``all`` training images.
    textures : str
        DRAEM's folder of texture pictures; ``""`` for random noise.
    pretrained : str
        File of the networks that DSR and EfficientAD start from.
    pictures : str
        EfficientAD's folder of everyday pictures, in subfolders.
    """

    shots: int = 0
    image_size: int = 256
    fit: ImageFit = "stretch"
    backbone: str = DEFAULT_BACKBONE
    weights: str = ""
    layers: tuple[str, ...] = ()
    dimensions: int = 0
    coreset: float = 0.01
    layer_scale: LayerScale = "native"
    epochs: int = 50
    batch_size: int = 8
    patience: int = 7
    learning_rate: float = 1e-4
    loss: str = ""
    noise: tuple[float, float] = (0.015, 0.015)
    tau: float = 0.5
    overlap: float = 0.25
    good_tiles: float = 1.0
    folds: int = 0
    features: HeadInput = "both"
    select: FeatureSelection = "each"
    map_method: str = "patchcore"
    defects: int = 100
    model_size: ModelSize = "m"
    normalise_on: NormalisedOn = "held-out"
    textures: str = ""
    pretrained: str = ""
    pictures: str = ""


NAMES = tuple(entry.name for entry in fields(DetectorSettings))

_CHOICES: dict[str, tuple[str, ...]] = {
    "fit": get_args(ImageFit),
    "features": get_args(HeadInput),
    "select": get_args(FeatureSelection),
    "layer_scale": get_args(LayerScale),
    "model_size": get_args(ModelSize),
    "normalise_on": get_args(NormalisedOn),
}
_LEAST = {
    "shots": 0,
    "image_size": 32,
    "dimensions": 0,
    "epochs": 1,
    "batch_size": 1,
    "patience": 1,
    "folds": 0,
}
_MOST_PERCENT = 100


def settings_of(
    method: str, defaults: dict[str, Any], losses: tuple[str, ...], given: dict[str, Any]
) -> DetectorSettings:
    """Return a method's settings: what was given, else the method's own defaults.

    Parameters
    ----------
    method : str
        For messages.
    defaults : dict
        The settings that the method has, with the values that its paper uses.
    losses : tuple of str
        The losses that it knows.
    given : dict
        What the user asks for, by name.

    Raises
    ------
    InputError
        If something is given that the method does not have, or a value makes no sense; all of them at once.
    """
    problems = [
        f"{shown(name)} means nothing to {method}, which has {', '.join(map(shown, defaults)) or 'no settings'}"
        for name in given
        if name not in defaults
    ]
    settings = replace(DetectorSettings(), **{**defaults, **{name: given[name] for name in given if name in defaults}})
    problems += _problems(settings, losses, set(defaults))
    if problems:
        raise InputError("; ".join(problems), hint=f"`curate baseline {method} --help` names the settings")
    return settings


def _problems(settings: DetectorSettings, losses: tuple[str, ...], used: set[str]) -> list[str]:
    known = {**_CHOICES, "loss": losses}
    values = asdict(settings)
    found = [
        f"{shown(name)} is {values[name]!r}, expected {' or '.join(choices)}"
        for name, choices in known.items()
        if name in used and values[name] not in choices
    ]
    found += [
        f"{shown(name)} is {values[name]}, expected at least {least}"
        for name, least in _LEAST.items()
        if name in used and values[name] < least
    ]
    low, high = settings.noise
    ranges = {
        "coreset": (0.0 < settings.coreset <= 1.0, settings.coreset, "above 0 and at most 1"),
        "overlap": (0.0 <= settings.overlap < 1.0, settings.overlap, "at least 0 and below 1"),
        "good_tiles": (settings.good_tiles >= 0.0, settings.good_tiles, "0 or more"),
        "tau": (settings.tau > 0.0, settings.tau, "above 0"),
        "learning_rate": (settings.learning_rate > 0.0, settings.learning_rate, "above 0"),
        "noise": (0.0 < low <= high, f"{low:g},{high:g}", "two numbers above 0, the smaller one first"),
        "defects": (1 <= settings.defects <= _MOST_PERCENT, settings.defects, "a percentage from 1 to 100"),
        "folds": (settings.folds != 1, settings.folds, "0 (the dataset's split) or at least 2"),
    }
    return found + [
        f"{shown(name)} is {value}, expected {wanted}"
        for name, (fits, value, wanted) in ranges.items()
        if name in used and not fits
    ]


def shown(name: str) -> str:
    """Return a setting as it is written on the command line.

    >>> shown("image_size")
    '--image-size'
    """
    return f"--{name.replace('_', '-')}"
