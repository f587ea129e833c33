from __future__ import annotations

import numpy as np
import pytest

from curate.baselines import losses
from tests import reference_baselines as reference
from tests.baselines.networks import torch_or_skip

torch = torch_or_skip()
GENERATOR = np.random.default_rng(5)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_segmentation_losses_equal_the_equations(share: float) -> None:
    logits = GENERATOR.normal(0, 3, 64)
    targets = (GENERATOR.random(64) < share).astype(int)
    given = torch.tensor(logits), torch.tensor(targets, dtype=torch.float64)
    bce, dice = reference.bce(logits.tolist(), targets.tolist()), reference.dice(logits.tolist(), targets.tolist())
    assert float(losses.binary_cross_entropy(*given)) == pytest.approx(bce, abs=1e-9)
    assert float(losses.dice_loss(*given)) == pytest.approx(dice, abs=1e-5)
    assert float(losses.weighted_loss(*given)) == pytest.approx(0.05 * bce + 0.95 * dice, abs=1e-5)


def test_dice_of_nothing_found_where_nothing_is_costs_nothing() -> None:
    assert float(losses.dice_loss(torch.full((9,), -60.0), torch.zeros(9))) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("tau", [1.0, 0.5, 0.25, 0.1])
def test_discriminator_losses_equal_the_equations(tau: float) -> None:
    real, fake = GENERATOR.normal(0.3, 1, 20), GENERATOR.normal(-0.3, 1, 20)
    given = torch.tensor(real), torch.tensor(fake)
    lists = real.tolist(), fake.tolist()
    assert float(losses.hardness_aware(*given, tau)) == pytest.approx(reference.hce(*lists, tau), abs=1e-9)
    assert float(losses.cross_entropy(*given, tau)) == pytest.approx(reference.hce(*lists, 1.0), abs=1e-9)
    assert float(losses.truncated_l1(*given, tau)) == pytest.approx(reference.l1(*lists), abs=1e-9)
