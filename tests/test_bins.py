import numpy as np
import pytest

from skyloom.bins import BinError, Bins

PAPER = Bins(0.0, 0.4, 180)


def test_against_the_published_line():
    values = np.random.default_rng(0).uniform(0, 0.4, 2000)
    published = [int(z // (0.4 / 180)) for z in values]
    assert PAPER.number_of(values).tolist() == published


def test_edges_and_centres():
    bins = Bins(1.0, 3.0, 4)
    assert bins.width == 0.5
    assert bins.edges.tolist() == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert bins.centres.tolist() == [1.25, 1.75, 2.25, 2.75]
    assert bins.number_of(bins.centres).tolist() == [0, 1, 2, 3]
    assert bins.number_of([1.0, 1.5, 2.9999]).tolist() == [0, 1, 3]


def test_the_ends():
    assert PAPER.number_of([0.0, 0.4, 7.0]).tolist() == [0, 179, 179]
    assert PAPER.number_of([]).tolist() == []


@pytest.mark.parametrize("bad", [-1e-9, np.nan, np.inf, -np.inf])
def test_the_first_offender_is_named(bad):
    with pytest.raises(BinError, match=rf"value {bad} at position 2 \(2 such of 4\)"):
        PAPER.number_of([0.1, 0.2, bad, bad])


@pytest.mark.parametrize("ends", [(0.4, 0.0, 5), (0.0, 0.0, 5), (0.0, np.nan, 5), (0.0, 1.0, 0)])
def test_no_bins(ends):
    with pytest.raises(BinError, match="expected"):
        Bins(*ends)
