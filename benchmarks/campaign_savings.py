"""How much a person looks at until few labels are wrong: a table of the campaigns.

    python benchmarks/campaign_savings.py campaigns.csv savings.csv

For each kind of labels, way and predictions: the share of all labels that was looked at when at
most 1, 2 and 5 % were still wrong, in per cent; 100 where a way ends before, since then nothing but
looking at everything is sure to get there.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from skyloom.settings.claims import RANGE

KEYS = ["labels", "reviewer", "way", "predictions"]
RESIDUALS = (1, 2, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("campaigns", type=Path, help="table of review_campaigns.py")
    parser.add_argument("savings", type=Path, help="CSV to write")
    given = parser.parse_args()
    table = savings(pd.read_csv(given.campaigns))
    table.to_csv(given.savings, index=False)
    print(table.round(2).to_string(index=False))


def savings(campaigns: pd.DataFrame) -> pd.DataFrame:
    """Return one row per kind of campaign and residual, and one for where the campaigns end."""
    rows = []
    for case, runs in campaigns.groupby(KEYS, sort=False):
        about = dict(zip(KEYS, case, strict=True))
        courses = [np.array(json.loads(course)) for course in runs["course"]]
        for residual in RESIDUALS:
            looked = [looked_until(course, residual / 100) for course in courses]
            quantity = f"looked at until {residual} % are wrong"
            rows.append({**about, "quantity": quantity, **spread(looked)})
        for quantity in ("looked", "wrong_after"):
            rows.append({**about, "quantity": quantity, **spread(list(runs[quantity]))})
    return pd.DataFrame(rows)


def looked_until(course: np.ndarray, residual: float) -> float:
    """Return the share looked at where the share of wrong labels first is `residual` or less.

    Args:
        course: (rounds, 2) looked at, and still wrong, as shares of all labels.
        residual: as a share.
    """
    looked, wrong = course.T
    below = np.flatnonzero(wrong <= residual)
    if not len(below):
        return 1.0
    first = int(below[0])
    if first == 0:
        return float(looked[0])
    step = (wrong[first - 1] - residual) / (wrong[first - 1] - wrong[first])
    return float(looked[first - 1] + step * (looked[first] - looked[first - 1]))


def spread(shares: list[float]) -> dict[str, float | str]:
    """Return mean, least and most of shares, in per cent."""
    found = 100 * np.array(shares)
    about = {"value": float(found.mean()), "low": float(found.min()), "high": float(found.max())}
    return {**about, "spread": RANGE}


if __name__ == "__main__":
    main()
