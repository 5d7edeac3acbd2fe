import numpy as np
import pytest
from made_pdfs import PAPER

from skyloom.analyze.redshift.estimates import mean
from skyloom.analyze.redshift.metrics import crps
from skyloom.analyze.redshift.neighbour_pdf import choose_count, neighbour_pdfs
from skyloom.analyze.redshift.pdfs import PdfError
from skyloom.bins import BinError


def made(count, seed):
    """Features of which the first tells the redshift with noise, and the redshifts."""
    rng = np.random.default_rng(seed)
    redshifts = rng.uniform(0.02, 0.38, count)
    features = rng.normal(0, 0.005, (count, 3))
    features[:, 0] += redshifts + rng.normal(0, 0.01, count)
    return features.astype(np.float32), redshifts


def ids(features):
    return np.array([f"g{number}" for number in range(len(features))])


def test_the_mean_is_that_of_the_weighted_neighbours():
    (labelled, redshifts), (queries, _) = made(400, 0), made(20, 1)
    found = neighbour_pdfs(ids(queries), queries, labelled, redshifts, PAPER, 15)
    for estimate, query in zip(mean(found), queries, strict=True):
        distances = np.linalg.norm(labelled - query, axis=1)
        nearest = distances.argsort()[:16]
        weights = 1 - (distances[nearest[:15]] / distances[nearest[15]]) ** 2
        places = PAPER.centres[PAPER.number_of(redshifts[nearest[:15]])]
        assert estimate == pytest.approx(np.average(places, weights=weights), abs=2e-5)


def test_a_feature_that_tells_the_redshift_beats_the_distribution_of_all():
    (labelled, redshifts), (queries, truth) = made(8000, 0), made(400, 1)
    found = neighbour_pdfs(ids(queries), queries, labelled, redshifts, PAPER, 50)
    everyone = neighbour_pdfs(ids(queries), queries, labelled, redshifts, PAPER, 7999)
    shuffled = np.random.default_rng(0).permutation(redshifts)
    null = neighbour_pdfs(ids(queries), queries, labelled, shuffled, PAPER, 50)
    best = crps(found, truth).mean()
    # CRPS of the Gaussian of width 0.01 that made them: 0.01 / sqrt(pi).
    assert 0.0050 < best < 1.15 * 0.01 / np.sqrt(np.pi)
    assert best < 0.2 * crps(null, truth).mean()
    assert best < 0.5 * crps(everyone, truth).mean()


def test_twins_count_alike():
    labelled = np.zeros((5, 2), dtype=np.float32)
    found = neighbour_pdfs(
        ids(labelled[:1]), labelled[:1], labelled, np.array([0.1, 0.2, 0.1, 0.2, 0.3]), PAPER, 4
    )
    assert mean(found)[0] == pytest.approx(0.15, abs=0.002)


def test_the_number_of_neighbours_follows_the_labels():
    features, redshifts = made(150, 0)
    groups = (np.arange(150) % 7).astype(str)
    assert choose_count(features, redshifts, groups, PAPER) == 10
    nothing = np.random.default_rng(0).normal(size=(150, 3)).astype(np.float32)
    assert choose_count(nothing, redshifts, groups, PAPER) == 100
    # Twins in one group do not vouch for each other: with one neighbour they would.
    twins = np.repeat(nothing, 2, axis=0), np.repeat(redshifts, 2), np.repeat(groups, 2)
    assert choose_count(*twins, PAPER, (1, 100)) == 100
    apart = np.arange(300).astype(str)
    assert choose_count(*twins[:2], apart, PAPER, (1, 100)) == 1


def test_bad_input():
    queries, redshifts = made(3, 0)
    with pytest.raises(PdfError, match="1 labelled galaxies with 1 redshifts"):
        neighbour_pdfs(ids(queries), queries, queries[:1], redshifts[:1], PAPER, 5)
    with pytest.raises(BinError, match=r"value -0.1 at position 1"):
        neighbour_pdfs(ids(queries), queries, queries, np.array([0.1, -0.1, 0.2]), PAPER, 5)
