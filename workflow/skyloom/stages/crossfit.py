"""Train one model on the labels of all folds but its own, and let it predict its own."""

import json

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import save_file

from skyloom.analyze.features import read_features
from skyloom.atomic import atomic_path
from skyloom.digest import sha256_of_file
from skyloom.images import ImageStore
from skyloom.learn.devices import default_device
from skyloom.learn.draws import image_keys
from skyloom.learn.source import Source, open_source
from skyloom.relabel.crossfit import fit_features, fit_network, member_of, parts_of, task_of
from skyloom.relabel.labels import LABEL_COLUMNS
from skyloom.relabel.out_of_fold import write_member
from skyloom.settings.relabel import RelabelSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_table


def crossfit(job: Job) -> None:
    """Train one model and predict what it has not seen."""
    settings = RelabelSettings.model_validate(job.settings["relabel"])
    kind, name = settings.classifier.kind, job.word("member")
    fold, seed = map(int, name.split("-"))
    salt = f"{job.settings['seed']}/{name}"
    labels = read_table(job.path("labels"), LABEL_COLUMNS)
    digest = sha256_of_file(job.path("labels"))
    store = ImageStore.beside(job.paths("index"))
    index, device = store.index, default_device()
    if kind == "features":
        features = read_features(job.paths("features"), job.paths("index"))
        index = features.index
    task = task_of(index, labels, image_keys(index["image_id"]), digest)
    parts = parts_of(task, fold, seed, settings)
    if kind == "features":
        found, weights = fit_features(features.vectors, task, parts, settings.classifier, salt)
    else:
        side = store.shape[-1]

        def open_images(rows: NDArray[np.int64]) -> Source:
            return open_source(store, rows, side, device, "auto", 2)

        frames = store.shape[0]
        found, weights, scores = fit_network(
            open_images, frames, task, parts, settings.classifier, salt, device
        )
        job.facts |= {"epochs": len(scores), "accuracy": max(score.accuracy for score in scores)}
    write_member(job.path("predictions"), member_of(task, parts, name, found))
    card = {"kind": kind, "frames": store.shape[0], "classes": task.names}
    with atomic_path(job.path("model")) as temporary:
        tensors = {key: value.contiguous() for key, value in weights.items()}
        save_file(tensors, temporary, metadata={"skyloom": json.dumps(card, sort_keys=True)})
    job.facts |= {"member": name, "trained": len(parts.train), "predicted": len(parts.predict)}


if __name__ == "__main__":
    run_stage(
        "crossfit",
        crossfit,
        inputs=["index", "images", "features", "labels"],
        outputs=["predictions", "model"],
        words=["member"],
    )
