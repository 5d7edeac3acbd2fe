"""Whole campaigns of review, unattended: what is looked at, and what is still wrong at the end.

    skyloom list-shards sun simulated --sheet config/shards/sun-rounds.tsv --seasons 84
    snakemake --configfile config/sun-rounds.yaml -- features
    python benchmarks/review_campaigns.py results/sun-rounds campaigns.csv
    python benchmarks/review_campaigns.py results/sun-rounds campaigns.csv \\
        --reviewers "random 2 %" "rule 2 %" --predictions "out of fold" --labels "random 20 %"

Labels of 1,679 simulated videos are made wrong at random (10, 20, 30 %) or by the crude rule of the
first sight (6 and 17 %: 60 and 30 degrees). Two ways to review are compared, each with predictions
in-sample and out of fold: the published loop (look at every new disagreement of label and model,
correct, retrain, until there is none) and the library's (rank all, review 5 % a round, audit, stop
by the bound). The reviewer is the oracle: without errors, wrong on a share of all looks at random,
or believing the crude rule of 60 degrees on a fixed share of all videos.

The model must train in a second: a small network of one hidden layer that sees, for each of the
75 frames, the mean and the largest unsigned field in the patch (150 numbers). The neighbours are
those of the study's SimCLR features, or of these curves (which need the images alone). Each
campaign is kept in the table when it is done, and is not run again.
"""

import argparse
import contextlib
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from campaign_figure import draw
from campaign_sky import Labels, Reviewer, Sky, crude, read_sky
from curve_networks import fit
from simulated_sun import CLASSES

from skyloom.relabel.closing import seal
from skyloom.relabel.labels import labels_after
from skyloom.relabel.oracle import oracle_verdicts
from skyloom.relabel.out_of_fold import OutOfFold
from skyloom.relabel.queue import build_queue
from skyloom.relabel.ranking import rank_labels
from skyloom.relabel.sealed import Sealed
from skyloom.relabel.stopping import look_of
from skyloom.settings.relabel import RelabelSettings

FOLDS, MODELS = 5, 2
MOST_ROUNDS = 25
SETTINGS = RelabelSettings(repeats=0.0, overlap=0.0, fold_column="month_pair")


@dataclass(frozen=True)
class Campaign:
    """What one campaign came to.

    Attributes:
        course: looked at, and still wrong, as shares of all labels, after each round.
        rounds: how many.
        claim: the bound of the audit that passed, as a share of all; NaN where none passed.
        unseen_wrong: wrong ones that nobody looked at, as a share of all; NaN without audits.
    """

    course: list[tuple[float, float]]
    rounds: int
    claim: float = float("nan")
    unseen_wrong: float = float("nan")


