"""AUPIMO against anomalib's, which begins and ends at the nearest rates that occur where curate goes to the bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from curate.evaluate.metrics.aupimo import HIGHEST_FPR, LOWEST_FPR, aupimo, highest_scores
from tests.baselines.networks import QUIET, torch_or_skip

torch = torch_or_skip()
pytestmark = QUIET


def theirs(maps: Any, masks: Any, steps: int) -> list[float]:
    from anomalib.metrics.pimo.functional import aupimo_scores

    bounds = (LOWEST_FPR, HIGHEST_FPR)
    found = aupimo_scores(torch.tensor(maps), torch.tensor(masks), num_thresholds=steps, fpr_bounds=bounds, force=True)
    return list(found[4].tolist())


def test_it_agrees_with_anomalibs() -> None:
    # 400,000 good pixels: both bounds, 4 and 40 pixels, are rates that occur, where anomalib takes the nearest ones.
    generator = np.random.default_rng(9)
    maps = generator.normal(size=(8, 250, 400))
    masks = np.zeros(maps.shape, bool)
    for place in range(4, 8):
        masks[place, 20:50, 30:60] = True
        maps[place][masks[place]] += 1.0 + 0.5 * place
    good = [(highest_scores(image, 4), image.size) for image in maps[:4]]
    ours = aupimo(good, [maps[place][masks[place]] for place in range(4, 8)])
    assert 0.1 < ours[0] < ours[-1] < 0.9
    assert ours == pytest.approx(theirs(maps, masks, 300_000)[4:], abs=1e-12)
