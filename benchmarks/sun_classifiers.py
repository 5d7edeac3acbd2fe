"""The published network, the network of frames and the features' probe on the same folds.

    snakemake --configfile config/sun-rounds.yaml -- features
    python benchmarks/sun_classifiers.py results/sun-rounds [--folds 0 1 2] [--truth]

Trained on crude labels of simulated videos (or, with --truth, on the true ones), scored on the fold
that each has not seen, against the crude labels and against the truth.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import roc_auc_score

from skyloom.analyze.features import read_features
from skyloom.images import ImageStore
from skyloom.learn.draws import image_keys
from skyloom.learn.source import open_source
from skyloom.relabel.crossfit import fit_features, fit_network, parts_of, task_of
from skyloom.relabel.labels import crude_labels
from skyloom.settings.relabel import ClassifierSettings, RelabelSettings

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS))
    parser.add_argument("--truth", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    home = given.results / "sun"
    indices = sorted((home / "images").glob("*.parquet"))
    store = ImageStore.beside(indices)
    features = read_features([home / "simclr" / "features" / one.name for one in indices], indices)
    truths = [pd.read_parquet(home / "truth" / one.name) for one in indices]
    truth = pd.concat(truths).set_index("image_id")["label"].loc[store.index["image_id"]]
    base = RelabelSettings(fold_column="month_pair")
    labels = crude_labels(store.index, base, 0)
    crude = labels["crude"].to_numpy(dtype=str)
    taught = truth.loc[labels["image_id"]].to_numpy(dtype=str) if given.truth else crude
    task = task_of(
        store.index, labels.assign(label=taught), image_keys(store.index["image_id"]), ""
    )
    said = dict(zip(labels["image_id"], crude, strict=True))
    device = torch.device("cpu")
    rows = []
    for fold in given.folds:
        for name in given.kinds:
            settings = base.model_copy(update={"classifier": KINDS[name]})
            parts = parts_of(task, fold, 0, settings)
            own = task.fold[parts.predict] == fold
            began = time.monotonic()
            if KINDS[name].kind == "features":
                found, _ = fit_features(
                    features.vectors, task, parts, settings.classifier, f"0/{fold}"
                )
                epochs = 0
            else:
                found, _, scores = fit_network(
                    lambda rows: open_source(store, rows, store.shape[-1], device, "auto", 0),
                    store.shape[0],
                    task,
                    parts,
                    settings.classifier,
                    f"0/{fold}-0",
                    device,
                )
                epochs = len(scores)
            ids = store.index["image_id"].to_numpy(dtype=str)[parts.predict[own]]
            true = truth.loc[ids].to_numpy(dtype=str)
            predicted = np.array(task.names)[found[own].argmax(axis=1)]
            rows.append(
                {
                    "model": name,
                    "fold": fold,
                    "images": len(ids),
                    "agrees with crude": np.mean(
                        [said[i] == p for i, p in zip(ids, predicted, strict=True)]
                    ),
                    "right": np.mean(predicted == true),
                    "auc": roc_auc_score(true == task.names[1], found[own, 1]),
                    "epochs": epochs,
                    "seconds": time.monotonic() - began,
                }
            )
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    columns = ["agrees with crude", "right", "auc", "epochs", "seconds"]
    print(table.groupby("model", sort=False)[columns].agg(["mean", "std"]).round(3).to_string())


if __name__ == "__main__":
    main()
