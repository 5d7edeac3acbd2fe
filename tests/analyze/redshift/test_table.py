import numpy as np
import pandas as pd
import pytest
from made_pdfs import calibrated, rough
from scipy.stats import kstest

from skyloom.analyze.redshift import metrics
from skyloom.analyze.redshift.pdfs import PdfError
from skyloom.analyze.redshift.table import BLOCK, SCORE_COLUMNS, galaxy_scores, score_table


def made(count=600, fields=20):
    pdfs, truth = calibrated(count)
    rng = np.random.default_rng(3)
    groups = rng.integers(fields, size=count).astype(str)
    strata = pd.DataFrame(
        {
            "redshift": pd.cut(truth, [0.0, 0.15, 0.2, 0.25, 0.4], right=False),
            "r": pd.cut(rng.uniform(15, 18, count), [15, 17, 17.5]),
        }
    )
    return pdfs, truth, strata, groups


def value(table, metric, **where):
    rows = table[table["metric"] == metric]
    for column, wanted in where.items():
        rows = rows[rows[column] == wanted]
    assert len(rows) == 1
    return rows.iloc[0]


def test_values_against_the_metrics_themselves():
    pdfs, truth, strata, groups = made()
    table = score_table(pdfs, truth, strata, groups, 0, 0)
    assert tuple(table.columns) == SCORE_COLUMNS
    assert table[["low", "high"]].isna().all(axis=None)
    rows = np.flatnonzero((truth >= 0.2) & (truth < 0.25))
    part, mine = pdfs.take(rows), truth[rows]
    where = {"stratum": "redshift", "bin_low": 0.2}
    dz = metrics.residuals(metrics.HAYAT.estimates["median"](part), mine)
    found = value(table, "sigma_mad", estimate="median", **where)
    assert found["value"] == metrics.sigma_mad(dz, metrics.HAYAT)
    assert (found["bin_high"], found["n"], found["convention"]) == (0.25, len(rows), "hayat")
    dz = metrics.residuals(metrics.PASQUET.estimates["left_edge_mean"](part), mine)
    assert value(table, "bias", convention="pasquet", **where)["value"] == dz.mean()
    assert value(table, "eta", convention="pasquet", **where)["value"] == metrics.eta(dz)
    crps = metrics.crps(part, mine).mean()
    assert value(table, "crps", **where)["value"] == pytest.approx(crps)
    cde = metrics.cde_loss(part, mine).mean()
    assert value(table, "cde_loss", estimate="pdf", **where)["value"] == pytest.approx(cde)
    uniform = kstest(metrics.pit(part, mine), "uniform")
    assert value(table, "ks", **where)["value"] == pytest.approx(uniform.statistic)
    assert value(table, "ks_p", **where)["value"] == pytest.approx(uniform.pvalue)


def test_strata_count_the_galaxies_inside_their_bins():
    pdfs, truth, strata, groups = made()
    table = score_table(pdfs, truth, strata, groups, 0, 0)
    counts = table[table["metric"] == "crps"].set_index(["stratum", "bin_low"])["n"]
    assert counts["all"].tolist() == [600]
    assert counts["redshift"].sum() == 600
    assert counts["r"].sum() == strata["r"].notna().sum() < 600


def test_intervals_against_resampling_the_galaxies():
    pdfs, truth, strata, groups = made(200)
    strata = strata[[]]
    table = score_table(pdfs, truth, strata, groups, 5, 15)
    names = np.unique(groups)
    draws = np.random.default_rng(5).integers(len(names), size=(15, len(names)))
    found = {"sigma_mad": [], "crps": [], "cvm": [], "ad": []}
    for drawn in draws:
        rows = np.concatenate([np.flatnonzero(groups == names[place]) for place in drawn])
        again = score_table(pdfs.take(rows), truth[rows], strata.iloc[rows], groups[rows], 0, 0)
        for metric, values in found.items():
            about = {"estimate": "mean"} if metric == "sigma_mad" else {}
            values.append(value(again, metric, stratum="all", **about)["value"])
    for metric, values in found.items():
        about = {"estimate": "mean"} if metric == "sigma_mad" else {}
        row = value(table, metric, stratum="all", **about)
        assert [row["low"], row["high"]] == pytest.approx(np.percentile(values, [2.5, 97.5]))


def test_bins_of_one_field_have_no_interval():
    pdfs, truth, strata, groups = made(100)
    groups[:] = "one"
    table = score_table(pdfs, truth, strata, groups, 0, 20)
    assert table[["low", "high"]].isna().all(axis=None)
    assert table["value"].notna().all()


def test_a_rare_stratum_is_scored_on_the_resamples_that_have_it():
    pdfs, truth, _, groups = made(400)
    rare = np.where(np.isin(groups, ["3", "7"]), 0.5, 1.5)
    table = score_table(pdfs, truth, pd.DataFrame({"ebv": pd.cut(rare, [0, 1, 2])}), groups, 0, 200)
    row = value(table, "crps", stratum="ebv", bin_low=0)
    assert 0 < row["low"] < row["value"] < row["high"]


def test_blocks_do_not_change_scores():
    pdfs, truth = rough(BLOCK + 5)
    whole = galaxy_scores(pdfs, truth)
    np.testing.assert_allclose(whole["crps"], metrics.crps(pdfs, truth), rtol=1e-12)
    np.testing.assert_allclose(whole["pit"], metrics.pit(pdfs, truth), rtol=1e-12)


def test_rows_that_do_not_fit():
    pdfs, truth, strata, groups = made(50)
    with pytest.raises(PdfError, match="groups has 49 rows for 50 PDFs"):
        score_table(pdfs, truth, strata, groups[1:], 0, 0)
    with pytest.raises(PdfError, match=r"stratum 'r' has values such as 17\.0, expected"):
        score_table(pdfs, truth, pd.DataFrame({"r": [17.0] * 50}), groups, 0, 0)
    with pytest.raises(PdfError, match="no PDFs to score"):
        score_table(pdfs.take(slice(0)), truth[:0], strata[:0], groups[:0], 0, 0)
