"""DRAEM: reconstruct what was painted over, and learn where that was (Zavrtanik et al. 2021), anomalib's model."""

from __future__ import annotations

from pathlib import Path

from curate.baselines.engine import BARE, EngineDetector
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import Trial
from curate.errors import MissingError
from curate.imaging.images import is_image_name

_SOURCE = "https://www.robots.ox.ac.uk/~vgg/data/dtd/download/dtd-r1.0.1.tar.gz (Describable Textures, 625 MB)"


def detector(trial: Trial) -> EngineDetector:
    """Return the method for one trial.

    Raises
    ------
    MissingError
        If the folder of textures is not there or holds no picture.
    """
    textures = trial.settings.textures
    folder = Path(textures) if textures else trial.state / "no-textures"
    if textures and not any(is_image_name(path) for path in folder.rglob("*")):
        raise MissingError("holds no texture pictures", path=folder, hint=f"unpack {_SOURCE} and name its folder")
    if not textures:
        trial.say(
            "DRAEM paints its defects with random noise; the paper paints them with textures: unpack "
            f"{_SOURCE} and name its folder with --textures"
        )
        folder.mkdir(parents=True, exist_ok=True)  # an empty one: anomalib would download into a missing one
    models = library("anomalib.models")
    with quiet():
        module = models.Draem(dtd_dir=folder.resolve(), **BARE)
    facts = {"textures": Path(textures).name if textures else "random noise"}
    return EngineDetector(trial, module, batch_size=trial.settings.batch_size, facts=facts)
