import numpy as np
import pytest
from astropy.stats import mad_std

from skyloom.analyze.redshift.metrics import PASQUET
from skyloom.analyze.redshift.resampling import deviation, resampled_means, sigma_replicates
from skyloom.analyze.scores import resample_groups


@pytest.mark.parametrize("count", [1, 2, 3, 10, 101, 1000])
def test_deviation_in_linear_time(count):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = np.sort(np.round(rng.standard_t(2, count), rng.integers(0, 5)))
        expected = np.median(np.abs(values - np.median(values)))
        assert deviation(values) == pytest.approx(expected, abs=1e-14)


def test_sigma_replicates_against_resampling_the_galaxies():
    rng = np.random.default_rng(0)
    dz, groups = rng.normal(size=200), rng.integers(15, size=200)
    found = sigma_replicates(dz, groups.astype(str), 4, 25)
    names = np.unique(groups.astype(str))
    for drawn, sigma in zip(
        np.random.default_rng(4).integers(15, size=(25, 15)), found, strict=True
    ):
        rows = np.concatenate([np.flatnonzero(groups.astype(str) == names[g]) for g in drawn])
        assert sigma == pytest.approx(mad_std(dz[rows]), rel=1e-12)
    other = sigma_replicates(dz, groups.astype(str), 4, 25, PASQUET)
    assert other / found == pytest.approx(1.48 / 1.482602218505602)


def test_a_resample_without_galaxies_is_nan():
    weights = resample_groups(3, 50, 0)
    groups = np.array([1, 1])
    means = resampled_means(np.array([[2.0], [4.0]]), groups, weights)[:, 0]
    assert (means[weights[:, 1] > 0] == 3).all()
    assert np.isnan(means[weights[:, 1] == 0]).all()
