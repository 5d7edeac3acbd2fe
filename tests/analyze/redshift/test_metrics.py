from itertools import pairwise

import numpy as np
import pytest
from astropy.stats import mad_std
from made_pdfs import PAPER, as_pdfs, calibrated, gaussian, one_hot, rough
from scipy.integrate import quad
from scipy.stats import norm

from skyloom.analyze.redshift.metrics import (
    HAYAT,
    PASQUET,
    bias,
    cde_loss,
    crps,
    eta,
    pit,
    pit_outlier,
    residuals,
    sigma_mad,
)
from skyloom.analyze.redshift.pdfs import PdfError
from skyloom.bins import BinError, Bins


def below(masses, bins, z):
    """The cumulative probability at z, written out."""
    total = 0.0
    for k, mass in enumerate(masses / masses.sum()):
        low, high = bins.edges[k], bins.edges[k + 1]
        total += mass * min(max((z - low) / (high - low), 0.0), 1.0)
    return total


def square(x, masses, bins, z):
    return (below(masses, bins, x) - (x >= z)) ** 2


def test_point_metrics_against_the_published_code():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 0.4, 999)
    estimate = truth + rng.standard_t(2, 999) * 0.02
    dz = residuals(estimate, truth)
    assert dz.tolist() == [(p - s) / (1 + s) for p, s in zip(estimate, truth, strict=True)]
    assert bias(dz) == pytest.approx(np.mean(dz))
    assert sigma_mad(dz, HAYAT) == pytest.approx(mad_std(dz), rel=1e-12)
    assert sigma_mad(dz, PASQUET) == pytest.approx(1.48 * np.median(abs(dz - np.median(dz))))
    assert eta(dz) == sum(abs(d) > 0.05 for d in dz) / len(dz)


def test_the_conventions_differ_by_half_a_bin():
    pdfs, truth = one_hot(np.arange(180)), PAPER.centres
    dz = residuals(HAYAT.estimates["mean"](pdfs), truth)
    assert bias(dz) == pytest.approx(0, abs=1e-12)
    dz = residuals(PASQUET.estimates["left_edge_mean"](pdfs), truth)
    assert bias(dz * (1 + truth)) == pytest.approx(-0.00111, abs=5e-6)


def test_pdf_metrics_against_integrals():
    bins = Bins(0.1, 0.9, 9)
    pdfs, truth = rough(12, bins)
    for row in range(12):
        masses, z = pdfs.values[row].astype(float), truth[row]
        assert pit(pdfs, truth)[row] == pytest.approx(below(masses, bins, z), abs=1e-12)
        score = sum(
            quad(square, *pair, (masses, bins, z))[0] for pair in pairwise(sorted({*bins.edges, z}))
        )
        assert crps(pdfs, truth)[row] == pytest.approx(score, abs=1e-9)
        density = masses / masses.sum() / bins.width
        at_truth = density[int((z - 0.1) / bins.width)] if z <= bins.high else 0.0
        loss = np.sum(density**2) * bins.width - 2 * at_truth
        assert cde_loss(pdfs, truth)[row] == pytest.approx(loss)


def test_uniform_pdfs():
    pdfs = as_pdfs(np.full((3, 180), 1 / 180))
    truth = np.array([0.0, 0.1, 0.4])
    np.testing.assert_allclose(pit(pdfs, truth), [0, 0.25, 1])
    u = truth / 0.4
    np.testing.assert_allclose(crps(pdfs, truth), 0.4 * (u**3 + (1 - u) ** 3) / 3)
    np.testing.assert_allclose(cde_loss(pdfs, truth), -1 / 0.4)


def test_one_hot_pdfs():
    pdfs, truth = one_hot([10, 10, 10]), PAPER.edges[[10, 11, 60]] + [0.0, 0.0, 1e-9]
    width = PAPER.width
    np.testing.assert_allclose(pit(pdfs, truth), [0, 1, 1], atol=1e-9)
    np.testing.assert_allclose(
        crps(pdfs, truth), [width / 3, width / 3, truth[2] - PAPER.edges[11] + width / 3]
    )
    np.testing.assert_allclose(cde_loss(pdfs, truth), np.array([-1, 1, 1]) / width)


def test_gaussian_pdfs():
    sigma, rng = 0.03, np.random.default_rng(0)
    truth = rng.normal(0.2, sigma, 200)
    pdfs = gaussian(np.full(200, 0.2), np.full(200, sigma))
    t = (truth - 0.2) / sigma
    closed = sigma * (t * (2 * norm.cdf(t) - 1) + 2 * norm.pdf(t) - 1 / np.sqrt(np.pi))
    np.testing.assert_allclose(crps(pdfs, truth), closed, atol=1e-5)
    np.testing.assert_allclose(pit(pdfs, truth), norm.cdf(t), atol=2e-4)
    loss = (1 / (2 * np.sqrt(np.pi)) - 2 * norm.pdf(t)) / sigma
    assert cde_loss(pdfs, truth).mean() == pytest.approx(loss.mean(), rel=5e-3)


def test_true_pdfs_win():
    right, truth = calibrated(3000, sigma=0.02)
    means = HAYAT.estimates["mean"](right)
    for sigma in (0.012, 0.035):
        wrong = gaussian(means, np.full(3000, sigma))
        assert crps(right, truth).mean() < crps(wrong, truth).mean()
        assert cde_loss(right, truth).mean() < cde_loss(wrong, truth).mean()


def test_beyond_the_bins():
    pdfs = one_hot([179])
    assert pit(pdfs, np.array([0.5]))[0] == 1
    assert crps(pdfs, np.array([0.5]))[0] == pytest.approx(0.1 + PAPER.width / 3)
    with pytest.raises(BinError, match=r"value -0.01 at position 0"):
        crps(pdfs, np.array([-0.01]))
    with pytest.raises(PdfError, match="1 PDFs and true redshifts of shape"):
        pit(pdfs, np.array([0.1, 0.2]))


def test_pit_outliers():
    assert pit_outlier(np.array([0, 9e-5, 2e-4, 0.5, 0.99985, 0.99995])).tolist() == [
        *(True, True, False, False, False, True)
    ]
