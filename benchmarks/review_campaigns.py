"""Whole campaigns of review, unattended: what is looked at, and what is still wrong at the end.

    skyloom list-shards sun simulated --sheet config/shards/sun-rounds.tsv --seasons 84
    snakemake --configfile config/sun-rounds.yaml -- features
    python benchmarks/review_campaigns.py results/sun-rounds

Labels of 1,679 simulated videos are made wrong at random (10, 20, 30 %) or by the crude rule of the
first sight (6 and 17 %: 60 and 30 degrees). Two ways to review are compared, each with predictions
in-sample and out of fold: the published loop (look at every new disagreement of label and model,
correct, retrain, until there is none) and the library's (rank all, review 5 % a round, audit, stop
by the bound). The reviewer is the oracle.

The model must train in a second: a small network of one hidden layer that sees, for each of the
75 frames, the mean and the largest unsigned field in the patch (150 numbers). The neighbours are
those of the study's SimCLR features.
"""

import argparse
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn

from skyloom.analyze.features import read_features, unit
from skyloom.images import ImageStore
from skyloom.relabel.closing import seal
from skyloom.relabel.hashing import share_of
from skyloom.relabel.labels import labels_after, spoilt
from skyloom.relabel.oracle import oracle_verdicts
from skyloom.relabel.out_of_fold import OutOfFold
from skyloom.relabel.queue import build_queue
from skyloom.relabel.ranking import rank_labels
from skyloom.relabel.sealed import Sealed
from skyloom.relabel.stopping import look_of
from skyloom.settings.relabel import RelabelSettings

CLASSES = ("emergence", "non-emergence")
FOLDS, MODELS = 5, 2
MOST_ROUNDS = 20
HIDDEN, EPOCHS, BATCH = 64, 60, 64


@dataclass(frozen=True)
class Sky:
    """The videos: who they are, what is true, what a model and what neighbours see."""

    items: pd.DataFrame
    truth: np.ndarray
    distance: np.ndarray
    curves: torch.Tensor
    vectors: np.ndarray


def read_sky(results: Path) -> Sky:
    home = results / "sun"
    indices = sorted((home / "images").glob("*.parquet"))
    store = ImageStore.beside(indices)
    features = read_features([home / "simclr" / "features" / one.name for one in indices], indices)
    truths = [pd.read_parquet(home / "truth" / one.name) for one in indices]
    known = pd.concat(truths).set_index("image_id")["label"]
    assert (features.index["image_id"] == store.index["image_id"]).all()
    chosen = np.flatnonzero(store.index["split"].isin(["train", "val"]))
    index = store.index.iloc[chosen].reset_index(drop=True)
    curves = []
    for place in chosen:
        field = np.abs(store.batch(np.array([place]))[0].astype(np.float32) - 0.5)
        curves.append(np.concatenate([field.mean(axis=(1, 2)), field.max(axis=(1, 2))]))
    raw = np.stack(curves)
    standard = (raw - raw.mean(axis=0)) / (raw.std(axis=0) + 1e-6)
    items = pd.DataFrame(
        {
            "image_id": index["image_id"].astype(str),
            "group": index["group"].astype(str),
            "original": index["original"].astype(str),
            "split": "train",
            "fold": np.unique(index["month_pair"].astype(str), return_inverse=True)[1],
        }
    )
    return Sky(
        items=items,
        truth=known.loc[items["image_id"]].to_numpy(dtype=str),
        distance=index["first_meridian_distance"].to_numpy(dtype=float),
        curves=torch.from_numpy(standard),
        vectors=unit(features.vectors[chosen]),
    )


def crude(sky: Sky, kind: str, seed: int) -> np.ndarray:
    """Return wrong labels: `random 20 %`, or `rule 60`: first seen east of 60 degrees."""
    name, number = kind.split()[:2]
    if name == "random":
        originals = sky.items["original"].to_numpy(dtype=str)
        return spoilt(sky.truth, originals, float(number) / 100, seed)
    return np.where(sky.distance < -float(number), CLASSES[1], CLASSES[0])


