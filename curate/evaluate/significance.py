"""Which methods are best, and which do not differ significantly from the best (docs/metrics.md).

Conventions
-----------
Samples are one value per run; higher is better. Tests are two-sided. One run alone can be tested against nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, TypeAlias

import numpy as np

Test: TypeAlias = Literal["welch", "wilcoxon"]
LEVELS: dict[Test, float] = {"welch": 0.05, "wilcoxon": 0.005}


def welch_p(first: Sequence[float], second: Sequence[float]) -> float:
    """P-value of Welch's t-test (unequal variances); each sample has at least two values.

    Samples without any spread are certainly equal or certainly different.

    >>> round(welch_p([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]), 4)
    0.0213
    >>> welch_p([1.0, 1.0], [1.0, 1.0]), welch_p([1.0, 1.0], [2.0, 2.0])
    (1.0, 0.0)
    >>> round(welch_p([0.1, 0.1, 0.1], [0.2, 0.4, 0.3]), 4)
    0.0742
    """
    from scipy.stats import ttest_ind_from_stats

    if len(set(first)) == 1 and len(set(second)) == 1:
        return 1.0 if first[0] == second[0] else 0.0
    one, other = ((np.mean(sample), np.std(sample, ddof=1), len(sample)) for sample in (first, second))
    # From the moments: scipy's ttest_ind warns of a sample whose values are all the same.
    with _no_warnings():
        return float(ttest_ind_from_stats(*one, *other, equal_var=False).pvalue)


def wilcoxon_p(first: Sequence[float], second: Sequence[float]) -> float:
    """P-value of the Wilcoxon signed-rank test on pairs; 1 when no pair differs.

    >>> wilcoxon_p([1.0, 2.0, 3.0], [1.5, 2.75, 4.0])
    0.25
    """
    from scipy.stats import wilcoxon

    pairs = [(one, other) for one, other in zip(first, second, strict=True) if one != other]
    if not pairs:
        return 1.0
    with _no_warnings():
        return float(wilcoxon([one for one, _ in pairs], [other for _, other in pairs]).pvalue)


def least_wilcoxon_p(pairs: int) -> float:
    """Return the smallest p-value that so many pairs can have: all differences of one sign.

    >>> least_wilcoxon_p(4), least_wilcoxon_p(9) < 0.005
    (0.125, True)
    """
    return min(1.0, 2.0 / 2.0**pairs)


def pairs_needed(level: float) -> int:
    """Return how many pairs a Wilcoxon test needs to come below a level.

    >>> pairs_needed(0.005), pairs_needed(0.05)
    (9, 6)
    """
    pairs = 1
    while level > 0.0 and least_wilcoxon_p(pairs) >= level:
        pairs += 1
    return pairs


def fewest_pairs(samples: Mapping[str, Mapping[str, float]]) -> int:
    """Return how many runs the best method shares with the one that it shares the fewest with; 0 without a pair."""
    known = {name: runs for name, runs in samples.items() if runs}
    if len(known) < 2:  # noqa: PLR2004 - there is nothing to compare
        return 0
    best = _best(known)
    return min(len(known[best].keys() & runs.keys()) for name, runs in known.items() if name != best)


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Keep SciPy's remarks on small or tied samples from the reader: the p-value is what it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def best_methods(samples: Mapping[str, Mapping[str, float]], test: Test, level: float) -> set[str]:
    """Return the method of the best mean and every one that is not significantly different from it.

    Parameters
    ----------
    samples : mapping
        Method to its values by run. Paired tests use the runs that two methods share.
    test : str
        ``welch`` or ``wilcoxon``.
    level : float
        A smaller p-value is significant.

    Returns
    -------
    set of str
        Empty when the best mean is that of one run alone, or a paired test has too few pairs to come below the level.

    Examples
    --------
    >>> runs = {"a": {"1": 0.90, "2": 0.92}, "b": {"1": 0.91, "2": 0.89}, "c": {"1": 0.1, "2": 0.11}, "d": {"1": 0.9}}
    >>> sorted(best_methods(runs, "welch", 0.05))
    ['a', 'b']
    """
    known = {name: runs for name, runs in samples.items() if runs}
    if not known:
        return set()
    best = _best(known)
    if len(known[best]) < 2:  # noqa: PLR2004 - one run alone gets no mark
        return set()
    if test == "wilcoxon" and len(known) > 1 and least_wilcoxon_p(fewest_pairs(known)) >= level:
        return set()
    return {best} | {
        name for name, runs in known.items() if name != best and not _differs(known[best], runs, test, level)
    }


def _best(known: Mapping[str, Mapping[str, float]]) -> str:
    return max(sorted(known), key=lambda name: float(np.mean(list(known[name].values()))))


def _differs(best: Mapping[str, float], other: Mapping[str, float], test: Test, level: float) -> bool:
    if test == "welch":
        # A single run has no spread to test with: it is neither marked nor called equal.
        return len(other) < 2 or welch_p(list(best.values()), list(other.values())) < level  # noqa: PLR2004
    shared = sorted(best.keys() & other.keys())
    pairs = [best[run] for run in shared], [other[run] for run in shared]
    return len(shared) < 2 or wilcoxon_p(*pairs) < level  # noqa: PLR2004
