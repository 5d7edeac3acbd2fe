"""Train a network that tells redshifts on one share of the labels, and let it tell them."""

from typing import Any

import numpy as np
import pandas as pd

from skyloom.analyze.redshift.colours import colour_features
from skyloom.analyze.redshift.draw import magnitudes_of
from skyloom.analyze.redshift.predictors import OfNetwork
from skyloom.images import images_beside
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.choice import Images
from skyloom.learn.draws import stream
from skyloom.learn.encoder_file import Encoder, load_encoder
from skyloom.learn.pretraining import make_encoder
from skyloom.learn.ranks import Ranks
from skyloom.learn.redshift_fit import Lesson, fit_network
from skyloom.learn.redshift_network import RedshiftNetwork
from skyloom.learn.tally import Epoch
from skyloom.settings.encoder import EncoderSettings
from skyloom.settings.redshift import FitSettings, NetworkModel, ToldSettings
from skyloom.stages.attempt import checkpoint_of, deadline_of, training_attempt
from skyloom.stages.job import Job, run_stage
from skyloom.stages.told import Drawn, drawn_images, write_told
from skyloom.surveys.registry import part_module
from skyloom.tables import write_table


def redshift_network(job: Job) -> None:
    """Train one network and write the PDFs of the images on which it is scored."""
    model = NetworkModel.model_validate(job.settings["model"])
    drawn = drawn_images(job)
    job.beside = images_beside(job.paths("index"))
    lesson = _lesson(drawn, model)
    seed = stream(job.settings["seed"], "redshift", drawn.draw.number) % 2**31
    checkpoint = _checkpoint(job)
    with training_attempt(job) as ranks:
        encoder = _start(job, drawn, checkpoint, ranks, seed)
        head, history = fit_network(
            encoder, lesson, model, drawn.views, seed, checkpoint, ranks, deadline_of(job)
        )
        if ranks.index > 0:
            return
        network = RedshiftNetwork(encoder, head, drawn.bins)
        network.save(job.path("network"))
        columns = list(Epoch.__dataclass_fields__)
        write_table(job.path("training"), pd.DataFrame(history.epochs, columns=columns))
        write_told(job, OfNetwork(network, drawn.store, drawn.views.extinction), drawn)
    job.facts["epochs"] = len(history.epochs)


def _lesson(drawn: Drawn, model: NetworkModel) -> Lesson:
    index, rows, bins = drawn.store.index, drawn.rows, drawn.bins
    redshifts = index["target"].to_numpy()
    return Lesson(
        store=drawn.store,
        labelled=rows.train,
        bins=bins.number_of(redshifts[rows.train]),
        count=bins.count,
        pool=rows.pool,
        photometry=_standardised(index, drawn.settings, model, rows.pool),
    )


def _start(job: Job, drawn: Drawn, checkpoint: Checkpoint, ranks: Ranks, seed: int) -> Encoder:
    """Return the encoder that training starts from: the one of the config, or a fresh one."""
    given = job.paths("encoder")
    if given:
        return load_encoder(given[0])
    fresh = EncoderSettings.model_validate({"network": job.settings["network"]})
    images = Images(job.word("survey"), drawn.store, drawn.views, drawn.settings.train)
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


def decisive(job: Job) -> dict[str, Any]:
    """Return the settings that decide what comes of the training."""
    model = NetworkModel.model_validate(job.settings["model"])
    told = ToldSettings.model_validate(job.settings["told"])
    return job.settings | {
        "draw": job.word("draw"),
        "model": model.model_dump(mode="json", exclude={"fit": set(FitSettings.EXECUTION)}),
        "told": told.model_dump(mode="json", exclude=set(ToldSettings.AFTERWARDS)),
    }


def _checkpoint(job: Job) -> Checkpoint:
    read = [*job.paths("index"), *job.paths("encoder")]
    return checkpoint_of(job, decisive(job), read, "skyloom.stages.redshift_network", _modules(job))


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
