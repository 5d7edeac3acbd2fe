"""Make an encoder: initial weights, then contrastive pretraining if the config asks for it."""

from pathlib import Path

import pandas as pd

from skyloom.digest import sha256_of_file, sha256_of_json
from skyloom.images import ImageStore, images_beside
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.encoder_file import save_encoder
from skyloom.learn.pretraining import make_encoder
from skyloom.learn.train import Epoch
from skyloom.provenance.code import code_digest
from skyloom.settings.encoder import EncoderSettings
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module, survey_part
from skyloom.tables import write_table


def pretrain(job: Job) -> None:
    """Draw or load an encoder's weights and pretrain it."""
    store = ImageStore.beside(job.paths("index"))
    job.beside = images_beside(job.paths("index"))
    settings = EncoderSettings.model_validate(job.settings["encoder"])
    views = survey_part(job.word("survey"), "views").VIEWS
    checkpoint = Checkpoint(Path(job.word("checkpoint")) / "state.pt", _fingerprint(job))
    encoder, history = make_encoder(store, settings, views, job.settings["seed"], checkpoint)
    save_encoder(encoder, job.path("encoder"))
    columns = list(Epoch.__dataclass_fields__)
    write_table(job.path("training"), pd.DataFrame(history, columns=columns))
    checkpoint.remove()
    job.facts |= {
        "seed": job.settings["seed"],
        "trained_on": list(encoder.card.trained_on),
        "images_seen": encoder.card.images_seen,
    }


def _fingerprint(job: Job) -> str:
    """Name this training: its settings, its images and the code that it runs."""
    views = part_module(job.word("survey"), "views")
    images = [sha256_of_file(path) for path in job.paths("index")]
    return sha256_of_json([job.settings, images, code_digest("skyloom.stages.pretrain", views)])


if __name__ == "__main__":
    run_stage(
        "pretrain",
        pretrain,
        inputs=["index"],
        outputs=["encoder", "training"],
        words=["survey", "checkpoint"],
        modules=lambda job: [part_module(job.word("survey"), "views")],
    )
