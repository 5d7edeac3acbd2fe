import numpy as np
import pytest
from made_pdfs import rough
from scipy.linalg import expm
from scipy.stats import norm

from skyloom.analyze.redshift.smoothing import diffused, reference_width, smoothed


def test_against_the_heat_equation_solved_by_a_matrix():
    pdfs, _ = rough(5)
    masses, sigma = pdfs.masses()[:, :40], np.array([0.0, 0.3, 1.0, 4.0, 30.0])
    masses /= masses.sum(axis=1, keepdims=True)
    second = -2 * np.eye(40) + np.eye(40, k=1) + np.eye(40, k=-1)
    second[0, 0] = second[-1, -1] = -1  # nothing leaves
    for found, row, width in zip(diffused(masses, sigma), masses, sigma, strict=True):
        np.testing.assert_allclose(found, expm(second * width**2 / 2) @ row, atol=1e-12)
    np.testing.assert_allclose(diffused(masses, sigma)[0], masses[0], atol=1e-12)


def test_a_spike_becomes_a_gaussian():
    spike = np.eye(180)[[90]]
    found = diffused(spike, np.array([6.0]))[0]
    np.testing.assert_allclose(found, norm.pdf(np.arange(180), 90, 6), atol=3e-4)
    assert found @ np.arange(180) == pytest.approx(90)
    assert found @ (np.arange(180) - 90) ** 2 == pytest.approx(36)


def test_silvermans_width():
    values = np.random.default_rng(0).normal(90, 10, 5000)
    masses = np.bincount(np.round(values).astype(int), minlength=180)[None] / 5000
    width = reference_width(masses, np.array([5000.0]))[0]
    ranges = np.subtract(*np.percentile(values, [75, 25])) / 1.34
    expected = 0.9 * min(values.std(), ranges) * 5000**-0.2
    assert width == pytest.approx(expected, rel=0.06)
    assert 0 < reference_width(np.eye(180)[[3]], np.array([10.0]))[0] < 1


def test_weights_count():
    weights, numbers = np.array([[3.0, 1.0, 0.0]]), np.array([[50, 60, 2]])
    found = smoothed(weights, numbers, 180)
    assert found.dtype == np.float32
    assert found[0] @ np.arange(180) == pytest.approx(52.5, rel=1e-5)
