"""Slow, obvious versions of what the baselines compute themselves: losses, heads, left-out distances."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))


def bce(logits: Sequence[float], targets: Sequence[int]) -> float:
    """The mean over pixels of equation 2 of Leontaris et al."""
    total = 0.0
    for logit, target in zip(logits, targets, strict=True):
        p = sigmoid(logit)
        total -= target * math.log(p) + (1 - target) * math.log(1 - p)
    return total / len(logits)


def dice(logits: Sequence[float], targets: Sequence[int]) -> float:
    """Equation 3 of Leontaris et al."""
    p = [sigmoid(logit) for logit in logits]
    both = sum(a * y for a, y in zip(p, targets, strict=True))
    return 1.0 - 2.0 * both / (sum(a * a for a in p) + sum(y * y for y in targets))


def hce(real: Sequence[float], fake: Sequence[float], tau: float) -> float:
    """Equations 5 to 7 of Tang and Jung, of logits divided by tau: labels 1 for real and 0 for fake features."""
    positive = -sum(math.log(sigmoid(value / tau)) for value in real) / len(real)
    negative = -sum(math.log(1.0 - sigmoid(value / tau)) for value in fake) / len(fake)
    return positive + negative


def l1(real: Sequence[float], fake: Sequence[float]) -> float:
    """SimpleNet's truncated loss with a margin of one half."""
    return sum(max(0.0, 0.5 - value) for value in real) / len(real) + sum(
        max(0.0, 0.5 + value) for value in fake
    ) / len(fake)


def relu_network(features: Array, weights: Sequence[Array], biases: Sequence[Array]) -> Array:
    """Return class probabilities of a perceptron, row by row, number by number."""
    rows = []
    for row in features.tolist():
        values = row
        for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            sums = [
                sum(value * weight[place, out] for place, value in enumerate(values)) + bias[out]
                for out in range(weight.shape[1])
            ]
            last = layer == len(weights) - 1
            values = sums if last else [max(0.0, value) for value in sums]
        if len(values) == 1:  # two classes have one output
            rows.append([1.0 - sigmoid(values[0]), sigmoid(values[0])])
        else:
            powers = [math.exp(value - max(values)) for value in values]
            rows.append([power / sum(powers) for power in powers])
    return np.asarray(rows)


def discriminator(row: Array, parts: dict[str, Array]) -> float:
    """RADL's discriminator in evaluation: linear, batch normalisation, leaky ReLU, linear."""
    hidden = parts["0.weight"] @ row + parts["0.bias"]
    spread = np.sqrt(parts["1.running_var"] + 1e-5)
    normal = (hidden - parts["1.running_mean"]) / spread * parts["1.weight"] + parts["1.bias"]
    bent = np.where(normal > 0, normal, 0.2 * normal)
    return float(parts["3.weight"][0] @ bent)


def patch_mean(channel: Array) -> Array:
    """The mean over 3 × 3 neighbours, zeros outside."""
    height, width = channel.shape
    found = np.zeros_like(channel)
    for row in range(height):
        for column in range(width):
            total = 0.0
            for down in (-1, 0, 1):
                for right in (-1, 0, 1):
                    if 0 <= row + down < height and 0 <= column + right < width:
                        total += channel[row + down, column + right]
            found[row, column] = total / 9.0
    return found


def padim_distance(images: Array, query: Array, ridge: float) -> Array:
    """The Mahalanobis distance of a query (channels, places) from a Gaussian of images (n, channels, places)."""
    found = []
    for place in range(images.shape[2]):
        seen = images[:, :, place]
        covariance = np.cov(seen, rowvar=False) + ridge * np.eye(seen.shape[1])
        apart = query[:, place] - seen.mean(axis=0)
        found.append(math.sqrt(apart @ np.linalg.inv(covariance) @ apart))
    return np.asarray(found)


def farthest_first(points: Sequence[Sequence[float]], first: int, count: int) -> list[int]:
    """Choose points one by one: each time the one whose nearest chosen point is farthest; ties to the earlier one."""
    chosen = [first]
    while len(chosen) < count:
        nearest = [
            -1.0 if place in chosen else min(math.dist(point, points[other]) for other in chosen)
            for place, point in enumerate(points)
        ]
        chosen.append(nearest.index(max(nearest)))
    return chosen
