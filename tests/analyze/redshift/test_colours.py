import numpy as np
import pytest
from made_pdfs import PAPER

from skyloom.analyze.redshift.colours import (
    BoostedRedshift,
    ColourError,
    colour_features,
    held_out_redshifts,
    standardised_colours,
)
from skyloom.analyze.redshift.estimates import mean
from skyloom.analyze.redshift.estimators import RecalibratedNeighbours
from skyloom.analyze.redshift.metrics import HAYAT, crps, pit, residuals, sigma_mad
from skyloom.analyze.redshift.pdfs import PdfError, Pdfs
from skyloom.analyze.redshift.uniformity import kolmogorov_smirnov


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch):
    monkeypatch.setattr("skyloom.analyze.redshift.colours.TREES", 80)


def made(count=1200, seed=0, noise=0.03, missing=0.0):
    """Magnitudes of one kind of galaxy whose colours redden with redshift."""
    rng = np.random.default_rng(seed)
    redshifts = rng.uniform(0.02, 0.35, count)
    slopes = np.array([5.0, 3.0, 1.2, 0.6, 0.0])
    magnitudes = 16 + rng.normal(0, 0.7, count)[:, None] + redshifts[:, None] * slopes
    magnitudes = magnitudes + rng.normal(0, noise, magnitudes.shape)
    magnitudes[rng.random(magnitudes.shape) < missing] = np.nan
    magnitudes[:, 2] = np.nan_to_num(magnitudes[:, 2], nan=17.0)
    return magnitudes, redshifts, rng.integers(12, size=count).astype(str)


def ids(magnitudes):
    return np.array([f"g{number}" for number in range(len(magnitudes))])


def test_features_are_magnitudes_and_adjacent_colours():
    found = colour_features(np.array([[20.0, 18.5, 17.5], [19.0, np.nan, 17.0]]))
    assert found[0].tolist() == [20.0, 18.5, 17.5, 1.5, 1.0]
    assert np.isnan(found[1]).tolist() == [False, True, False, True, True]


@pytest.mark.parametrize("bad", [[np.inf, 1.0], [np.nan, np.nan]])
def test_magnitudes_that_are_none(bad):
    with pytest.raises(ColourError, match="galaxy at position 1 has magnitudes"):
        colour_features(np.array([[1.0, 2.0], bad]))


def told(model, labelled, magnitudes):
    """The PDFs that a model of labelled galaxies gives for others."""
    values = model.fit(*labelled).pdfs(magnitudes)
    return Pdfs(ids(magnitudes), values, PAPER)


def neighbours():
    return RecalibratedNeighbours(PAPER, standardised_colours)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_both_beat_redshifts_that_ignore_the_colours(missing):
    labelled, (magnitudes, truth, _) = made(missing=missing), made(400, 1, missing=missing)
    shuffled = np.random.default_rng(0).permutation(labelled[1])
    blind = told(neighbours(), (labelled[0], shuffled, labelled[2]), magnitudes)
    for model in (neighbours(), BoostedRedshift(PAPER, 0)):
        found = told(model, labelled, magnitudes)
        assert crps(found, truth).mean() < 0.4 * crps(blind, truth).mean()
        assert sigma_mad(residuals(mean(found), truth), HAYAT) < 0.03


@pytest.mark.parametrize("model", [neighbours(), BoostedRedshift(PAPER, 0)])
def test_pdfs_are_calibrated(model):
    magnitudes, truth, _ = made(2000, 1)
    found = told(model, made(4000), magnitudes)
    # D of 2000 against 4000 galaxies is below 0.045 in 99 % of samples.
    assert kolmogorov_smirnov(np.sort(pit(found, truth))) < 0.06
    assert np.mean(mean(found) - truth) == pytest.approx(0, abs=0.001)


def test_residuals_are_held_out():
    """Redshifts that magnitudes do not tell cannot be predicted for groups that were not seen."""
    magnitudes, redshifts, groups = made(600)
    shuffled = np.random.default_rng(0).permutation(redshifts)
    unseen = held_out_redshifts(colour_features(magnitudes), shuffled, groups, 0)
    assert np.std(shuffled - unseen) > 0.95 * np.std(shuffled)
    # A group with its own redshift, told by its magnitudes alone, is never learned from itself.
    magnitudes[groups == "3"] += 5
    redshifts[groups == "3"] = 0.39
    unseen = held_out_redshifts(colour_features(magnitudes), redshifts, groups, 0)
    assert unseen[groups == "3"].max() < 0.37


def test_the_same_seed_gives_the_same():
    magnitudes = made(50, 1)[0]
    found = [told(BoostedRedshift(PAPER, 7), made(300), magnitudes).values for _ in "ab"]
    np.testing.assert_array_equal(*found)


def test_few_labels():
    magnitudes = made(20, 1)[0]
    for model in (neighbours(), BoostedRedshift(PAPER, 0)):
        assert len(told(model, made(30), magnitudes)) == 20
    alone = (*made(30)[:2], np.full(30, "one"))
    with pytest.raises(ColourError, match=r"1 group\(s\) of training galaxies"):
        told(BoostedRedshift(PAPER, 0), alone, magnitudes)
    with pytest.raises(PdfError, match=r"1 group\(s\) of labelled galaxies"):
        told(neighbours(), alone, magnitudes)


def test_a_band_that_is_always_missing():
    labelled, (magnitudes, truth, _) = made(600), made(50, 1)
    labelled[0][:, 0] = magnitudes[:, 0] = np.nan
    found = told(neighbours(), labelled, magnitudes)
    assert sigma_mad(residuals(mean(found), truth), HAYAT) < 0.04
