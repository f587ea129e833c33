"""How well one measured thing tells good from defective: an effect size and its p-value, by SciPy's tests. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np


def mann_whitney(good: Sequence[float], defective: Sequence[float]) -> tuple[float, float]:
    """Compare two samples by the Mann-Whitney U test.

    Parameters
    ----------
    good, defective : sequence of float
        Neither empty.

    Returns
    -------
    auroc : float
        Probability that a defective one is larger than a good one, ties counted half; 0.5 tells nothing.
    p_value : float
        Two-sided, by the normal approximation with correction for ties and continuity (Lehmann 1975, section 1.5);
        1 where all values are equal.

    Examples
    --------
    >>> auroc, p_value = mann_whitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])
    >>> auroc, round(p_value, 4)
    (1.0, 0.0122)
    """
    from scipy import stats

    if min(*good, *defective) == max(*good, *defective):
        return 0.5, 1.0
    test = stats.mannwhitneyu(defective, good, alternative="two-sided", method="asymptotic", use_continuity=True)
    return float(test.statistic) / (len(good) * len(defective)), float(test.pvalue)


def fisher_exact(good: Sequence[Hashable], defective: Sequence[Hashable]) -> tuple[float, float]:
    """Compare two samples of kinds: how well the kind alone tells the label.

    Returns
    -------
    accuracy : float
        Balanced accuracy of calling each one what most *others* of its kind are, in proportion; 0.5 or less tells
        nothing. A kind that nothing else has counts as called wrongly, so many kinds do not pretend to tell anything.
    p_value : float
        One-sided Fisher's exact test of that two-by-two table.

    Examples
    --------
    >>> accuracy, p_value = fisher_exact(["a"] * 9 + ["b"], ["b"] * 10)
    >>> accuracy, round(p_value * 184756, 6)
    (0.95, 11.0)
    """
    from scipy import stats

    of_good, of_bad = Counter(good), Counter(defective)
    tp = sum((of_bad[kind] - 1) * len(good) > of_good[kind] * (len(defective) - 1) for kind in defective)
    fp = sum(of_bad[kind] * (len(good) - 1) >= (of_good[kind] - 1) * len(defective) for kind in good)
    accuracy = (tp / len(defective) + 1 - fp / len(good)) / 2
    table = np.array([[tp, len(defective) - tp], [fp, len(good) - fp]])
    return accuracy, float(stats.fisher_exact(table, alternative="greater").pvalue)
