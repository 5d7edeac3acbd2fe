"""Ranking of doubtful labels against cleanlab's, on the same predictions out of fold.

    python benchmarks/label_errors.py results/mars-rounds/mars [--keep]

Needs the first round of a study whose labels were made wrong on purpose (relabel.wrong), so that
the truth is in the index. For each order: the share of the wrong labels found when the first 5, 10
and 20 % are looked at, and its average precision; differences from ours with 95 % intervals from
resampling the groups (sols, nights).
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import rows
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score
from tsv import write

from skyloom.relabel.out_of_fold import OutOfFold, read_member
from skyloom.tables import read_table

SHARES = (0.05, 0.1, 0.2)
RESAMPLES = 1000
FOUND = f"found after {', '.join(f'{100 * share:.0f}' for share in SHARES)} % looked at"
METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")

Order = NDArray[np.float64]
"""A score per item; the largest is looked at first."""


def orders(
    ranked: pd.DataFrame, labels: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> Mapping[str, Callable[[], Order]]:
    """Return how each order is made, by name; ours first."""
    place = np.arange(len(ranked), dtype=np.float64)
    found: dict[str, Callable[[], Order]] = {
        "ours: models and neighbours": lambda: -place,  # as the workflow wrote them
        "ours: models alone": lambda: -ranked["p_label"].to_numpy(),
        "ours: neighbours alone": lambda: ranked["neighbours_differ"].to_numpy(dtype=float),
    }
    for method in METHODS:
        found[f"cleanlab: {method}"] = partial(by_quality, labels, probabilities, method)
    found["cleanlab: filter, then self_confidence"] = lambda: filtered(labels, probabilities)
    return found


def by_quality(labels: NDArray[np.int64], probabilities: NDArray[np.float64], method: str) -> Order:
    """Put labels of the lowest quality, as cleanlab scores it, first."""
    return -np.asarray(get_label_quality_scores(labels, probabilities, method=method))


def filtered(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Order:
    """Put what cleanlab calls an issue before all others, each part by self-confidence."""
    issues = find_label_issues(labels, probabilities, n_jobs=1)
    quality = get_label_quality_scores(labels, probabilities, method="self_confidence")
    return np.asarray(issues * 2.0 - quality)


def found_after(order: Order, wrong: NDArray[np.bool_], share: float) -> float:
    """Return the share of the wrong labels among the first of an order."""
    first = np.argsort(-order, kind="stable")[: round(share * len(order))]
    return float(wrong[first].sum() / max(1, wrong.sum()))


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("survey", type=Path, help="folder of the survey's results")
    parser.add_argument("--round", type=int, default=1)
    given = parser.parse_args()
    folder = given.survey / "rounds" / str(given.round)
    ranked = read_table(folder / "ranked.parquet", ["image_id", "label", "p_label"])
    members = [read_member(path) for path in sorted((folder / "members").glob("*.parquet"))]
    models = OutOfFold.of(members)
    index = pd.concat(
        [read_table(path) for path in sorted((given.survey / "images").glob("*.parquet"))]
    ).set_index("image_id")
    truth = index.loc[ranked["image_id"], "label"].to_numpy(dtype=str)
    wrong = truth != ranked["label"].to_numpy(dtype=str)
    groups = index.loc[ranked["image_id"], "group"].to_numpy(dtype=str)
    labels = np.searchsorted(models.classes, ranked["label"].to_numpy(dtype=str))
    probabilities = models.mean[models.rows_of(ranked["image_id"].to_numpy(dtype=str))]
    print(f"{len(ranked)} labels, {wrong.sum()} wrong; a perfect order finds", end=" ")
    print(", ".join(f"{min(1, share / wrong.mean()):.0%}" for share in SHARES))
    made, seconds = {}, {}
    for name, make in orders(ranked, labels, probabilities).items():
        started = time.perf_counter()
        made[name] = make()
        seconds[name] = time.perf_counter() - started
    first, *_ = made
    measured = [
        {
            "order": name,
            FOUND: ", ".join(f"{100 * found_after(order, wrong, share):.0f}" for share in SHARES)
            + " %",
            "average precision": f"{average_precision_score(wrong, order):.3f}",
            "ours less this": ""
            if name == first
            else difference(made[first], order, wrong, groups),
            "command": rows.this_command(),
        }
        for name, order in made.items()
    ]
    print(pd.DataFrame(measured).assign(seconds=seconds.values()).to_string(index=False))
    if given.keep:
        write("label_errors", measured)


def difference(
    ours: Order, theirs: Order, wrong: NDArray[np.bool_], groups: NDArray[np.str_]
) -> str:
    """Return the interval of our average precision less theirs over resampled groups."""
    rng = np.random.default_rng(0)
    names, place = np.unique(groups, return_inverse=True)
    found = []
    for _ in range(RESAMPLES):
        weight = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names))[place]
        found.append(
            average_precision_score(wrong, ours, sample_weight=weight)
            - average_precision_score(wrong, theirs, sample_weight=weight)
        )
    low, high = np.percentile(found, [2.5, 97.5])
    return f"{np.mean(found):+.3f} [{low:+.3f}, {high:+.3f}]"


if __name__ == "__main__":
    main()
