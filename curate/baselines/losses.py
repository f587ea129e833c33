"""The losses that the papers define, on tensors. What is read into an equation is said where it is.

References
----------
Leontaris et al., *Inspection of surface defects in metal processing industry using UNet-based architectures*,
equations 2 to 4. Tang and Jung, *Reliable Anomaly Detection and Localization System*, IEEE Access 2023, equations 5
to 7. Liu et al., *SimpleNet*, CVPR 2023, equation 6.
"""

from __future__ import annotations

from typing import Any

from curate.baselines.libraries import library

MARGIN = 0.5
"""SimpleNet's margin of the truncated L1 loss, on either side."""
BCE_WEIGHT, DICE_WEIGHT = 0.05, 0.95
_TINY = 1e-6


def binary_cross_entropy(logits: Any, targets: Any) -> Any:
    """Equation 2 of Leontaris et al.: binary cross-entropy of probabilities ``sigmoid(logits)``.

    The equation is printed as a sum over the pixels. Here it is their mean: beside a sum over 147456 pixels, equation
    4's weights of 0.05 and 0.95 would leave nothing of the Dice loss.

    Parameters
    ----------
    logits, targets : tensor
        Of one shape; targets 0 or 1.
    """
    return library("torch").nn.functional.binary_cross_entropy_with_logits(logits, targets)


def dice_loss(logits: Any, targets: Any) -> Any:
    """Equation 3 of Leontaris et al.: ``1 - 2 Σ p y / (Σ p² + Σ y²)``, the sums over all pixels of the batch.

    Over the batch, not over each picture: a picture without a defect has no numerator, so that nothing in it would tell
    the network to stay silent there. With neither a defect nor a probability the loss is 0.
    """
    probabilities = logits.sigmoid()
    both = (probabilities * targets).sum()
    return 1 - (2 * both + _TINY) / ((probabilities**2).sum() + (targets**2).sum() + _TINY)


def weighted_loss(logits: Any, targets: Any) -> Any:
    """Equation 4 of Leontaris et al.: 0.05 of the cross-entropy and 0.95 of the Dice loss."""
    return BCE_WEIGHT * binary_cross_entropy(logits, targets) + DICE_WEIGHT * dice_loss(logits, targets)


SEGMENTATION_LOSSES = {"bce": binary_cross_entropy, "dice": dice_loss, "bce+dice": weighted_loss}


def truncated_l1(real: Any, fake: Any, tau: float = 1.0) -> Any:
    """SimpleNet's loss: real features should score above :data:`MARGIN`, fake ones below its negative.

    Parameters
    ----------
    real, fake : tensor
        The discriminator's outputs for real and for fake features; higher is more real.
    tau : float
        Of no meaning here.
    """
    del tau
    return (MARGIN - real).clamp(min=0).mean() + (MARGIN + fake).clamp(min=0).mean()


def hardness_aware(real: Any, fake: Any, tau: float) -> Any:
    """Equations 5 to 7 of Tang and Jung: cross-entropy of outputs that are divided by a temperature.

    As printed, the equations take logarithms of outputs divided by ``tau``, of which many are above 1; they are read as
    logits divided by ``tau``, so that ``tau = 1`` is the ordinary cross-entropy, as the paper says.
    """
    softplus = library("torch").nn.functional.softplus
    return softplus(-real / tau).mean() + softplus(fake / tau).mean()


def cross_entropy(real: Any, fake: Any, tau: float = 1.0) -> Any:
    """Return the hardness-aware loss at a temperature of 1."""
    del tau
    return hardness_aware(real, fake, 1.0)


DISCRIMINATOR_LOSSES = {"l1": truncated_l1, "ce": cross_entropy, "hce": hardness_aware}
