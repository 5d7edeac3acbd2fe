"""All metrics of all strata of galaxies, with intervals over sky fields."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.redshift import metrics
from skyloom.analyze.redshift.pdfs import PdfError, Pdfs
from skyloom.analyze.redshift.resampling import (
    deviation,
    finite_interval,
    resampled_means,
    resampled_statistics,
)
from skyloom.analyze.redshift.uniformity import STATISTICS, p_values
from skyloom.analyze.scores import resample_groups

SCORE_COLUMNS = (
    *("stratum", "bin_low", "bin_high", "estimate", "convention", "metric"),
    *("value", "low", "high", "n"),
)
ALL = "all"
"""The stratum of all galaxies."""
PDF = "pdf"
"""The estimate of metrics of whole PDFs; their convention is empty."""
BLOCK = 1024
"""PDFs that are scored at once."""

Values = NDArray[np.float64]
Row = dict[str, object]


def score_table(
    pdfs: Pdfs,
    truth: Values,
    strata: pd.DataFrame,
    groups: NDArray[np.str_],
    seed: int,
    resamples: int,
) -> pd.DataFrame:
    """Return one row per bin of a stratum, estimate and metric, in the columns `SCORE_COLUMNS`.

    Metrics: bias, sigma_mad and eta of each estimate in each convention; crps, cde_loss,
    pit_outlier, ks, cvm and ad with ks_p, cvm_p and ad_p of the PDFs. Strata "all" and those given;
    in bins of the true redshift even right PDFs have PITs that are not uniform.

    The 95 % intervals are over resamples of groups, the same for every row; they are NaN for p, in
    bins with fewer than two groups, and without resamples. Resampling adds noise to the PITs, so
    those of ks, cvm and ad lie above the interval of repeated surveys, or all above the value.

    Args:
        pdfs: of N galaxies.
        truth: their true redshifts (N,).
        strata: a column of intervals a stratum, N rows, as `pandas.cut` gives; a galaxy outside of
            the bins of a stratum (NaN) is not counted in it.
        groups: sky field of each galaxy (N,).
        seed, resamples: of the bootstrap; 0 resamples for none.

    Raises:
        PdfError: no PDFs, other numbers of rows, or a stratum that is not cut into intervals.
        BinError: a true redshift below the bins, or not finite.
    """
    if not len(pdfs):
        raise PdfError("no PDFs to score, expected at least one galaxy with a true redshift")
    for name, rows in (("truth", truth), ("strata", strata), ("groups", groups)):
        if len(rows) != len(pdfs):
            raise PdfError(f"{name} has {len(rows)} rows for {len(pdfs)} PDFs, expected one each")
    names, number = np.unique(groups, return_inverse=True)
    weights = resample_groups(len(names), resamples, seed)
    scored = galaxy_scores(pdfs, truth)
    found: list[Row] = []
    for about, rows in _cells(strata):
        part = scored.iloc[rows]
        for row in [
            *_point_rows(part, number[rows], weights),
            *_pdf_rows(part, number[rows], weights),
        ]:
            found.append({**about, **row, "n": len(part)})
    return pd.DataFrame(found, columns=list(SCORE_COLUMNS))


def galaxy_scores(pdfs: Pdfs, truth: Values) -> pd.DataFrame:
    """Return dz of every estimate, by its name, and pit, crps and cde_loss; one row a galaxy."""
    blocks = [
        _block(pdfs.take(slice(start, start + BLOCK)), truth[start : start + BLOCK])
        for start in range(0, max(len(pdfs), 1), BLOCK)
    ]
    return pd.concat(blocks, ignore_index=True)


def _block(pdfs: Pdfs, truth: Values) -> pd.DataFrame:
    points = {
        name: metrics.residuals(estimate(pdfs), truth)
        for convention in metrics.CONVENTIONS
        for name, estimate in convention.estimates.items()
    }
    densities = {
        "pit": metrics.pit(pdfs, truth),
        "crps": metrics.crps(pdfs, truth),
        "cde_loss": metrics.cde_loss(pdfs, truth),
    }
    return pd.DataFrame({**points, **densities})


def _cells(strata: pd.DataFrame) -> Iterator[tuple[Row, NDArray[np.int64]]]:
    """Yield each bin of each stratum that has galaxies, and their positions."""
    yield {"stratum": ALL, "bin_low": np.nan, "bin_high": np.nan}, np.arange(len(strata))
    for name in strata.columns:
        intervals = pd.Categorical(strata[name])
        if not isinstance(intervals.categories, pd.IntervalIndex):
            raise PdfError(
                f"stratum '{name}' has values such as {strata[name].iloc[0]}, expected intervals. "
                "Cut it with pandas.cut."
            )
        for code, interval in enumerate(intervals.categories):
            rows = np.flatnonzero(intervals.codes == code)
            if len(rows):
                about = {"stratum": name, "bin_low": interval.left, "bin_high": interval.right}
                yield about, rows


def _point_rows(scored: pd.DataFrame, groups: NDArray[np.int64], weights: Values) -> list[Row]:
    found = []
    for convention in metrics.CONVENTIONS:
        for name in convention.estimates:
            dz = scored[name].to_numpy()
            values = {
                "bias": metrics.bias(dz),
                "eta": metrics.eta(dz),
                "sigma_mad": metrics.sigma_mad(dz, convention),
            }
            terms = np.column_stack([dz, np.abs(dz) > metrics.OUTLIER])
            means = resampled_means(terms, groups, weights)
            spread = resampled_statistics(dz, groups, weights, {"mad": deviation})["mad"]
            drawn = {
                "bias": means[:, 0],
                "eta": means[:, 1],
                "sigma_mad": convention.mad_factor * spread,
            }
            about = {"estimate": name, "convention": convention.name}
            found += [{**about, **row} for row in _rows(values, drawn, groups)]
    return found


def _pdf_rows(scored: pd.DataFrame, groups: NDArray[np.int64], weights: Values) -> list[Row]:
    pits = scored["pit"].to_numpy()
    terms = scored[["crps", "cde_loss"]].assign(pit_outlier=metrics.pit_outlier(pits))
    means = resampled_means(terms.to_numpy(dtype=np.float64), groups, weights)
    drawn = {
        **dict(zip(terms.columns, means.T, strict=True)),
        **resampled_statistics(pits, groups, weights, STATISTICS),
    }
    ascending = np.sort(pits)
    values = {
        **terms.mean().to_dict(),
        **{name: statistic(ascending) for name, statistic in STATISTICS.items()},
        **p_values(ascending),
    }
    return [{"estimate": PDF, "convention": "", **row} for row in _rows(values, drawn, groups)]


def _rows(
    values: dict[str, float], drawn: dict[str, Values], groups: NDArray[np.int64]
) -> list[Row]:
    """Return a row per metric: its value, and the interval of its replicates if it has any."""
    several = groups.min() < groups.max()
    found: list[Row] = []
    for metric, value in values.items():
        replicates = drawn[metric] if metric in drawn and several else np.empty(0)
        low, high = finite_interval(replicates)
        found.append({"metric": metric, "value": value, "low": low, "high": high})
    return found
