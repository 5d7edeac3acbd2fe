"""How many labels can still be wrong, given a random sample of them: exact, for finite numbers."""

from collections.abc import Callable

from scipy.stats import beta, hypergeom

ROUNDING = 1e-9
"""Relative error of a probability; a tie with alpha excludes nothing."""


def most_wrong(population: int, sample: int, wrong: int, alpha: float) -> int:
    """Return the largest number of wrong labels among `population` that a sample does not exclude.

    The one-sided bound of confidence 1 - alpha that Clopper and Pearson's is the limit of: the
    largest K for which a sample without replacement has at most `wrong` wrong ones with a
    probability of at least alpha (hypergeometric distribution).
    """
    if not 0 <= wrong <= sample <= population:
        raise ValueError(
            f"{wrong} wrong of {sample} of {population}: each must be at most the next"
        )
    if sample == 0:
        return population

    def excluded(count: int) -> bool:
        return bool(hypergeom.cdf(wrong, population, count, sample) < alpha * (1 - ROUNDING))

    return _first(excluded, wrong, population - (sample - wrong) + 1) - 1


def clopper_pearson(sample: int, wrong: int, alpha: float) -> float:
    """Return the one-sided upper bound of a share in an infinite population."""
    return 1.0 if wrong >= sample else float(beta.ppf(1 - alpha, wrong + 1, sample - wrong))


def alpha_of_look(look: int, confidence: float) -> float:
    """Return the error allowed at the look of this number, from 1: halved each time.

    The sum over all looks is 1 - confidence, however many there are.
    """
    return float((1 - confidence) / 2**look)


def audit_size(population: int, allowed: int, tolerated: float, alpha: float) -> int:
    """Return the smallest sample that, with `allowed` wrong ones in it, leaves few enough others.

    Args:
        population: labels from which it is drawn.
        allowed: wrong ones in the sample, which are corrected.
        tolerated: wrong ones among the others that the bound may not exceed.
        alpha: of the bound.
    """

    def enough(sample: int) -> bool:
        found = min(allowed, sample)
        return most_wrong(population, sample, found, alpha) - found <= tolerated

    return _first(enough, 0, population)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the smallest number from `low` to `high` for which something holds, else `high`.

    What holds for a number must hold for all larger ones.
    """
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
