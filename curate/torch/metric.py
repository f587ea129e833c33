"""AU-sPRO as a metric of torchmetrics: exact, over :class:`curate.evaluate.MapMetrics`.

Example
-------
>>> import torch
>>> from curate.torch import SPRO

>>> metric = SPRO(limit="0.05", saturation=0.5)
>>> metric.update(torch.tensor([[[[0.1, 0.9], [0.2, 0.1]]]]), torch.tensor([[[[0, 1], [0, 0]]]]))
>>> metric.compute()
tensor(1., dtype=torch.float64)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities.data import dim_zero_cat
from torchmetrics.utilities.distributed import gather_all_tensors

from curate.errors import InputError
from curate.evaluate.arrays import MapMetrics, Threshold, checked_maps
from curate.evaluate.metrics.spro import SPRO_LIMITS
from curate.torch.states import STATES, empty, packed, unpacked
from curate.torch.truth import DatasetTruth

_CHANNELS = 4
"""Axes of a batch of maps with channels."""


class SPRO(Metric):  # type: ignore[misc]  # where torchmetrics is not installed it has no type
    """Area under the sPRO curve up to a false positive rate, divided by it; ``nan`` where docs/metrics.md has no value.

    It equals what ``curate evaluate`` computes of the same maps and regions. All scores are kept until :meth:`compute`,
    because exact curves need them: 4 bytes a pixel for ``float32``, in the processor's memory unless
    ``compute_on_cpu=False``. Among several processes, images that a sampler repeats are counted twice, as with every
    metric of torchmetrics.

    Parameters
    ----------
    limit : str or float
        One of 0.01, 0.05, 0.1, 0.3 and 1.
    saturation : float, int or Saturation
        How much of a region must be found, as for :class:`~curate.evaluate.MapMetrics`.
    ignore : int, optional
        Value of mask pixels that are left out.
    truth : DatasetTruth, optional
        Regions and thresholds of a dataset, for batches of anomalib; see :func:`curate.torch.evaluator`.
    **kwargs
        Of ``torchmetrics.Metric``.
    """

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    plot_lower_bound = 0.0
    plot_upper_bound = 1.0

    def __init__(
        self,
        limit: str | float = "0.05",
        saturation: Threshold = 1.0,
        *,
        ignore: int | None = None,
        truth: DatasetTruth | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"compute_on_cpu": True, **kwargs})
        self.limit = _limit(limit)
        self.saturation = MapMetrics(saturation).saturation
        self.ignore = ignore
        self.truth = truth
        for name in STATES:
            self.add_state(name, default=[], dist_reduce_fx="cat")

    @property
    def name(self) -> str:
        """What loggers and anomalib's ``Evaluator`` call it."""
        return f"AU-sPRO@{self.limit}"

    def update(
        self,
        maps: Any,
        masks: Any = None,
        *,
        saturation: Threshold | Sequence[Threshold] | None = None,
        defect: str | Sequence[str] = "defect",
    ) -> None:
        """Take a batch, of any float or integer type, on any device, whether or not it requires a gradient.

        Parameters
        ----------
        maps : Tensor, shape (batch, height, width) or (batch, 1, height, width), or a batch of anomalib
            Higher is more anomalous. Of a batch of anomalib, ``anomaly_map`` is scored: against the dataset's regions
            at full size where ``truth`` is known, else against ``gt_mask``.
        masks : Tensor of the same shape, Tensor (batch, regions, height, width), sequence or None
            0 outside and one positive whole number inside each region; a mask is one region, of however many pieces.
        saturation, defect
            As for :meth:`curate.evaluate.MapMetrics.update`.

        Raises
        ------
        InputError
            As :meth:`curate.evaluate.MapMetrics.update` does; nothing of the batch counts then.
        """
        if hasattr(maps, "anomaly_map"):
            self._update_of_batch(maps)
            return
        default = self.saturation if saturation is None else saturation
        checked = checked_maps(
            _without_channel(maps), _without_channel(masks), saturation=default, defect=defect, ignore=self.ignore
        )
        self._keep([packed(one) for one in checked])

    def compute(self) -> Tensor:
        """Return the area as a 0-dimensional ``float64`` tensor."""
        area = self.result()["localization"]["au_spro"][self.limit]
        kind = torch.float32 if self.device.type == "mps" else torch.float64
        return torch.tensor(math.nan if area is None else area, dtype=kind, device=self.device)

    def result(self) -> dict[str, Any]:
        """Return all that :meth:`curate.evaluate.MapMetrics.compute` does, of this process or after ``sync``."""
        metrics = MapMetrics(self.saturation)
        if len(self.images):  # a list, or after sync one tensor
            metrics.add(list(unpacked({name: dim_zero_cat(getattr(self, name)) for name in STATES})))
        return metrics.compute()

    def _update_of_batch(self, batch: Any) -> None:
        if batch.anomaly_map is None:
            raise InputError("a batch without anomaly_map came: this model gives no maps")
        if self.truth is None:
            if batch.gt_mask is None:
                raise InputError(
                    "a batch without gt_mask came, and no dataset says where the regions are",
                    hint="test with curate.torch.datamodule, or make the metric with curate.torch.evaluator(dataset)",
                )
            self.update(batch.anomaly_map, batch.gt_mask)
            return
        maps = _without_channel(batch.anomaly_map)
        self._keep([packed(one) for one in self.truth.maps_of(batch.image_path, maps)])

    def _keep(self, rows: list[dict[str, Tensor]]) -> None:
        for row in rows:
            for name, value in row.items():
                getattr(self, name).append(value if self.compute_on_cpu else value.to(self.device))

    def _sync_dist(self, dist_sync_fn: Any = gather_all_tensors, process_group: Any | None = None) -> None:
        """Gather from all processes, on the metric's device and in one type: a backend moves nothing else.

        A process without an image, whose scores have no type yet, takes part with empty tensors.
        """
        for name, nothing in empty().items():
            listed = [value.to(self.device, nothing.dtype) for value in getattr(self, name)]
            setattr(self, name, listed or [nothing.to(self.device)])
        super()._sync_dist(dist_sync_fn, process_group)


def _limit(limit: str | float) -> str:
    found = next((known for known in SPRO_LIMITS if float(known) == float(limit)), None)
    if found is None:
        raise InputError(f"the limit {limit} came, expected one of {', '.join(SPRO_LIMITS)}")
    return found


def _without_channel(batch: Any) -> Any:
    """Take the one channel away that detectors give their maps."""
    shape: tuple[int, ...] = getattr(batch, "shape", ())
    return batch[:, 0] if len(shape) == _CHANNELS and shape[1] == 1 else batch
