"""A data module for anomalib 2.x from any dataset that curate reads, without converting a file."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from anomalib.data import AnomalibDataModule, AnomalibDataset, ImageItem
from anomalib.data.utils import TestSplitMode, ValSplitMode
from pandas import DataFrame
from torchvision.transforms.v2.functional import to_dtype
from torchvision.tv_tensors import Image, Mask

from curate.imaging.images import decode_upright, read_file
from curate.imaging.maps import image_size
from curate.model.dataset import Sample
from curate.model.defect import GOOD
from curate.torch.truth import DatasetTruth

_UNKNOWN = -1
_DEEPEST = 65535
"""White of images of 16 bits a channel."""

_COLUMNS = {"image_path": str, "split": str, "label": str, "mask_path": str, "label_index": int}


class CurateDataset(AnomalibDataset):  # type: ignore[misc]  # anomalib has no types
    """One side of a category: images as they are shown, and the union of all regions of each as its mask."""

    def __init__(self, truth: DatasetTruth, samples: Sequence[Sample], augmentations: Any = None) -> None:
        super().__init__(augmentations=augmentations)
        self.truth = truth
        self.category = truth.category.name
        self._by_path = {truth.path_of(sample): sample for sample in samples}
        rows = [
            {
                "image_path": path,
                "split": sample.split,
                "label": sample.label,
                "mask_path": str(truth.root / sample.masks[0]) if sample.masks else "",
                "label_index": int(sample.label != GOOD) if sample.label else _UNKNOWN,
            }
            for path, sample in self._by_path.items()
        ]
        frame = DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
        frame.attrs["task"] = "segmentation"
        self.samples = frame

    def __getitem__(self, index: int) -> Any:
        """Return an image with its label and its mask, the union of all regions, of whatever files or shapes."""
        row = self.samples.iloc[index]
        sample = self._by_path[row.image_path]
        image, mask = Image(_pixels(Path(row.image_path))), Mask(self._union(sample, row.image_path))
        if self.augmentations:
            image, mask = self.augmentations(image, mask)
        label = torch.tensor(int(row.label_index))
        return ImageItem(image=image, gt_mask=mask, gt_label=label, image_path=row.image_path, mask_path=row.mask_path)

    def _union(self, sample: Sample, path: str) -> Any:
        masks = [mask for mask, _, _ in self.truth.regions(sample)]
        if masks:
            return torch.from_numpy(np.logical_or.reduce(masks).astype(np.uint8))
        width, height = image_size(Path(path))
        return torch.zeros((height, width), dtype=torch.uint8)


class CurateDataModule(AnomalibDataModule):  # type: ignore[misc]  # anomalib has no types
    """The splits of a category as the dataset has them; nothing is drawn at random.

    Attributes
    ----------
    truth : DatasetTruth
        All regions with their thresholds; :func:`curate.torch.evaluator` scores against them.
    """

    def __init__(self, truth: DatasetTruth, **kwargs: Any) -> None:
        has_val = any(sample.split == "val" for sample in truth.category.samples)
        mode = kwargs.pop("val_split_mode", ValSplitMode.FROM_DIR if has_val else ValSplitMode.NONE)
        super().__init__(val_split_mode=mode, test_split_mode=TestSplitMode.FROM_DIR, **kwargs)
        self.truth = truth
        self.category = truth.category.name
        self._has_val = has_val

    def _setup(self, _stage: str | None = None) -> None:
        train, defective = [], 0
        for sample in self.truth.category.of_split("train"):
            if sample.label == GOOD:
                train.append(sample)
            else:
                defective += 1
        if defective:
            warnings.warn(
                f"{defective} defective training images of {self.category} are left out: anomalib trains on good ones",
                stacklevel=2,
            )
        self.train_data = CurateDataset(self.truth, train)
        self.test_data = CurateDataset(self.truth, self.truth.category.of_split("test"))
        if self._has_val:
            self.val_data = CurateDataset(self.truth, self.truth.category.of_split("val"))

    def _create_test_split(self) -> None:
        """Keep the test set as it is."""

    def _create_val_split(self) -> None:
        """Keep the validation set as it is; only without one may another way be asked for."""
        if not self._has_val and self.val_split_mode == ValSplitMode.SAME_AS_TEST:
            self.val_data = copy.deepcopy(self.test_data)
        elif not self._has_val:
            super()._create_val_split()

    def val_dataloader(self) -> Any:
        """Return the validation images; none where the dataset has none and no other way was asked for."""
        return super().val_dataloader() if hasattr(self, "val_data") else []


def datamodule(
    dataset: Path | str,
    category: str = "",
    *,
    layout: str | None = None,
    train_batch_size: int = 32,
    eval_batch_size: int = 32,
    num_workers: int = 0,
    **kwargs: Any,
) -> CurateDataModule:
    """Return a data module of one category, in any layout that curate reads.

    Parameters
    ----------
    dataset : Path
    category : str
        May be left out of a dataset of one.
    layout : str, optional
        Recognised by looking when left out.
    train_batch_size, eval_batch_size, num_workers
        Of the loaders.
    **kwargs
        Of ``AnomalibDataModule``: augmentations, and ``val_split_mode`` for a dataset without a validation set (none by
        default: images are never drawn at random unless that is asked for).

    Raises
    ------
    CurateError
        If the dataset cannot be read, or has no such category.

    Examples
    --------
    >>> Engine().fit(model, datamodule=curate.torch.datamodule("AutoVI", "pipe_clip"))  # doctest: +SKIP
    """
    truth = DatasetTruth.read(dataset, category, layout)
    sizes: dict[str, int] = {"train_batch_size": train_batch_size, "eval_batch_size": eval_batch_size}
    return CurateDataModule(truth, num_workers=num_workers, **sizes, **kwargs)


def _pixels(path: Path) -> Any:
    """Return an image's pixels as anomalib does: float32 in [0, 1], shape (3, height, width), upright, RGB."""
    pixels = decode_upright(read_file(path), path)
    if pixels.ndim == 2:  # noqa: PLR2004 - grey
        pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
    rgb = cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_BGR2RGB)
    if rgb.dtype == np.uint8:
        return to_dtype(torch.from_numpy(rgb).permute(2, 0, 1), torch.float32, scale=True)
    return torch.from_numpy(rgb / np.float32(_DEEPEST)).permute(2, 0, 1)
