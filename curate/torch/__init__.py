"""Exact metrics and any dataset that curate reads, in torch and anomalib.

``SPRO`` is a ``torchmetrics.Metric`` (extra ``torch``). ``evaluator()`` and ``datamodule()`` are for anomalib 2.x,
which is installed on its own. Names are loaded when they are used: nothing here slows the command line down, which
never imports torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curate.torch.anomalib_data import datamodule
    from curate.torch.anomalib_evaluator import evaluator
    from curate.torch.metric import SPRO

_HOMES = {
    "SPRO": ("curate.torch.metric", ""),
    "datamodule": ("curate.torch.anomalib_data", "anomalib"),
    "evaluator": ("curate.torch.anomalib_evaluator", "anomalib"),
}

__all__ = ["SPRO", "datamodule", "evaluator"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from curate.baselines.libraries import quiet

    module, library = _HOMES[name]
    try:
        with quiet():  # anomalib warns of its own old names when it is imported
            return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        from curate.errors import MissingError
        from curate.model.words import install_command

        raise MissingError(
            f"curate.torch.{name} needs the library {(error.name or name).split('.')[0]}, which is not installed",
            hint=f"pip install {library}" if library else install_command("torch"),
        ) from error
