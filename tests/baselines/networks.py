"""What tests of networks share: they need the extra ``baselines``, and its libraries warn a lot."""

from __future__ import annotations

import os
from typing import Any

import pytest

from curate.baselines.libraries import library
from curate.errors import MissingError

QUIET = pytest.mark.filterwarnings("ignore")


def torch_or_skip() -> Any:
    """Return torch; the tests of a module are skipped where the extra is not installed."""
    try:
        library("timm")
        torch = library("torch")
    except MissingError:
        if os.environ.get("CURATE_BASELINES") == "required":
            raise
        pytest.skip("the extra `baselines` is not installed", allow_module_level=True)
    torch.set_num_threads(1)
    return torch