def fit(
    curves: torch.Tensor, given: torch.Tensor, rows: list[np.ndarray], seeds: list[int]
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Train networks side by side, each on its own rows; return what gives (M, N, 2) of curves.

    Every network sees as many batches as the one with the most rows; one with fewer draws again.
    """
    draws = [torch.Generator().manual_seed(seed) for seed in seeds]
    width, models = curves.shape[1], len(rows)

    def start(*shape: int, spread: float) -> torch.Tensor:
        drawn = [torch.randn(shape, generator=draw) * spread for draw in draws]
        return torch.stack(drawn).requires_grad_()

    first, second = start(width, HIDDEN, spread=width**-0.5), start(HIDDEN, 2, spread=HIDDEN**-0.5)
    offset, last = start(1, HIDDEN, spread=0), start(1, 2, spread=0)

    def network(inputs: torch.Tensor) -> torch.Tensor:
        return (inputs @ first + offset).relu() @ second + last

    optimizer = torch.optim.Adam([first, second, offset, last], 3e-3)
    longest = max(map(len, rows))
    for _ in range(EPOCHS):
        orders = [
            torch.from_numpy(own)[torch.randperm(longest, generator=draw) % len(own)]
            for own, draw in zip(rows, draws, strict=True)
        ]
        for part in torch.stack(orders).split(BATCH, dim=1):  # (M, B)
            optimizer.zero_grad()
            logits = network(curves[part])  # (M, B, 2)
            losses = nn.functional.cross_entropy(logits.flatten(0, 1), given[part].flatten())
            (losses * models).backward()
            optimizer.step()
    return network


def predict(sky: Sky, labels: np.ndarray, out_of_fold: bool, seed: int) -> OutOfFold:
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
    ids = sky.items["image_id"].to_numpy(dtype=str)
    order = np.argsort(ids)
    return OutOfFold(
        classes=CLASSES,
        image_id=ids[order],
        mean=found.mean(axis=0)[order],
        deviation=found.std(axis=0)[order],
        models=np.full(len(ids), MODELS),
    )


def published(sky: Sky, labels: np.ndarray, out_of_fold: bool, seed: int, errors: float) -> dict:
    """Review every new disagreement, correct, retrain, until there is none."""
    ids = sky.items["image_id"].to_numpy(dtype=str)
    looked = np.zeros(len(labels), bool)
    course = [(0.0, np.mean(labels != sky.truth))]
    for number in range(MOST_ROUNDS):
        found = predict(sky, labels, out_of_fold, seed)
        said = np.array(CLASSES)[found.mean[found.rows_of(ids)].argmax(axis=1)]
        new = (said != labels) & ~looked
        if not new.any():
            break
        answers = answer(sky, errors, f"{seed}/{number}")
        labels = np.where(new, answers, labels)
        looked |= new
        course.append((looked.mean(), np.mean(labels != sky.truth)))
    return {"course": course, "rounds": number, "claim": 0.0}


def answer(sky: Sky, errors: float, salt: str) -> np.ndarray:
    wrong = share_of(f"reviewer/{salt}", sky.items["image_id"]) < errors
    other = np.where(sky.truth == CLASSES[0], CLASSES[1], CLASSES[0])
    return np.where(wrong, other, sky.truth)


def audited(sky: Sky, labels: np.ndarray, out_of_fold: bool, seed: int, errors: float) -> dict:
    """Rank all, review a share a round, audit, stop by the bound: the library's own rounds."""
    settings = RelabelSettings(repeats=0.0, overlap=0.0, fold_column="month_pair")
    start = sky.items.assign(crude=labels)
    truth = pd.Series(sky.truth, index=sky.items["image_id"])
    rounds: list[Sealed] = []
    course, looks = [(0.0, np.mean(labels != sky.truth))], 0
    while True:
        table = labels_after(start, rounds)
        now = table["label"].to_numpy(dtype=str)
        if rounds:
            course.append((looks / len(now), np.mean(now != sky.truth)))
        found = predict(sky, now, out_of_fold, seed)
        known = table[table["label"] != ""]
        vectors = sky.vectors[known.index]
        with contextlib.redirect_stdout(None):
            ranked = rank_labels(known, found, vectors, settings.neighbours, CLASSES)
        queue = build_queue("sun", table, ranked, rounds, settings, seed, "")
        if queue.facts.converged or len(rounds) == MOST_ROUNDS:
            break
        events = oracle_verdicts(queue, truth, errors, f"oracle-{seed}", "")
        sealed = seal(queue, {"oracle": events}, queue_sha256="", logs={}, previous="")
        rounds.append(sealed)
        looks += len(queue.rows)
    passed = [look for one in rounds if (look := look_of(one, settings)) and look.passed]
    unseen = table["state"].eq("crude").to_numpy()
    return {
        "course": course,
        "rounds": len(rounds),
        "claim": passed[-1].share if passed else 0.0,
        "unseen_wrong": float((unseen & (now != sky.truth)).mean()),
    }


WAYS: dict[str, Callable[..., dict]] = {
    "published loop": published,
    "ranked, audited": audited,
}
NOISE = ("random 10 %", "random 20 %", "random 30 %", "rule 60 degrees", "rule 30 degrees")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--errors", type=float, default=0.0, help="the reviewer's own")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--courses", type=Path, help="CSV of all courses")
    parser.add_argument("--figure", type=Path, help="PNG of all courses")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    sky = read_sky(given.results)
    rows, courses = [], []
    for noise in NOISE:
        for way, review in WAYS.items():
            for fold in (False, True):
                for seed in range(given.first_seed, given.first_seed + given.seeds):
                    started = time.monotonic()
                    said = review(sky, crude(sky, noise, seed), fold, seed, given.errors)
                    about = {
                        "labels": noise,
                        "way": way,
                        "predictions": "out of fold" if fold else "in-sample",
                        "seed": seed,
                    }
                    looked, wrong = said["course"][-1]
                    rows.append(
                        {
                            **about,
                            "wrong_before": said["course"][0][1],
                            "looked": looked,
                            "wrong_after": wrong,
                            "claim": said["claim"],
                            "unseen_wrong": said.get("unseen_wrong", np.nan),
                            "rounds": said["rounds"],
                            "seconds": time.monotonic() - started,
                        }
                    )
                    courses += [
                        {**about, "looked": x, "wrong": y, "step": place}
                        for place, (x, y) in enumerate(said["course"])
                    ]
        done = pd.DataFrame([row for row in rows if row["labels"] == noise])
        print(summary(done).to_string(), flush=True)
        if given.courses:
            pd.DataFrame(courses).to_csv(given.courses, index=False)
    if given.figure:
        draw(pd.DataFrame(courses), given.figure)
    table = pd.DataFrame(rows)
    checked = table.dropna(subset="unseen_wrong")
    broken = checked["unseen_wrong"] > checked["claim"]
    print(f"claims that were too good: {int(broken.sum())} of {len(checked)} campaigns")


def draw(courses: pd.DataFrame, path: Path) -> None:
    """Draw what is still wrong against what was looked at, a panel for each kind of labels."""
    figure, axes = plt.subplots(
        1, len(NOISE), figsize=(14, 3.4), sharey=False, layout="constrained"
    )
    colours = {"in-sample": "#e69f00", "out of fold": "#0072b2"}
    lines = {"published loop": "--", "ranked, audited": "-"}
    for axis, (noise, part) in zip(axes, courses.groupby("labels", sort=False), strict=True):
        for (way, kind, _), run in part.groupby(["way", "predictions", "seed"]):
            style = {"color": colours[kind], "linestyle": lines[way], "linewidth": 1}
            axis.plot(100 * run["looked"], 100 * run["wrong"], alpha=0.5, **style)
            end = run.iloc[-1]
            axis.plot(100 * end["looked"], 100 * end["wrong"], "o", color=colours[kind], ms=4)
        axis.set_title(noise, fontsize=10)
        axis.set_xlabel("looked at, % of all labels")
        axis.set_xlim(-2, 70)
        axis.set_ylim(bottom=-0.2)
    axes[0].set_ylabel("still wrong, %")
    for way, line in lines.items():
        for kind, colour in colours.items():
            axes[-1].plot([], [], color=colour, linestyle=line, label=f"{way}, {kind}")
    axes[-1].legend(fontsize=7, frameon=False)
    figure.savefig(path, dpi=110)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean over the seeds, smallest to largest of what is left, in per cent."""
    grouped = table.groupby(["labels", "way", "predictions"], sort=False)
    percent = 100 * grouped[["wrong_before", "looked", "wrong_after", "claim"]].mean()
    left = 100 * grouped["wrong_after"].agg(["min", "max"])
    return percent.assign(
        least=left["min"],
        most=left["max"],
        rounds=grouped["rounds"].mean(),
        seconds=grouped["seconds"].mean(),
    ).round(2)


if __name__ == "__main__":
    main()
