"""Choose where networks run, and make a run repeatable."""

from __future__ import annotations

import os
import platform
import random
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from curate.baselines.libraries import library
from curate.errors import InputError

_LIBRARIES = ("torch", "timm", "anomalib", "lightning", "segmentation-models-pytorch", "scikit-learn", "numpy")


def chosen_device(wanted: str) -> str:
    """Return the device that ``--device`` stands for: ``auto`` takes a GPU where there is one.

    Raises
    ------
    InputError
        If a GPU is wanted and torch sees none.
    """
    if wanted == "cpu":
        return wanted
    available = library("torch").cuda.is_available()
    if wanted == "auto":
        return "cuda" if available else "cpu"
    if wanted.partition(":")[0] != "cuda":
        raise InputError(f"--device is {wanted!r}, expected auto, cpu, cuda or cuda:N")
    if not available:
        raise InputError("--device is cuda, but torch sees no GPU", hint="use --device cpu, or install torch for CUDA")
    return wanted


def device_name(device: str) -> str:
    """Return what a device is called: the GPU's name, or the processor's architecture and the number of threads."""
    torch = library("torch")
    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    return f"{platform.machine()} CPU, {torch.get_num_threads()} threads"


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that a result depends on, as far as they are installed."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def seed_everything(seed: int, step: int = 0) -> None:
    """Seed every generator that a method draws from; ``step`` gives each epoch draws of its own.

    A run that was killed and goes on at an epoch therefore draws what an unbroken one would have drawn there.
    """
    torch = library("torch")
    # cuBLAS needs it for repeatable sums; it is read when the first product is computed.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    number = int(np.random.SeedSequence([seed, step]).generate_state(1)[0])
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002 - the libraries draw from the global generator
    torch.manual_seed(number)
    torch.use_deterministic_algorithms(True, warn_only=True)  # noqa: FBT003 - torch's signature


def to_batch(pictures: list[Any], device: str) -> Any:
    """Return network inputs, float32 (size, size, 3), as one batch (n, 3, size, size) on a device."""
    torch = library("torch")
    stacked = np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))
    return torch.from_numpy(stacked).to(device)
