"""EfficientAD, S and M: a student, a teacher and an autoencoder (Batzner et al. 2024), anomalib's model and Engine.

The two maps are normalised with quantiles of good images: as the paper does, of 5 % of the training images that the
networks do not learn from, or as section 6.4 of the AutoVI paper does, of all training images.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curate.baselines.engine import BARE, EngineDetector
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import Trial
from curate.baselines.weights import read_state
from curate.disk.hashing import sha256_file
from curate.errors import InputError, MissingError
from curate.imaging.images import is_image_name
from curate.model.dataset import Sample

_TEACHER = (
    "https://github.com/open-edge-platform/anomalib/releases/download/efficientad_pretrained_weights/"
    "efficientad_pretrained_weights.zip (40 MB)"
)
_PICTURES = "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2.tgz (1.6 GB)"
_VALIDATION = 0.05


def detector(trial: Trial) -> EfficientAdDetector:
    """Return the method for one trial.

    Raises
    ------
    MissingError, InputError
        If the teacher or the everyday pictures are not named or not there.
    """
    settings = trial.settings
    if not settings.pretrained:
        raise MissingError(
            "EfficientAD starts from a pretrained teacher, and none was named",
            hint=f"unpack {_TEACHER} and name pretrained_teacher_{settings.model_size}*.pth with --pretrained",
        )
    folder = Path(settings.pictures) if settings.pictures else None
    if folder is None or not any(is_image_name(path) for path in folder.glob("*/*")):
        raise MissingError(
            "EfficientAD's student sees everyday pictures while it learns, and no folder with subfolders of them was "
            "named",
            path=folder,
            hint=f"unpack {_PICTURES} and name its folder train with --pictures",
        )
    return EfficientAdDetector(trial, Path(settings.pretrained), folder)


class EfficientAdDetector(EngineDetector):
    """EfficientAD over one category."""

    def __init__(self, trial: Trial, teacher: Path, pictures: Path) -> None:
        models, settings = library("anomalib.models"), trial.settings
        state = read_state(teacher)
        size = {"s": "small", "m": "medium"}[settings.model_size]
        with quiet():
            module = models.EfficientAd(
                imagenet_dir=pictures, model_size=size, lr=settings.learning_rate, padding=False, **BARE
            )
        try:
            module.model.teacher.load_state_dict(state, strict=True)
        except RuntimeError as error:
            raise InputError(
                f"is no teacher of EfficientAD's size {settings.model_size}: {str(error).splitlines()[0]}",
                path=teacher,
                hint="name the file of the same --model-size",
            ) from error
        module.prepare_pretrained_model = lambda: None
        facts = {"pretrained": teacher.name, "pretrained_sha256": sha256_file(teacher)}
        super().__init__(trial, module, batch_size=1, facts={**facts, "normalise_on": settings.normalise_on})

    def fit(self, training: Sequence[Sample]) -> None:
        """Train, then take the quantiles that the maps are normalised with."""
        torch = library("torch")
        if self.trial.settings.normalise_on == "all":
            learned = judged = list(training)
        else:
            count = max(1, round(_VALIDATION * len(training)))
            learned, judged = list(training[:-count]), list(training[-count:])
        if not learned:
            raise InputError(f"EfficientAD needs at least two good training images, found {len(training)}")
        super().fit(learned)
        with torch.no_grad(), quiet():
            self.module.model.quantiles.update(self.module.map_norm_quantiles(self.loader(judged)))

    def begin_epoch(self) -> None:
        """Begin the everyday pictures anew, in an order that follows from seed and epoch."""
        self.module.imagenet_iterator = iter(self.module.imagenet_loader)

    def facts(self) -> dict[str, Any]:
        """Return also how large the networks are."""
        return {**super().facts(), "model_size": self.trial.settings.model_size}
