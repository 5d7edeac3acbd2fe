"""Fit a model of features or of photometry to one share of the redshifts, and let it tell them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.features import read_features
from skyloom.analyze.redshift.draw import bands_of
from skyloom.analyze.redshift.estimators import estimator_of
from skyloom.analyze.redshift.predictors import OfFeatures, OfPhotometry, Predictor
from skyloom.images import images_beside
from skyloom.learn.encoder_file import load_encoder
from skyloom.settings.encoder import EmbedSettings
from skyloom.stages.job import Job, run_stage
from skyloom.stages.told import drawn_images, write_told
from skyloom.surveys.registry import part_module


def redshift_estimator(job: Job) -> None:
    """Fit one model and write the PDFs of the images on which it is scored."""
    drawn = drawn_images(job)
    index, train = drawn.store.index, drawn.rows.train
    seed = job.settings["seed"] + drawn.draw.number
    estimator = estimator_of(job.settings["model"], drawn.bins, seed)
    redshifts = index["target"].to_numpy()[train]
    groups = index["group"].to_numpy(dtype=str)[train]
    told: Predictor
    if job.paths("features"):
        vectors = _features(job, index)
        estimator.fit(vectors[train], redshifts, groups)
        job.beside = images_beside(job.paths("index"))
        encoder = load_encoder(job.paths("encoder")[0])
        embedding = EmbedSettings.model_validate(job.settings["embed"])
        extinction = drawn.views.extinction
        told = OfFeatures(estimator, vectors, encoder, drawn.store, embedding, extinction)
    else:
        magnitudes = bands_of(index, drawn.settings, drawn.views.extinction)
        estimator.fit(magnitudes[train], redshifts, groups)
        told = OfPhotometry(estimator, magnitudes, drawn.views.extinction)
    write_told(job, told, drawn)


def _features(job: Job, index: pd.DataFrame) -> NDArray[np.float32]:
    """Return the features (N, D) in the order of the store's index."""
    features = read_features(job.paths("features"), job.paths("index"))
    places = features.index.set_index("image_id").index.get_indexer(index["image_id"])
    return np.asarray(features.vectors[places])


if __name__ == "__main__":
    run_stage(
        "redshift_estimator",
        redshift_estimator,
        inputs=["index", "features", "encoder"],
        outputs=["pdfs", "qp", "dust"],
        words=["survey", "draw"],
        modules=lambda job: [part_module(job.word("survey"), "views")],
    )
