"""Train a network that tells redshifts on one share of the labels, and let it tell them."""

from pathlib import Path

import numpy as np
import pandas as pd

from skyloom.analyze.redshift.colours import colour_features
from skyloom.analyze.redshift.draw import Draw, magnitudes_of, rows_of
from skyloom.analyze.redshift.predictors import OfNetwork
from skyloom.digest import sha256_of_file, sha256_of_json
from skyloom.images import ImageStore, images_beside
from skyloom.learn.attempts import STATE
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.choice import Images
from skyloom.learn.draws import stream
from skyloom.learn.encoder_file import Encoder, load_encoder
from skyloom.learn.pretraining import make_encoder
from skyloom.learn.ranks import Ranks
from skyloom.learn.redshift_fit import Lesson, fit_network
from skyloom.learn.redshift_network import RedshiftNetwork
from skyloom.learn.tally import Epoch
from skyloom.provenance.code import code_digest
from skyloom.settings.encoder import EncoderSettings
from skyloom.settings.redshift import NetworkModel, ToldSettings
from skyloom.stages.attempt import deadline_of, training_attempt
from skyloom.stages.job import Job, run_stage
from skyloom.stages.told import bins_of, write_told
from skyloom.surveys.registry import part_module, survey_part
from skyloom.tables import write_table


def redshift_network(job: Job) -> None:
    """Train one network and write the PDFs of the images on which it is scored."""
    settings = ToldSettings.model_validate(job.settings["told"])
    model = NetworkModel.model_validate(job.settings["model"])
    bins, draw = bins_of(settings), Draw.named(job.word("draw"))
    views = survey_part(job.word("survey"), "views").VIEWS
    store = ImageStore.beside(job.paths("index"))
    job.beside = images_beside(job.paths("index"))
    rows = rows_of(store.index, settings, draw, job.settings["seed"])
    redshifts = store.index["target"].to_numpy()
    lesson = Lesson(
        store=store,
        labelled=rows.train,
        bins=bins.number_of(redshifts[rows.train]),
        count=bins.count,
        pool=rows.pool,
        photometry=_standardised(store.index, settings, model, rows.pool),
    )
    seed = stream(job.settings["seed"], "redshift", draw.number) % 2**31
    checkpoint = Checkpoint(Path(job.word("checkpoint")) / STATE, _fingerprint(job))
    with training_attempt(job) as ranks:
        encoder = _start(job, store, settings, checkpoint, ranks, seed)
        head, history = fit_network(
            encoder, lesson, model, views, seed, checkpoint, ranks, deadline_of(job)
        )
        if ranks.index > 0:
            return
        network = RedshiftNetwork(encoder, head, bins)
        network.save(job.path("network"))
        columns = list(Epoch.__dataclass_fields__)
        write_table(job.path("training"), pd.DataFrame(history.epochs, columns=columns))
        told = OfNetwork(network, store, views.extinction)
        write_told(job, told, store.index, rows, settings, views.extinction)
    job.facts["epochs"] = len(history.epochs)


def _start(
    job: Job,
    store: ImageStore,
    settings: ToldSettings,
    checkpoint: Checkpoint,
    ranks: Ranks,
    seed: int,
) -> Encoder:
    """Return the encoder that training starts from: the one of the config, or a fresh one."""
    given = job.paths("encoder")
    if given:
        return load_encoder(given[0])
    fresh = EncoderSettings.model_validate({"network": job.settings["network"]})
    images = Images(
        job.word("survey"), store, survey_part(job.word("survey"), "views").VIEWS, settings.train
    )
    return make_encoder(images, (), fresh, seed, checkpoint, ranks)[0]


def _standardised(
    index: pd.DataFrame, settings: ToldSettings, model: NetworkModel, pool: np.ndarray
) -> np.ndarray:
    """Return the photometry (N, P) that the second head tells; (N, 0) where there is none."""
    if not model.photometry_weight:
        return np.empty((len(index), 0), dtype=np.float32)
    values = colour_features(magnitudes_of(index, settings.photometry))
    mean, std = np.nanmean(values[pool], axis=0), np.nanstd(values[pool], axis=0)
    return np.asarray((values - mean) / np.maximum(std, 1e-6), dtype=np.float32)


def _fingerprint(job: Job) -> str:
    """Name this training: its settings, its images, its start and the code that it runs."""
    digests = [sha256_of_file(path) for path in [*job.paths("index"), *job.paths("encoder")]]
    code = code_digest("skyloom.stages.redshift_network", *_modules(job))
    return sha256_of_json([job.settings, job.word("draw"), digests, code])


def _modules(job: Job) -> list[str]:
    return [part_module(job.word("survey"), "views")]


if __name__ == "__main__":
    run_stage(
        "redshift_network",
        redshift_network,
        inputs=["index", "encoder"],
        outputs=["pdfs", "qp", "dust", "network", "training"],
        words=["survey", "draw", "checkpoint", "messages", "minutes"],
        modules=_modules,
    )
