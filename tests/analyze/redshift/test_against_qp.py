"""The definitions of qp, which RAIL's metrics call; skipped where qp is not installed."""

import numpy as np
import pytest
from made_pdfs import PAPER, as_pdfs, rough
from scipy import stats

from skyloom.analyze.redshift import estimates, metrics, uniformity
from skyloom.analyze.redshift.pdfs import write_qp

qp = pytest.importorskip("qp", reason="needs the extra photoz")


@pytest.fixture
def case(tmp_path):
    """PDFs, truths inside the bins, and what qp reads of the file."""
    pdfs, truth = rough(500)
    values = pdfs.values.copy()
    values[:, [0, -1]] = 0  # qp's loss is a trapezoid, which halves the first and the last
    pdfs = as_pdfs(values / values.sum(axis=1, keepdims=True))
    truth[-1] = 0.2
    write_qp(tmp_path / "pdfs.hdf5", pdfs)
    return pdfs, truth, qp.read(tmp_path / "pdfs.hdf5")


def test_the_file(case):
    pdfs, _, ensemble = case
    assert ensemble.metadata["pdf_name"][0] == b"hist"
    assert ensemble.npdf == len(pdfs)
    assert list(ensemble.ancil["image_id"]) == pdfs.image_id.tolist()
    np.testing.assert_allclose(ensemble.pdf(PAPER.centres) * PAPER.width, pdfs.masses(), atol=1e-12)
    np.testing.assert_allclose(ensemble.cdf(PAPER.edges), pdfs.cumulative(), atol=1e-12)


def test_estimates(case):
    pdfs, _, ensemble = case
    np.testing.assert_allclose(ensemble.median().ravel(), estimates.median(pdfs), rtol=0, atol=1e-9)
    np.testing.assert_allclose(ensemble.mean().ravel(), estimates.mean(pdfs), rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        ensemble.mode(PAPER.centres).ravel(), estimates.mode(pdfs), rtol=0, atol=1e-12
    )


def test_pit_and_its_statistics(case):
    from qp.metrics.goodness_of_fit import goodness_of_fit_metrics
    from qp.metrics.pit import PIT

    pdfs, truth, ensemble = case
    theirs, ours = PIT(ensemble, truth), metrics.pit(pdfs, truth)
    np.testing.assert_allclose(ours, theirs.pit_samps, rtol=0, atol=1e-12)
    ascending = np.sort(ours)
    found = uniformity.p_values(ascending)
    ks, cvm = theirs.evaluate_PIT_KS(), theirs.evaluate_PIT_CvM()
    assert uniformity.kolmogorov_smirnov(ascending) == pytest.approx(ks.statistic, rel=1e-10)
    assert uniformity.cramer_von_mises(ascending) == pytest.approx(cvm.statistic, rel=1e-10)
    assert found["ks_p"] == pytest.approx(ks.pvalue, rel=1e-6)
    assert found["cvm_p"] == pytest.approx(cvm.pvalue, rel=1e-6)
    inside = np.clip(ascending, uniformity.CLIP, 1 - uniformity.CLIP)
    squared = goodness_of_fit_metrics["ad"](stats.uniform, inside)
    assert uniformity.anderson_darling(ascending) == pytest.approx(squared, rel=1e-10)


def test_conditional_density_loss(case):
    from qp.metrics.concrete_metric_classes import CDELossMetric

    pdfs, truth, ensemble = case
    theirs = CDELossMetric(PAPER.centres).evaluate(ensemble, truth)
    assert metrics.cde_loss(pdfs, truth).mean() == pytest.approx(theirs, rel=1e-10)


def test_crps_is_the_integral_of_the_cumulative_that_qp_has(case):
    """qp has no CRPS: its cumulative is integrated between all edges and the truth."""
    pdfs, truth, ensemble = case
    for row in range(20):
        ends = np.sort(np.append(PAPER.edges, truth[row]))
        below = ensemble[row].cdf(ends).ravel()
        step = ends[:-1] >= truth[row]
        a, b = below[:-1] - step, below[1:] - step
        score = np.sum(np.diff(ends) * (a * a + a * b + b * b) / 3)
        assert metrics.crps(pdfs, truth)[row] == pytest.approx(score, abs=1e-12)
