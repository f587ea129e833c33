"""DSR: dual subspace re-projection (Zavrtanik et al. 2022), anomalib's model and Engine."""

from __future__ import annotations

from pathlib import Path

from curate.baselines.engine import BARE, EngineDetector
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import Trial
from curate.baselines.weights import read_state
from curate.disk.hashing import sha256_file
from curate.errors import MissingError

_SOURCE = (
    "https://github.com/open-edge-platform/anomalib/releases/download/dsr_pretrained_weights/"
    "dsr_vq_model_pretrained.zip"
)


def detector(trial: Trial) -> EngineDetector:
    """Return the method for one trial.

    Raises
    ------
    MissingError
        If the pretrained discrete model is not named: DSR is nothing without it.
    """
    named = trial.settings.pretrained
    if not named:
        raise MissingError(
            "DSR starts from a pretrained discrete model, and none was named",
            hint=f"unpack {_SOURCE} and name vq_model_pretrained_128_4096.pckl with --pretrained",
        )
    path = Path(named)
    read_state(path)  # says what is wrong with the file before anything is trained
    models = library("anomalib.models")
    with quiet():
        module = models.Dsr(**BARE)
    module.prepare_pretrained_model = lambda: path
    facts = {"pretrained": path.name, "pretrained_sha256": sha256_file(path)}
    return EngineDetector(trial, module, batch_size=trial.settings.batch_size, facts=facts)
