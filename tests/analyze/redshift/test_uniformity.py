import numpy as np
import pytest
from scipy.stats import cramervonmises, kstest

from skyloom.analyze.redshift.uniformity import (
    STATISTICS,
    anderson_darling,
    anderson_darling_p,
    cramer_von_mises,
    kolmogorov_smirnov,
    p_values,
)


def drawn(count=200, power=1.3, seed=0):
    return np.sort(np.random.default_rng(seed).uniform(size=count) ** power)


def test_against_scipy():
    pits = drawn()
    ks, cvm = kstest(pits, "uniform"), cramervonmises(pits, "uniform")
    assert kolmogorov_smirnov(pits) == pytest.approx(ks.statistic, rel=1e-12)
    assert cramer_von_mises(pits) == pytest.approx(cvm.statistic, rel=1e-12)
    found = p_values(pits)
    assert found["ks_p"] == pytest.approx(ks.pvalue, rel=1e-9)
    assert found["cvm_p"] == pytest.approx(cvm.pvalue, rel=1e-9)


def test_anderson_darling_written_out():
    pits = drawn(50)
    total = sum(
        (2 * i - 1) * (np.log(pits[i - 1]) + np.log(1 - pits[50 - i])) for i in range(1, 51)
    )
    assert anderson_darling(pits) == pytest.approx(-50 - total / 50, rel=1e-12)


@pytest.mark.parametrize("statistic", STATISTICS.values())
def test_even_pits_have_the_least(statistic):
    even = (np.arange(100) + 0.5) / 100
    rng = np.random.default_rng(0)
    assert all(statistic(even) < statistic(np.sort(rng.uniform(size=100))) for _ in range(20))
    assert np.isfinite(statistic(np.repeat([0.0, 1.0], 50)))


def test_p_of_uniform_pits_is_uniform():
    found = [p_values(drawn(100, 1.0, seed)) for seed in range(200)]
    for name in ("ks_p", "cvm_p", "ad_p"):
        shares = np.sort([p[name] for p in found])
        assert kstest(shares, "uniform").pvalue > 0.001
        assert 0.01 < (shares < 0.05).mean() < 0.1


@pytest.mark.parametrize(
    ("critical", "level"), [(1.933, 0.10), (2.492, 0.05), (3.070, 0.025), (3.880, 0.01)]
)
def test_published_critical_values_of_anderson_darling(critical, level):
    # D'Agostino & Stephens 1986, table 4.2: a fully specified distribution.
    assert anderson_darling_p(critical) == pytest.approx(level, rel=0.01)
    assert anderson_darling_p(0.0) == pytest.approx(1)
    assert anderson_darling_p(1e6) == 0