def predict(sky: Sky, labels: Labels, out_of_fold: bool, seed: int) -> OutOfFold:
    """Return predictions; those in-sample borrow the type on purpose, to be compared."""
    fold = sky.items["fold"].to_numpy()
    known = labels != ""
    given = torch.from_numpy(np.where(known, np.searchsorted(CLASSES, labels), 0))
    parts = [fold == one for one in range(FOLDS)] if out_of_fold else [fold >= 0]
    cases = [(part, 1000 * seed + model) for model in range(MODELS) for part in parts]
    rows = [np.flatnonzero(known & (~part if out_of_fold else part)) for part, _ in cases]
    network = fit(sky.curves, given, rows, [start for _, start in cases])
    with torch.no_grad():
        said = network(sky.curves).softmax(dim=2).numpy()  # (M, N, 2)
    found = np.zeros((MODELS, len(labels), 2))
    for place, (part, _) in enumerate(cases):
        found[place // len(parts), part] = said[place, part]
    order = np.argsort(sky.ids)
    return OutOfFold(
        classes=CLASSES,
        image_id=sky.ids[order],
        mean=found.mean(axis=0)[order],
        deviation=found.std(axis=0)[order],
        models=np.full(len(order), MODELS),
    )


def published(
    sky: Sky, labels: Labels, out_of_fold: bool, seed: int, reviewer: Reviewer
) -> Campaign:
    """Review every new disagreement, correct, retrain, until there is none."""
    looked = np.zeros(len(labels), bool)
    course = [(0.0, float(np.mean(labels != sky.truth)))]
    for number in range(MOST_ROUNDS):
        found = predict(sky, labels, out_of_fold, seed)
        said = np.array(CLASSES)[found.mean[found.rows_of(sky.ids)].argmax(axis=1)]
        new = (said != labels) & ~looked
        if not new.any():
            break
        labels = np.where(new, reviewer.answers(sky, f"{seed}/{number}"), labels)
        looked |= new
        course.append((float(looked.mean()), float(np.mean(labels != sky.truth))))
    return Campaign(course, len(course) - 1)


def audited(sky: Sky, labels: Labels, out_of_fold: bool, seed: int, reviewer: Reviewer) -> Campaign:
    """Rank all, review a share a round, audit, stop by the bound: the library's own rounds."""
    start = sky.items.assign(crude=labels)
    believed = pd.Series(reviewer.truth(sky), index=sky.ids)
    rounds: list[Sealed] = []
    course, looks = [(0.0, float(np.mean(labels != sky.truth)))], 0
    while True:
        table = labels_after(start, rounds)
        now = table["label"].to_numpy(dtype=str)
        if rounds:
            course.append((looks / len(now), float(np.mean(now != sky.truth))))
        known = table[table["label"] != ""]
        found = predict(sky, now, out_of_fold, seed)
        with contextlib.redirect_stdout(None):
            vectors = sky.vectors[known.index]
            ranked = rank_labels(known, found, vectors, SETTINGS.neighbours, CLASSES)
        queue = build_queue("sun", table, ranked, rounds, SETTINGS, seed, "")
        if queue.facts.converged or len(rounds) == MOST_ROUNDS:
            break
        events = oracle_verdicts(queue, believed, reviewer.errors, f"oracle-{seed}", "")
        rounds.append(seal(queue, {"oracle": events}, {}, queue_sha256="", logs={}, previous=""))
        looks += len(queue.rows)
    passed = [look for one in rounds if (look := look_of(one, SETTINGS)) and look.passed]
    unseen = table["state"].eq("crude").to_numpy()
    return Campaign(
        course=course,
        rounds=len(rounds),
        claim=passed[-1].share if passed else float("nan"),
        unseen_wrong=float((unseen & (now != sky.truth)).mean()),
    )


WAYS: dict[str, Callable[..., Campaign]] = {
    "published loop": published,
    "ranked, audited": audited,
}
PREDICTIONS = ("in-sample", "out of fold")
NOISE = ("random 10 %", "random 20 %", "random 30 %", "rule 60 degrees", "rule 30 degrees")
REVIEWERS = {
    "without errors": Reviewer(),
    "random 2 %": Reviewer(errors=0.02),
    "random 5 %": Reviewer(errors=0.05),
    "rule 2 %": Reviewer(believes=0.02),
    "rule 5 %": Reviewer(believes=0.05),
}
KEYS = ["labels", "reviewer", "way", "predictions", "seed"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("table", type=Path, help="CSV of all campaigns")
    parser.add_argument("--labels", nargs="+", choices=NOISE, default=NOISE)
    parser.add_argument("--reviewers", nargs="+", choices=REVIEWERS, default=["without errors"])
    parser.add_argument("--predictions", nargs="+", choices=PREDICTIONS, default=PREDICTIONS)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--neighbours", choices=["features", "curves"], default="features")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--figure", type=Path, help="PNG of all courses in the table")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    sky = read_sky(given.results, given.neighbours)
    rows = pd.read_csv(given.table).to_dict("records") if given.table.exists() else []
    known = {tuple(row[key] for key in KEYS) for row in rows}
    seeds = range(given.seeds)
    kinds = (given.labels, given.reviewers, given.ways, given.predictions)
    for case in itertools.product(*kinds, seeds):
        if case not in known:
            rows.append({**dict(zip(KEYS, case, strict=True)), **run(sky, *case)})
            pd.DataFrame(rows).to_csv(given.table, index=False)
            print(rows[-1] | {"course": ""}, flush=True)
    table = pd.DataFrame(rows)
    print(summary(table).to_string())
    checked = table.dropna(subset="claim")
    broken = checked["unseen_wrong"] > checked["claim"]
    print(f"bounds that were too good: {int(broken.sum())} of {len(checked)} campaigns")
    if given.figure:
        draw(table, given.figure)


def run(
    sky: Sky, labels: str, reviewer: str, way: str, predictions: str, seed: int
) -> dict[str, Any]:
    """Run one campaign; return its row of the table."""
    began = time.monotonic()
    wrong = crude(sky, labels, seed)
    done = WAYS[way](sky, wrong, predictions == "out of fold", seed, REVIEWERS[reviewer])
    return {
        "wrong_before": done.course[0][1],
        "looked": done.course[-1][0],
        "wrong_after": done.course[-1][1],
        "claim": done.claim,
        "unseen_wrong": done.unseen_wrong,
        "rounds": done.rounds,
        "seconds": time.monotonic() - began,
        "course": json.dumps(done.course),
    }


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return means over the seeds with the least and the most, in per cent."""
    grouped = table.groupby(KEYS[:-1], sort=False)
    shares = ["wrong_before", "looked", "wrong_after", "unseen_wrong", "claim"]
    words = {name: (100 * grouped[name].agg(["mean", "min", "max"])) for name in shares}
    said = {name: [interval(*row) for row in found.to_numpy()] for name, found in words.items()}
    rounds = grouped["rounds"].mean().round(1)
    passed = grouped["claim"].count()
    return pd.DataFrame(said, index=rounds.index).assign(rounds=rounds, passed=passed)


def interval(mean: float, least: float, most: float) -> str:
    return f"{mean:.2f} ({least:.2f} to {most:.2f})"


if __name__ == "__main__":
    main()
