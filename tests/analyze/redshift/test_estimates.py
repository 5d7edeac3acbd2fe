import numpy as np
import pytest
from made_pdfs import PAPER, as_pdfs, gaussian, one_hot, rough

from skyloom.analyze.redshift.estimates import left_edge_mean, mean, median, mode
from skyloom.bins import Bins


def test_against_sums_written_out():
    pdfs, _ = rough()
    for row, masses in enumerate(pdfs.values.astype(float)):
        masses = masses / masses.sum()
        published = sum(masses[k] * (k + 0.5) * 0.4 / 180 for k in range(180))
        assert mean(pdfs)[row] == pytest.approx(published, abs=1e-12)
        pasquet = np.sum(masses * np.linspace(0, 0.4, 181)[:180])
        assert left_edge_mean(pdfs)[row] == pytest.approx(pasquet, abs=1e-12)
        total, k = 0.0, 0
        while total + masses[k] < 0.5:
            total, k = total + masses[k], k + 1
        middle = (k + (0.5 - total) / masses[k]) * 0.4 / 180
        assert median(pdfs)[row] == pytest.approx(middle, abs=1e-12)
        assert mode(pdfs)[row] == PAPER.centres[max(range(180), key=lambda k: masses[k])]


def test_a_perfect_one_hot():
    numbers = np.arange(180)
    pdfs, truth = one_hot(numbers), PAPER.centres
    for estimate in (mean, median, mode):
        np.testing.assert_allclose(estimate(pdfs), truth, atol=1e-12)
    shift = np.mean(left_edge_mean(pdfs) - truth)
    assert shift == pytest.approx(-0.4 / 180 / 2)
    assert round(float(shift), 5) == -0.00111


def test_symmetric_pdfs():
    flat = as_pdfs(np.full((1, 180), 1 / 180))
    assert mean(flat)[0] == pytest.approx(0.2)
    assert median(flat)[0] == pytest.approx(0.2)
    normal = gaussian([0.2], [0.02])
    assert mean(normal)[0] == pytest.approx(0.2)
    assert median(normal)[0] == pytest.approx(0.2)


def test_ties():
    halves = as_pdfs([[0.5, 0.0, 0.5, 0.0]], Bins(0, 4, 4))
    assert median(halves)[0] == 1.0
    assert mode(halves)[0] == 0.5
