import numpy as np
import pytest
from made_pdfs import PAPER

from skyloom.analyze.redshift.colours import (
    ColourError,
    Labelled,
    boosted_redshifts,
    colour_features,
    held_out_redshifts,
    neighbour_redshifts,
)
from skyloom.analyze.redshift.estimates import mean
from skyloom.analyze.redshift.metrics import HAYAT, crps, pit, residuals, sigma_mad
from skyloom.analyze.redshift.pdfs import PdfError
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


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_both_beat_redshifts_that_ignore_the_colours(missing):
    labelled = Labelled(*made(missing=missing))
    shuffled = np.random.default_rng(0).permutation(labelled.redshifts)
    null = Labelled(labelled.magnitudes, shuffled, labelled.groups)
    magnitudes, truth, _ = made(400, 1, missing=missing)
    about = ids(magnitudes), magnitudes
    blind = neighbour_redshifts(*about, null, PAPER)
    for found in (
        neighbour_redshifts(*about, labelled, PAPER),
        boosted_redshifts(*about, labelled, PAPER, 0),
    ):
        assert crps(found, truth).mean() < 0.4 * crps(blind, truth).mean()
        assert sigma_mad(residuals(mean(found), truth), HAYAT) < 0.03


def test_boosted_pdfs_are_calibrated():
    labelled, (magnitudes, truth, _) = Labelled(*made(4000)), made(2000, 1)
    found = boosted_redshifts(ids(magnitudes), magnitudes, labelled, PAPER, 0)
    # D of 2000 against 4000 galaxies is below 0.045 in 99 % of samples.
    assert kolmogorov_smirnov(np.sort(pit(found, truth))) < 0.06
    assert np.mean(mean(found) - truth) == pytest.approx(0, abs=0.001)


def test_residuals_are_held_out():
    """Redshifts that magnitudes do not tell cannot be predicted for groups that were not seen."""
    magnitudes, redshifts, groups = made(600)
    shuffled = np.random.default_rng(0).permutation(redshifts)
    unseen = held_out_redshifts(Labelled(magnitudes, shuffled, groups), 0)
    assert np.std(shuffled - unseen) > 0.95 * np.std(shuffled)
    # A group with its own redshift, told by its magnitudes alone, is never learned from itself.
    magnitudes[groups == "3"] += 5
    redshifts[groups == "3"] = 0.39
    unseen = held_out_redshifts(Labelled(magnitudes, redshifts, groups), 0)
    assert unseen[groups == "3"].max() < 0.37


def test_the_same_seed_gives_the_same():
    labelled, (magnitudes, _, _) = Labelled(*made(300)), made(50, 1)
    found = [
        boosted_redshifts(ids(magnitudes), magnitudes, labelled, PAPER, 7).values for _ in "ab"
    ]
    np.testing.assert_array_equal(*found)


def test_few_labels():
    labelled, (magnitudes, _, _) = Labelled(*made(30)), made(20, 1)
    for found in (
        neighbour_redshifts(ids(magnitudes), magnitudes, labelled, PAPER),
        boosted_redshifts(ids(magnitudes), magnitudes, labelled, PAPER, 0),
    ):
        assert len(found) == 20
    alone = Labelled(labelled.magnitudes, labelled.redshifts, np.full(30, "one"))
    with pytest.raises(ColourError, match=r"1 group\(s\) of training galaxies"):
        boosted_redshifts(ids(magnitudes), magnitudes, alone, PAPER, 0)
    with pytest.raises(PdfError, match=r"1 group\(s\) of labelled galaxies"):
        neighbour_redshifts(ids(magnitudes), magnitudes, alone, PAPER)


def test_a_band_that_is_always_missing():
    labelled, (magnitudes, truth, _) = Labelled(*made(600)), made(50, 1)
    labelled.magnitudes[:, 0] = magnitudes[:, 0] = np.nan
    found = neighbour_redshifts(ids(magnitudes), magnitudes, labelled, PAPER)
    assert sigma_mad(residuals(mean(found), truth), HAYAT) < 0.04
