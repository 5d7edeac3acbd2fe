"""Make an encoder: initial weights, then pretraining if the config asks for it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from skyloom.images import ImageStore, images_beside
from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.choice import Images
from skyloom.learn.encoder_file import save_encoder
from skyloom.learn.pretraining import make_encoder
from skyloom.learn.ranks import Ranks
from skyloom.learn.scalars import Scalars
from skyloom.learn.tally import DomainEpoch, Epoch
from skyloom.settings.encoder import EncoderSettings
from skyloom.settings.pretrain import DomainSettings, PretrainSettings
from skyloom.settings.views import ViewSettings
from skyloom.stages.attempt import checkpoint_of, deadline_of, training_attempt
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
    with training_attempt(job) as ranks:
        _train(job, settings, own, others, ranks)


def _train(
    job: Job, settings: EncoderSettings, own: Images, others: Sequence[Images], ranks: Ranks
) -> None:
    """Make the encoder; the first process writes it."""
    encoder, history = make_encoder(
        own,
        others,
        settings,
        job.settings["seed"],
        _checkpoint(job),
        ranks,
        parent=next(iter(job.paths("parent")), None),
        scalars=_scalars(job, settings.pretrain, ranks),
        deadline=deadline_of(job),
    )
    if ranks.index > 0:
        return
    save_encoder(encoder, job.path("encoder"))
    _write_rows(job.path("training"), history.epochs, Epoch)
    _write_rows(job.path("domains"), history.domains, DomainEpoch)
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


def _scalars(job: Job, plan: PretrainSettings | None, ranks: Ranks) -> Scalars | None:
    wanted = ranks.index == 0 and plan is not None and plan.tensorboard
    return Scalars(Path(f"{job.word('messages')}.tensorboard")) if wanted else None


def _write_rows(path: Path, rows: Sequence[Any], kind: type[Any]) -> None:
    write_table(path, pd.DataFrame(rows, columns=list(kind.__dataclass_fields__)))


def decisive(job: Job) -> dict[str, Any]:
    """Return the settings that decide what comes of the training."""
    encoder = EncoderSettings.model_validate(job.settings["encoder"])
    said = encoder.model_dump(mode="json", exclude={"pretrain": set(PretrainSettings.EXECUTION)})
    return job.settings | {"encoder": said}


def _checkpoint(job: Job) -> Checkpoint:
    read = [*job.paths("index"), *job.paths("others"), *job.paths("parent")]
    return checkpoint_of(job, decisive(job), read, "skyloom.stages.pretrain", _view_modules(job))


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
        words=["survey", "checkpoint", "messages", "minutes"],
        modules=_view_modules,
    )
