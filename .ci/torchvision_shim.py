"""Let torchvision's wheel, which is built for CUDA, import beside a CPU build of torch.

Its compiled operators do not load there, and importing it then fails although nothing that curate uses needs them. This
declares them, without a kernel, just before torchvision is imported. ``.ci/baselines`` puts this file into its own
environment, with a ``.pth`` that imports it; it is no part of curate.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

_FORWARD = ("roi_align", "qroi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d")
_BACKWARD = ("_roi_align", "_roi_pool", "_ps_roi_align", "_ps_roi_pool", "_deform_conv2d")


class TorchvisionOperators:
    """A finder that finds nothing: it only notices that torchvision is about to be imported."""

    def __init__(self) -> None:
        self.library: Any = None  # the declarations live as long as this object

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Declare the operators when torchvision is looked for the first time."""
        del path, target
        if name != "torchvision" or self.library is not None:
            return
        import torch

        if torch.version.cuda is not None:
            return
        self.library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms", *_FORWARD, *(f"{name}_backward" for name in _BACKWARD)):
            self.library.define(f"{operator}(Tensor input) -> Tensor")


sys.meta_path.insert(0, TorchvisionOperators())  # type: ignore[arg-type]
