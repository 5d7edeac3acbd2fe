"""Redshifts with few labels over several skies: tables of docs/galaxies.md from a study's seeds.

    python benchmarks/redshift_skies.py results/studies/galaxies-redshifts-*

Of each model and share of the labels the mean over the seeds; of each difference from training
from scratch the mean with a 95 % interval (Student's t over the seeds, each of which has its own
sky, labels and trainings) and in how many of them the model is better.
"""

import argparse
from pathlib import Path

import pandas as pd
from scipy.stats import t
from tsv import markdown

KEY = ["model", "fraction"]


def curves_of(folders: list[Path], metric: str) -> pd.DataFrame:
    """Return one metric of every model, share of labels and seed."""
    parts = [
        pd.read_parquet(folder / "galaxies/redshift/curves.parquet").assign(seed=seed)
        for seed, folder in enumerate(folders)
    ]
    found = pd.concat(parts, ignore_index=True)
    return found[found["metric"] == metric]


def values(curves: pd.DataFrame, digits: int) -> str:
    """Return the table of means, a row for each model."""
    means = curves.groupby(KEY, sort=False)["value"].mean().unstack()
    rows = [
        [str(name), *(f"{value:.{digits}f}" for value in row)] for name, row in means.iterrows()
    ]
    return markdown(["model", *(f"{100 * share:g} %" for share in means.columns)], rows)


def differences(curves: pd.DataFrame, digits: int) -> str:
    """Return the table of differences from the baseline, a row for each model."""
    told = curves.dropna(subset=["difference"]).groupby(KEY, sort=False)["difference"]
    cells = told.apply(lambda each: _cell(each, digits)).unstack()
    rows = [[str(name), *row] for name, row in cells.iterrows()]
    return markdown(["model less scratch", *(f"{100 * share:g} %" for share in cells)], rows)


def _cell(each: pd.Series, digits: int) -> str:
    mean, count = each.mean(), len(each)
    if count < 2:
        return f"{mean:+.{digits}f}"
    half = t.ppf(0.975, count - 1) * each.std() / count**0.5
    said = f"{mean:+.{digits}f} [{mean - half:+.{digits}f}, {mean + half:+.{digits}f}]"
    return f"{said}, better in {(each < 0).sum()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+", type=Path, help="results of each seed")
    parser.add_argument("--metric", default="sigma_mad")
    parser.add_argument("--digits", type=int, default=4)
    asked = parser.parse_args()
    curves = curves_of(asked.results, asked.metric)
    print(values(curves, asked.digits), differences(curves, asked.digits), sep="\n\n")


if __name__ == "__main__":
    main()
