"""Make an encoder: initial weights, then pretraining if the config asks for it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from skyloom.digest import sha256_of_file, sha256_of_json
from skyloom.images import ImageStore, images_beside
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.choice import Images
from skyloom.learn.encoder_file import save_encoder
from skyloom.learn.interruption import EXIT_STATUS, Interrupted
from skyloom.learn.pretraining import make_encoder
from skyloom.learn.ranks import joined_ranks
from skyloom.learn.scalars import Scalars
from skyloom.learn.tally import DomainEpoch, Epoch
from skyloom.provenance.code import code_digest
from skyloom.settings.encoder import EncoderSettings
from skyloom.settings.pretrain import DomainSettings
from skyloom.settings.views import ViewSettings
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module, survey_part
from skyloom.tables import write_table


def pretrain(job: Job) -> None:
    """Draw or load an encoder's weights and pretrain it."""
    settings = EncoderSettings.model_validate(job.settings["encoder"])
    plan = settings.pretrain
    own = Images(
        name=job.word("survey"),
        store=ImageStore.beside(job.paths("index")),
        views=(plan and plan.views) or views_of(job.word("survey")),
        splits=plan.splits if plan else ("train",),
    )
    pairs = zip(plan.domains if plan else (), job.settings["domains"], strict=True)
    others = [_other_images(said, place, job, own.views) for said, place in pairs]
    job.beside = images_beside([*job.paths("index"), *job.paths("others")])
    checkpoint = Checkpoint(Path(job.word("checkpoint")) / "state.pt", _fingerprint(job))
    parent = next(iter(job.paths("parent")), None)
    with joined_ranks() as ranks:
        writes = ranks.index == 0
        scalars = Scalars(Path(job.word("scalars"))) if _wants_scalars(plan, writes) else None
        try:
            encoder, history = make_encoder(
                own, others, settings, job.settings["seed"], checkpoint, ranks, parent, scalars
            )
        except Interrupted as stop:
            print(f"pretrain: {stop}", file=sys.stderr, flush=True)
            sys.exit(EXIT_STATUS)
    if not writes:
        sys.exit(0)  # the first process writes the files and the record
    save_encoder(encoder, job.path("encoder"))
    _write_rows(job.path("training"), history.epochs, Epoch)
    _write_rows(job.path("domains"), history.domains, DomainEpoch)
    checkpoint.remove()
    job.facts |= {
        "seed": job.settings["seed"],
        "trained_on": list(encoder.card.trained_on),
        "images_seen": encoder.card.images_seen,
        "processes": ranks.count,
    }


def views_of(survey: str) -> ViewSettings:
    """Return the views of a survey."""
    views: ViewSettings = survey_part(survey, "views").VIEWS
    return views


def _other_images(
    said: DomainSettings, place: dict[str, Any], job: Job, views: ViewSettings
) -> Images:
    """Return the images of another domain; `place` says their folder, and their survey if any."""
    indices = [path for path in job.paths("others") if path.parent == Path(place["folder"])]
    theirs = views_of(place["survey"]) if place["survey"] else views
    store = ImageStore.beside(indices)
    return Images(place["name"], store, said.views or theirs, said.splits, said.share)


def _wants_scalars(plan: Any, writes: bool) -> bool:
    return writes and plan is not None and plan.tensorboard


def _write_rows(path: Path, rows: Sequence[Any], kind: type[Any]) -> None:
    write_table(path, pd.DataFrame(rows, columns=list(kind.__dataclass_fields__)))


EXECUTION = {"data", "workers", "save_minutes", "tensorboard"}
"""Settings that change how a training runs, not what comes of it."""


def _fingerprint(job: Job) -> str:
    """Name this training: its settings, its images, its parent and the code that it runs."""
    said = EncoderSettings.model_validate(job.settings["encoder"]).model_dump(
        mode="json", exclude={"pretrain": EXECUTION}
    )
    files = [*job.paths("index"), *job.paths("others"), *job.paths("parent")]
    digests = [sha256_of_file(path) for path in files]
    code = code_digest("skyloom.stages.pretrain", *_view_modules(job))
    return sha256_of_json([job.settings | {"encoder": said}, digests, code])


def _view_modules(job: Job) -> list[str]:
    """Return the modules of views of the survey and of the other domains' surveys."""
    others = [place["survey"] for place in job.settings["domains"] if place["survey"]]
    return [part_module(survey, "views") for survey in [job.word("survey"), *others]]


if __name__ == "__main__":
    run_stage(
        "pretrain",
        pretrain,
        inputs=["index", "others", "parent"],
        outputs=["encoder", "training", "domains"],
        words=["survey", "checkpoint", "scalars"],
        modules=_view_modules,
    )
