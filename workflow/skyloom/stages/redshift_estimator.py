"""Fit a model of features or of photometry to one share of the redshifts, and let it tell them."""

import numpy as np
from numpy.typing import NDArray

from skyloom.analyze.features import read_features
from skyloom.analyze.redshift.draw import Draw, magnitudes_of, rows_of
from skyloom.analyze.redshift.estimators import estimator_of
from skyloom.analyze.redshift.predictors import OfFeatures, OfPhotometry, Predictor
from skyloom.images import ImageStore, images_beside
from skyloom.learn.encoder_file import load_encoder
from skyloom.settings.encoder import EmbedSettings
from skyloom.settings.redshift import ToldSettings
from skyloom.stages.job import Job, run_stage
from skyloom.stages.told import bins_of, write_told
from skyloom.surveys.registry import part_module, survey_part


def redshift_estimator(job: Job) -> None:
    """Fit one model and write the PDFs of the images on which it is scored."""
    settings = ToldSettings.model_validate(job.settings["told"])
    extinction = survey_part(job.word("survey"), "views").VIEWS.extinction
    store = ImageStore.beside(job.paths("index"))
    draw, seed = Draw.named(job.word("draw")), job.settings["seed"]
    rows = rows_of(store.index, settings, draw, seed)
    estimator = estimator_of(job.settings["model"], bins_of(settings), seed + draw.number)
    redshifts = store.index["target"].to_numpy()[rows.train]
    groups = store.index["group"].to_numpy(dtype=str)[rows.train]
    told: Predictor
    if job.paths("features"):
        vectors = _features(job, store)
        estimator.fit(vectors[rows.train], redshifts, groups)
        job.beside = images_beside(job.paths("index"))
        encoder = load_encoder(job.paths("encoder")[0])
        embedding = EmbedSettings.model_validate(job.settings["embed"])
        told = OfFeatures(estimator, vectors, encoder, store, embedding, extinction)
    else:
        magnitudes = magnitudes_of(store.index, settings.photometry)
        estimator.fit(magnitudes[rows.train], redshifts, groups)
        told = OfPhotometry(estimator, magnitudes, extinction)
    write_told(job, told, store.index, rows, settings, extinction)


def _features(job: Job, store: ImageStore) -> NDArray[np.float32]:
    """Return the features (N, D) in the order of the store's index."""
    features = read_features(job.paths("features"), job.paths("index"))
    places = features.index.set_index("image_id").index.get_indexer(store.index["image_id"])
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
