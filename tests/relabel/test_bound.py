"""The bound on the wrong labels that are left, against counting and against simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skyloom.relabel.bound import alpha_of_look, audit_size, clopper_pearson, most_wrong


def _at_most(population: int, wrong_in_all: int, sample: int, wrong: int) -> float:
    """P(at most `wrong` wrong ones in a sample), by counting subsets."""
    return sum(
        math.comb(wrong_in_all, k) * math.comb(population - wrong_in_all, sample - k)
        for k in range(min(wrong, wrong_in_all, sample) + 1)
        if sample - k <= population - wrong_in_all
    ) / math.comb(population, sample)


@given(st.data())
def test_the_bound_is_the_largest_number_that_counting_does_not_exclude(data) -> None:
    population = data.draw(st.integers(1, 25))
    sample = data.draw(st.integers(1, population))
    wrong = data.draw(st.integers(0, sample))
    alpha = data.draw(st.sampled_from([0.2, 0.05, 0.0125]))
    possible = range(wrong, population - (sample - wrong) + 1)
    kept = [k for k in possible if _at_most(population, k, sample, wrong) >= alpha * (1 - 1e-9)]
    assert most_wrong(population, sample, wrong, alpha) == max(kept)


@pytest.mark.parametrize(
    ("population", "share", "needed"),
    [(1500, 0.05, 57), (1500, 0.02, 137), (1500, 0.01, 255), (1500, 0.005, 468)],
)
def test_samples_without_error_that_claim_a_share_are_the_published_ones(
    population: int, share: float, needed: int
) -> None:
    def claims(sample: int) -> bool:
        return most_wrong(population, sample, 0, 0.05) <= share * population + 1e-9

    assert claims(needed)
    assert not claims(needed - 1)


@pytest.mark.parametrize(
    ("sample", "wrong", "share"), [(50, 0, 0.058), (100, 2, 0.062), (300, 5, 0.035)]
)
def test_the_infinite_bound_is_clopper_and_pearsons(sample: int, wrong: int, share: float) -> None:
    assert clopper_pearson(sample, wrong, 0.05) == pytest.approx(share, abs=0.0005)


def test_halved_errors_of_all_looks_sum_to_less_than_the_whole() -> None:
    alphas = [alpha_of_look(look, 0.95) for look in range(1, 60)]
    assert alphas[:2] == pytest.approx([0.025, 0.0125])
    assert sum(alphas) == pytest.approx(0.05)


def test_the_audit_is_just_large_enough() -> None:
    size = audit_size(1000, 1, 20, 0.025)
    assert most_wrong(1000, size, 1, 0.025) - 1 <= 20
    assert most_wrong(1000, size - 1, 1, 0.025) - 1 > 20
    assert audit_size(15, 1, 20, 0.025) == 0


def test_a_wrong_release_is_as_rare_as_promised() -> None:
    """500 campaigns of audits after each of six rounds, with too many wrong labels in all."""
    rng = np.random.default_rng(1)
    released = 0
    for _ in range(500):
        population, wrong_in_all, tolerated = 400, 12, 8
        for look in range(1, 7):
            alpha = alpha_of_look(look, 0.95)
            sample = audit_size(population, 1, tolerated, alpha)
            found = int(rng.hypergeometric(wrong_in_all, population - wrong_in_all, sample))
            if most_wrong(population, sample, found, alpha) - found <= tolerated:
                released += wrong_in_all - found > tolerated
                break
    assert released / 500 <= 0.05


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="3 wrong of 2 of 10"):
        most_wrong(10, 2, 3, 0.05)
