"""Models side by side, on made PDFs whose scores are known."""

import numpy as np
import pandas as pd
import pytest
from made_pdfs import PAPER

from skyloom.analyze.redshift import metrics
from skyloom.analyze.redshift.comparison import (
    COMPARED,
    Scored,
    dust_table,
    label_curves,
    label_factors,
    replicates_of,
)
from skyloom.analyze.redshift.estimates import mean
from skyloom.analyze.redshift.pdfs import Pdfs
from skyloom.analyze.redshift.told import Told, behind_dust, point_estimates
from skyloom.analyze.scores import resample_groups

COUNT, FIELDS, RESAMPLES = 240, 24, 60
IDS = np.array([f"g{number}" for number in range(COUNT)])


@pytest.fixture(scope="module")
def scored():
    truth = np.random.default_rng(0).uniform(0.05, 0.3, COUNT)
    groups = np.arange(COUNT) % FIELDS
    return Scored(truth, groups, resample_groups(FIELDS, RESAMPLES, 0))


def told(scored, spread, labels, seed=0):
    """PDFs of one bin each, off by a normal error."""
    rng = np.random.default_rng(seed)
    values = np.clip(scored.truth + rng.normal(0, spread, COUNT), 0, 0.399)
    masses = np.zeros((COUNT, PAPER.count), dtype=np.float32)
    masses[np.arange(COUNT), PAPER.number_of(values)] = 1
    return Told(Pdfs(IDS, masses, PAPER), labels)


def test_replicates_are_the_metrics_of_each_draw_and_resample(scored):
    draws = [told(scored, 0.02, 50, seed) for seed in (1, 2)]
    found = replicates_of(draws, scored)
    assert found.labels == 50
    assert found.drawn.shape == (2 * RESAMPLES, len(COMPARED))
    for number, draw in enumerate(draws):
        dz = metrics.residuals(mean(draw.pdfs), scored.truth)
        crps = metrics.crps(draw.pdfs, scored.truth)
        expected = [metrics.sigma_mad(dz, metrics.HAYAT), dz.mean(), metrics.eta(dz), crps.mean()]
        assert found.values[number] == pytest.approx(expected)
        resample = 17
        rows = np.repeat(np.arange(COUNT), scored.weights[resample][scored.groups].astype(int))
        again = dz[rows]
        expected = [
            metrics.sigma_mad(again, metrics.HAYAT),
            again.mean(),
            metrics.eta(again),
            crps[rows].mean(),
        ]
        assert found.drawn[number * RESAMPLES + resample] == pytest.approx(expected)


@pytest.fixture(scope="module")
def replicates(scored):
    """A model as good with 100 labels as the baseline with 400."""
    return {
        (model, labels / 1600): replicates_of(
            [told(scored, factor / labels**0.5, labels, seed) for seed in (1, 2, 3)], scored
        )
        for model, factor in (("ours", 0.2), ("baseline", 0.4), ("alone", 0.4))
        for labels in (100, 400, 1600)
        if model != "alone" or labels == 1600
    }


def test_curves_have_paired_differences(replicates):
    curves = label_curves(replicates, "baseline").set_index(["model", "labels", "metric"])
    ours = curves.loc["ours", 100, "sigma_mad"]
    assert ours["low"] < ours["value"] < ours["high"]
    assert ours["value"] == pytest.approx(0.02 / 1.17, rel=0.2)
    assert ours["difference_low"] < ours["difference"] < ours["difference_high"] < 0
    assert ours["p"] < 0.05
    assert np.isnan(curves.loc["baseline", 100, "sigma_mad"]["difference"])
    same = replicates["baseline", 1.0]
    equal = label_curves({("a", 1.0): same, ("baseline", 1.0): same}, "baseline")
    assert equal.loc[equal["model"] == "a", "difference"].tolist() == [0] * len(COMPARED)
    assert equal.loc[equal["model"] == "a", "p"].tolist() == [1] * len(COMPARED)


def test_baseline_needs_four_times_more_labels(replicates):
    factors = label_factors(replicates, "baseline")
    assert set(factors["model"]) == {"ours"}, "one number of labels is no curve"
    row = factors[factors["labels"] == 100].iloc[0]
    assert row["factor"] == pytest.approx(4, rel=0.3)
    assert row["low"] < row["factor"] < row["high"]
    last = factors[factors["labels"] == 1600].iloc[0]
    assert (last["bound"], last["factor"]) == ("at least", 1.0)


def test_without_a_baseline_nothing_is_compared(replicates):
    assert label_factors(replicates, None).empty
    assert label_curves(replicates, None)["difference"].isna().all()


class _Dimmed:
    """Tells a redshift that grows with dust, in the bin of its own."""

    def __init__(self, truth):
        self.truth = truth

    def pdfs(self, rows, ebv=0.0):
        masses = np.zeros((len(rows), PAPER.count), dtype=np.float32)
        values = np.minimum(self.truth[rows] + 0.2 * ebv, 0.399)
        masses[np.arange(len(rows)), PAPER.number_of(values)] = 1
        return masses


def test_dust_moves_the_redshift(scored):
    rows = np.arange(COUNT)
    table = behind_dust(_Dimmed(scored.truth), IDS, rows, PAPER, (0.0, 0.2))
    shuffled = table.sample(frac=1, random_state=0)
    found = dust_table({"model": [shuffled, shuffled]}, scored, IDS).set_index("ebv")
    assert found.loc[0.0, ["shift", "low", "high"]].tolist() == [0, 0, 0]
    expected = (0.04 / (1 + scored.truth)).mean()
    assert found.loc[0.2, "shift"] == pytest.approx(expected, abs=2e-4)
    assert found.loc[0.2, "low"] < expected < found.loc[0.2, "high"]
    assert found.loc[0.2, "bias"] - found.loc[0.0, "bias"] == pytest.approx(expected, abs=2e-4)


def test_no_dust_no_table(scored):
    empty = behind_dust(_Dimmed(scored.truth), IDS, np.arange(3), PAPER, ())
    assert list(empty.columns) == ["image_id", "ebv", "redshift"]
    assert dust_table({"model": [empty]}, scored, IDS).empty


def test_point_estimates(scored):
    pdfs = told(scored, 0.01, 10).pdfs
    found = point_estimates(pdfs, scored.truth)
    assert found["image_id"].tolist() == IDS.tolist()
    assert found["mean"].tolist() == pytest.approx(found["mode"].tolist(), abs=1e-6)
    assert found["pit"].between(0, 1).all()
    assert isinstance(found, pd.DataFrame)
