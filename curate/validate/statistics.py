"""How well one measured thing tells good from defective: an effect size and its p-value. Pure, without SciPy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence


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
        Two-sided, by the normal approximation with correction for ties and continuity (Lehmann 1975, section 1.5).

    Examples
    --------
    >>> auroc, p_value = mann_whitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])
    >>> auroc, round(p_value, 4)
    (1.0, 0.0122)
    """
    values = sorted(
        [*((value, False) for value in good), *((value, True) for value in defective)], key=lambda item: item[0]
    )
    rank_sum, ties, start = 0.0, 0.0, 0
    while start < len(values):
        stop = start
        while stop < len(values) and values[stop][0] == values[start][0]:
            stop += 1
        rank = (start + 1 + stop) / 2
        rank_sum += rank * sum(is_defect for _, is_defect in values[start:stop])
        ties += float((stop - start) ** 3 - (stop - start))
        start = stop
    one, other, both = len(defective), len(good), len(values)
    u = rank_sum - one * (one + 1) / 2
    variance = one * other / 12 * ((both + 1) - ties / (both * (both - 1)))
    if variance <= 0:
        return 0.5, 1.0
    z = max(abs(u - one * other / 2) - 0.5, 0.0) / math.sqrt(variance)
    return u / (one * other), math.erfc(z / math.sqrt(2))


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
    >>> accuracy, p_value == 11 / 184756
    (0.95, True)
    """
    of_good, of_bad = Counter(good), Counter(defective)
    hits = sum((of_bad[kind] - 1) * len(good) > of_good[kind] * (len(defective) - 1) for kind in defective)
    false = sum(of_bad[kind] * (len(good) - 1) >= (of_good[kind] - 1) * len(defective) for kind in good)
    accuracy = (hits / len(defective) + 1 - false / len(good)) / 2
    return accuracy, _fisher(hits, len(defective), hits + false, len(good) + len(defective))


def _fisher(hits: int, drawn: int, marked: int, total: int) -> float:
    """Probability of at least ``hits`` marked ones among ``drawn`` of ``total`` of which ``marked`` are."""
    ways = math.comb(total, drawn)
    return (
        sum(math.comb(marked, n) * math.comb(total - marked, drawn - n) for n in range(hits, min(drawn, marked) + 1))
        / ways
    )
