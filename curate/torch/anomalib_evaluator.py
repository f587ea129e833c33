"""An ``Evaluator`` for anomalib 2.x: its own numbers, and AU-sPRO beside them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anomalib.metrics import AUROC, Evaluator, F1Score

from curate.evaluate.arrays import Threshold
from curate.torch.metric import SPRO
from curate.torch.truth import DatasetTruth


class SPROEvaluator(Evaluator):  # type: ignore[misc]  # anomalib has no types
    """anomalib's evaluator, which looks up the regions of the data module that is tested."""

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Take the truth of a module made by :func:`curate.torch.datamodule`, where none was named."""
        super().setup(trainer, pl_module, stage)
        known = getattr(getattr(trainer, "datamodule", None), "truth", None)
        ours = [metric for metric in self.test_metrics if isinstance(metric, SPRO)]
        for metric in ours:
            metric.truth = metric.truth or known
        if stage == "test" and any(metric.truth is None for metric in ours):
            warnings.warn(
                "AU-sPRO is scored against the masks of the batches, at the size of the maps and with one region an "
                "image: test a module of curate.torch.datamodule, or call curate.torch.evaluator(dataset, category)",
                stacklevel=2,
            )


def evaluator(
    dataset: Path | str | None = None,
    category: str = "",
    *,
    layout: str | None = None,
    limits: Sequence[str | float] = ("0.05",),
    saturation: Threshold = 1.0,
    **kwargs: Any,
) -> SPROEvaluator:
    """Return an evaluator with anomalib's default metrics and AU-sPRO at each limit.

    Tested with a module of :func:`curate.torch.datamodule`, or with a dataset named here, maps are brought to the size
    of their images bilinearly and scored against all regions with their own thresholds: as ``curate submission
    from-anomalib`` and ``curate evaluate`` do, with the same value. Otherwise ``gt_mask`` is scored as one region per
    image, and a warning says so.

    Parameters
    ----------
    dataset : Path, optional
    category : str
        May be left out of a dataset of one.
    layout : str, optional
        Of the dataset; recognised by looking when left out.
    limits : sequence of str or float
    saturation : float, int or Saturation
        Where no dataset says otherwise.
    **kwargs
        Of ``anomalib.metrics.Evaluator``; ``test_metrics`` replaces anomalib's default metrics.

    Examples
    --------
    >>> model = Padim(evaluator=curate.torch.evaluator())  # doctest: +SKIP
    """
    truth = DatasetTruth.read(dataset, category, layout) if dataset is not None else None
    mine = [SPRO(limit, saturation, truth=truth) for limit in limits]
    given = kwargs.pop("test_metrics", None)
    theirs = _defaults() if given is None else Evaluator.validate_metrics(given)
    return SPROEvaluator(test_metrics=[*theirs, *mine], **kwargs)


def _defaults() -> list[Any]:
    """Return what ``AnomalibModule.configure_evaluator`` of anomalib 2.7 tests with."""
    return [
        AUROC(fields=["pred_score", "gt_label"], prefix="image_"),
        F1Score(fields=["pred_label", "gt_label"], prefix="image_", strict=False),
        AUROC(fields=["anomaly_map", "gt_mask"], prefix="pixel_", strict=False),
        F1Score(fields=["pred_mask", "gt_mask"], prefix="pixel_", strict=False),
    ]
