"""The published network, the network of frames and the features' probe on the same folds.

    snakemake --configfile config/sun-rounds.yaml -- images
    python benchmarks/sun_classifiers.py results/sun-rounds predictions [--folds 0 1] [--truth]

Trained on crude labels of simulated videos (or, with --truth, on the true ones), scored on the fold
that each has not seen, against the crude labels and against the truth. What a model says of its
fold is kept in the folder of predictions as soon as it is known, and is not computed again. The
kind `features` needs the study's features too.
"""

import argparse
import itertools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from simulated_sun import CLASSES, SimulatedSun, read_simulated_sun

from skyloom.learn.draws import image_keys
from skyloom.learn.source import open_source
from skyloom.relabel.crossfit import Parts, Task, fit_features, fit_network, parts_of, task_of
from skyloom.relabel.labels import crude_labels
from skyloom.settings.relabel import ClassifierSettings, RelabelSettings
from skyloom.tables import write_table

BASE = RelabelSettings(fold_column="month_pair")
SYMMETRIES = ("negative", "rows")
KINDS = {
    "published": ClassifierSettings(kind="published", symmetries=SYMMETRIES),
    "published, rate 0.01": ClassifierSettings(
        kind="published", symmetries=SYMMETRIES, learning_rate=0.01, epochs=6, patience=3
    ),
    "frames": ClassifierSettings(
        kind="frames",
        symmetries=SYMMETRIES,
        learning_rate=0.01,
        batch_size=32,
        epochs=6,
        patience=3,
    ),
    "features": ClassifierSettings(kind="features"),
}
RESAMPLES = 1000

Fold = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("predictions", type=Path, help="folder")
    parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=["frames", "published"])
    parser.add_argument("--truth", action="store_true", help="learn from the true labels")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    sun = read_simulated_sun(given.results)
    crude = crude_labels(sun.index, BASE, 0).set_index("image_id")
    true = pd.Series(sun.labels, index=sun.index["image_id"]).loc[crude.index]
    taught = crude.assign(label=true if given.truth else crude["crude"]).reset_index()
    task = task_of(sun.index, taught, image_keys(sun.index["image_id"]), "")
    for fold in given.folds:
        for name in given.kinds:
            path = given.predictions / f"{name.replace(', ', '-').replace(' ', '-')}-{fold}.parquet"
            if not path.exists():
                found = predict_fold(sun, task, name, fold)
                ids = found["image_id"]
                truth = {"crude": crude.loc[ids, "crude"].tolist(), "true": true.loc[ids].tolist()}
                path.parent.mkdir(parents=True, exist_ok=True)
                write_table(path, found.assign(**truth))
            print(name, fold, describe(pd.read_parquet(path)), flush=True)
    summarize(given.predictions)


def predict_fold(sun: SimulatedSun, task: Task, name: str, fold: int) -> pd.DataFrame:
    """Train the model of a fold; return what it says of the videos in it."""
    settings = BASE.model_copy(update={"classifier": KINDS[name]})
    parts = parts_of(task, fold, 0, settings)
    own = task.fold[parts.predict] == fold
    began = time.monotonic()
    if KINDS[name].kind == "features":
        found, _ = fit_features(sun.features(), task, parts, KINDS[name], f"0/{fold}")
        epochs = 0
    else:
        found, epochs = fit(sun, task, parts, name, fold)
    return pd.DataFrame(
        {
            "image_id": sun.index["image_id"].to_numpy(dtype=str)[parts.predict[own]],
            "model": name,
            "fold": fold,
            "probability": found[own, 1].astype(float),
            "epochs": epochs,
            "seconds": time.monotonic() - began,
        }
    )


def fit(
    sun: SimulatedSun, task: Task, parts: Parts, name: str, fold: int
) -> tuple[NDArray[np.float32], int]:
    """Train a network; return its probabilities (P, 2) and its number of epochs."""
    side, device = sun.store.shape[-1], torch.device("cpu")
    found, _, scores = fit_network(
        lambda rows: open_source(sun.store, rows, side, device, "auto", 0),
        sun.store.shape[0],
        task,
        parts,
        KINDS[name],
        f"0/{fold}-0",
        device,
    )
    return found, len(scores)


def agrees(fold: Fold) -> float:
    return float(((fold[:, 0] > 0.5) == fold[:, 1]).mean())


def right(fold: Fold) -> float:
    return float(((fold[:, 0] > 0.5) == fold[:, 2]).mean())


def area(fold: Fold) -> float:
    """Return the area under the curve against the truth (Mann and Whitney's statistic)."""
    positive = fold[:, 2] == 1
    count = int(positive.sum())
    above = rankdata(fold[:, 0])[positive].sum() - count * (count + 1) / 2
    return float(above / (count * (len(fold) - count)))


SCORES: dict[str, Callable[[Fold], float]] = {
    "agrees with crude": agrees,
    "right": right,
    "AUC": area,
}


def fold_of(table: pd.DataFrame) -> Fold:
    """Return probability, crude label and truth of non-emergence, (N, 3)."""
    columns = [table["probability"], table["crude"] == CLASSES[1], table["true"] == CLASSES[1]]
    return np.column_stack(columns).astype(float)


def describe(table: pd.DataFrame) -> str:
    """Return the scores of one fold in words."""
    first, fold = table.iloc[0], fold_of(table)
    said = ", ".join(f"{name} {score(fold):.3f}" for name, score in SCORES.items())
    return f"{len(table)} videos: {said}; {first['epochs']} epochs, {first['seconds']:.0f} s"


def summarize(folder: Path) -> None:
    """Print each model's mean, least and most over its folds, and paired differences of two."""
    models: dict[str, dict[int, Fold]] = {}
    for path in sorted(folder.glob("*.parquet")):
        table = pd.read_parquet(path)
        models.setdefault(table["model"][0], {})[int(table["fold"][0])] = fold_of(table)
    for model, folds in models.items():
        print(f"{model}, folds {sorted(folds)}: {over(list(folds.values()))}")
    for first, second in itertools.combinations(models, 2):
        both = sorted(models[first].keys() & models[second].keys())
        pairs = [(models[first][fold], models[second][fold]) for fold in both]
        print(f"{first} less {second}, folds {both}: {paired(pairs)}")


def over(folds: list[Fold]) -> str:
    said = []
    for name, score in SCORES.items():
        values = [score(fold) for fold in folds]
        said.append(f"{name} {np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})")
    return "; ".join(said)


def paired(pairs: list[tuple[Fold, Fold]]) -> str:
    """Return differences, mean over the folds, with 95 % intervals by bootstrap over videos."""
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(one), (RESAMPLES, len(one))) for one, _ in pairs]
    said = []
    for name, score in SCORES.items():
        mean = np.mean([score(one) - score(two) for one, two in pairs])
        drawn = [
            [score(one[rows]) - score(two[rows]) for rows in of_fold]
            for (one, two), of_fold in zip(pairs, draws, strict=True)
        ]
        low, high = np.quantile(np.mean(drawn, axis=0), [0.025, 0.975])
        said.append(f"{name} {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
    return "; ".join(said)


if __name__ == "__main__":
    main()
