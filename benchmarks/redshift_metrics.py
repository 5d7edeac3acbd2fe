"""All redshift metrics of many PDFs, and one part against SciPy and a plain loop, in turn.

python benchmarks/redshift_metrics.py [--count 100000] [--fields 500] [--resamples 1000]
    [--rounds 5] [--threads 2] [--keep]
"""

import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import rows
from numpy.typing import NDArray

from skyloom.threads import pin_threads

if TYPE_CHECKING:  # imports come after the threads are pinned
    from skyloom.analyze.redshift.pdfs import Pdfs

FEW = 2000
"""PDFs for which the plain loop is waited."""


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--fields", type=int, default=500)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    pin_threads(given.threads)
    from skyloom.analyze.redshift.table import score_table

    pdfs, truth = made(given.count)
    rng = np.random.default_rng(1)
    groups = rng.integers(given.fields, size=given.count).astype(str)
    strata = pd.DataFrame(
        {
            "redshift": pd.cut(truth, np.linspace(0, 0.4, 9)),
            "r": pd.cut(rng.uniform(14, 17.8, given.count), [14, 16, 17, 17.5, 17.8]),
            "ebv": pd.cut(rng.exponential(0.03, given.count), [0, 0.02, 0.05, 0.1, 1]),
        }
    )
    times = []
    for _ in range(given.rounds):
        began = time.perf_counter()
        table = score_table(pdfs, truth, strata, groups, 0, 0)
        times.append(time.perf_counter() - began)
    print(
        f"{given.count} PDFs, {len(table)} rows, no bootstrap: {np.median(times):.2f} s "
        f"({min(times):.2f} to {max(times):.2f})"
    )
    began = time.perf_counter()
    score_table(pdfs, truth, strata, groups, 0, given.resamples)
    print(f"with {given.resamples} resamples: {time.perf_counter() - began:.1f} s")
    measured = [
        rows.Row(
            what=f"all redshift metrics of {given.count:,} PDFs of 180 bins, {len(table)} rows, "
            f"{rows.threads(given.threads)}",
            here=f"{rows.median(times)} s",
        ),
        compare_crps(pdfs.take(slice(0, FEW)), truth[:FEW], given.rounds),
    ]
    rows.tell("Clusters, probes and neighbours", measured, given.keep)


def compare_crps(pdfs: "Pdfs", truth: NDArray[np.float64], rounds: int) -> rows.Row:
    """Time CRPS beside the plain loop, in turn, and return the row of the table."""
    from skyloom.analyze.redshift.metrics import crps

    here: list[float] = []
    there: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        ours = crps(pdfs, truth)
        here.append(time.perf_counter() - began)
        began = time.perf_counter()
        theirs = plain_crps(pdfs, truth)
        there.append(time.perf_counter() - began)
    return rows.Row(
        what=f"CRPS of {len(truth):,} of them, largest difference "
        f"{np.abs(ours - theirs).max():.0e}",
        here=f"{rows.median(here)} s",
        other=f"{rows.median(there)} s (a loop over galaxies in NumPy)",
        ratio=rows.ratio(there, here),
    )


def made(count: int) -> tuple["Pdfs", NDArray[np.float64]]:
    """Return calibrated PDFs of the paper's bins, and truths."""
    from scipy.stats import norm

    from skyloom.analyze.redshift.pdfs import Pdfs
    from skyloom.bins import Bins

    bins, rng = Bins(0.0, 0.4, 180), np.random.default_rng(0)
    means, sigmas = rng.uniform(0.05, 0.3, count), rng.uniform(0.005, 0.02, count)
    masses = np.diff(norm.cdf(bins.edges, means[:, None], sigmas[:, None]), axis=1)
    masses /= masses.sum(axis=1, keepdims=True)
    ids = np.char.add("g", np.arange(count).astype(str))
    return Pdfs(ids, masses.astype(np.float32), bins), np.abs(rng.normal(means, sigmas))


def plain_crps(pdfs: "Pdfs", truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the integral between all edges and the truth, one galaxy after the other."""
    found = []
    for masses, z in zip(pdfs.masses(), truth, strict=True):
        below = np.append(0, np.cumsum(masses))
        ends = np.sort(np.append(pdfs.bins.edges, z))
        height = np.interp(ends, pdfs.bins.edges, below)
        a = height[:-1] - (ends[:-1] >= z)
        b = height[1:] - (ends[:-1] >= z)
        found.append(np.sum(np.diff(ends) * (a * a + a * b + b * b) / 3))
    return np.array(found)


if __name__ == "__main__":
    main()
