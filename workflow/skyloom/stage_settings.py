"""Exactly the settings that each stage reads: what reruns its jobs when it is changed.

A function a stage, of the plan, the survey and what else its jobs are about.
"""

from typing import TYPE_CHECKING, Any

from skyloom.archives.rows import row_settings
from skyloom.redshift_plan import encoder_of_model, redshift_of
from skyloom.rounds_plan import relabel_of
from skyloom.settings.redshift import ToldSettings

if TYPE_CHECKING:
    from skyloom.plan import Plan

Said = dict[str, Any]


def simulate(plan: "Plan", survey: str, shard: str) -> Said:
    """Return the settings of the stage `simulate`."""
    section = plan.config[survey]
    row = row_settings(section.shards, plan.sheets[survey][shard])
    said = None if section.simulate is None else section.simulate.model_dump(mode="json")
    return {**row, "simulate": said, "seed": plan.config.seed}


def acquire(plan: "Plan", survey: str, shard: str) -> Said:
    """Return the settings of the stage `acquire`."""
    sheet = plan.config[survey].shards
    row = row_settings(sheet, plan.sheets[survey][shard])
    ledger = sheet.with_suffix(".sha256").as_posix()
    root = None if plan.is_simulated(survey) else plan.config.archive_root
    return {**row, "ledger": ledger, "archive_root": root}


def prepare(plan: "Plan", survey: str, shard: str) -> Said:
    """Return the settings of the stage `prepare`."""
    section = plan.config[survey]
    return {
        "prepare": section.prepare.model_dump(mode="json"),
        "reader": section.reader.model_dump(mode="json"),
        "columns": dict(plan.sheets[survey][shard].columns),
    }


def pretrain(plan: "Plan", survey: str, encoder: str) -> Said:
    """Return the settings of the stage `pretrain`."""
    chosen = plan.config[survey].all_encoders()[encoder]
    said = chosen.model_dump(mode="json", include={"network", "pretrain"})
    domains = plan.domains(survey, encoder)
    return {"encoder": said, "domains": domains, "seed": plan.config.seed}


def embed(plan: "Plan", survey: str, encoder: str, shard: str) -> Said:
    """Return the settings of the stage `embed`."""
    return plan.config[survey].all_encoders()[encoder].embed.model_dump(mode="json")


def cluster(plan: "Plan", survey: str, encoder: str) -> Said:
    """Return the settings of the stage `cluster`."""
    cluster = plan.config[survey].cluster.model_dump(mode="json")
    return {"cluster": cluster, "seed": plan.config.seed}


def enrich(plan: "Plan", survey: str, encoder: str) -> Said:
    """Return the settings of the stage `enrich`."""
    enrich = plan.config[survey].enrich.model_dump(mode="json")
    return {"enrich": enrich, "seed": plan.config.seed}


def search(plan: "Plan", survey: str, encoder: str) -> Said:
    """Return the settings of the stage `search`."""
    search = plan.config[survey].search.model_dump(mode="json")
    return {"search": search, "seed": plan.config.seed}


def retrieve(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `retrieve`."""
    section = plan.config[survey]
    return {
        "survey": survey,
        "retrieval": section.retrieval.model_dump(mode="json"),
        "by": section.probe.splits[0],
        "encoders": plan.encoders(survey),
        "mirroring": plan.mirroring_encoders(survey),
        "seed": plan.config.seed,
    }


def layout(plan: "Plan", survey: str, encoder: str) -> Said:
    """Return the settings of the stage `layout`."""
    return {"map": plan.config[survey].map.model_dump(mode="json"), "seed": plan.config.seed}


def atlas(plan: "Plan", survey: str, encoder: str) -> Said:
    """Return the settings of the stage `atlas`."""
    return {"survey": survey}


def probe(plan: "Plan", survey: str, encoder: str) -> Said:
    """Return the settings of the stage `probe`."""
    section = plan.config[survey]
    return {
        "probe": section.probe.model_dump(mode="json"),
        "pca": section.all_encoders()[encoder].pca,
        "seed": plan.config.seed,
    }


def compare(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `compare`."""
    return {
        "encoders": plan.encoders(survey),
        "probe": plan.config[survey].probe.model_dump(mode="json"),
        "seed": plan.config.seed,
    }


def report(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `report`."""
    probe, redshift = plan.config[survey].probe, plan.config[survey].redshift
    return {
        "survey": survey,
        "encoders": plan.encoders(survey),
        "trained": plan.trained_encoders(survey),
        "simulated": plan.is_simulated(survey),
        "by": probe.splits[0],
        "model": probe.kinds[0],
        "confident": probe.confident,
        "baseline": None if redshift is None else redshift.baseline,
        "alike": plan.config[survey].retrieval.model_dump(mode="json")["alike"],
    }


def model_card(plan: "Plan", survey: str, encoder: str) -> Said:
    """Return the settings of the stage `model_card`."""
    return {"survey": survey, "simulated": plan.is_simulated(survey)}


def data_card(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `data_card`."""
    return {"survey": survey, "simulated": plan.is_simulated(survey)}


def provenance(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `provenance`."""
    return {"survey": survey, "simulated": plan.is_simulated(survey)}


def labels(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `labels`."""
    keys = {"splits", "folds", "fold_column", "wrong", "names"}
    return {"relabel": _relabel(plan, survey, include=keys), "seed": plan.config.seed}


def crossfit(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `crossfit`."""
    keys = {"splits", "applied", "folds", "classifier"}
    return {"relabel": _relabel(plan, survey, include=keys), "seed": plan.config.seed}


def queue(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `queue`."""
    relabel = _relabel(plan, survey, exclude={"classifier", "emergence", "names"})
    return {"survey": survey, "relabel": relabel, "seed": plan.config.seed}


def emergence(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `emergence`."""
    cadence = getattr(plan.config[survey].reader, "cadence_seconds", None)
    return {**_relabel(plan, survey, include={"emergence", "applied"}), "cadence_seconds": cadence}


def redshift_network(plan: "Plan", survey: str, model: str, draw: str) -> Said:
    """Return the settings of the stage `redshift_network`."""
    fresh = None
    if encoder_of_model(plan, survey, model) is None:
        main = next(iter(plan.config[survey].encoders.values())).network
        fresh = main.model_copy(update={"init": "none", "init_sha256": None})
    return {
        **_redshift_model(plan, survey, model),
        "network": None if fresh is None else fresh.model_dump(mode="json"),
        "seed": plan.config.seed,
    }


def redshift_estimator(plan: "Plan", survey: str, model: str, draw: str) -> Said:
    """Return the settings of the stage `redshift_estimator`."""
    encoder = encoder_of_model(plan, survey, model)
    embed = None if encoder is None else plan.config[survey].all_encoders()[encoder].embed
    return {
        **_redshift_model(plan, survey, model),
        "embed": None if embed is None else embed.model_dump(mode="json"),
        "seed": plan.config.seed,
    }


def redshift_scores(plan: "Plan", survey: str) -> Said:
    """Return the settings of the stage `redshift_scores`."""
    settings = redshift_of(plan, survey)
    read = {"scored", "baseline", "magnitude", "reddening", "bootstrap"}
    return {
        **settings.model_dump(mode="json", include=read),
        "seed": plan.config.seed,
    }


def _redshift_model(plan: "Plan", survey: str, model: str) -> Said:
    settings = redshift_of(plan, survey)
    told = settings.model_dump(mode="json", include=set(ToldSettings.model_fields))
    return {"told": told, "model": settings.models[model].model_dump(mode="json")}


def _relabel(plan: "Plan", survey: str, **which: set[str]) -> Said:
    settings = relabel_of(plan, survey)
    return settings.model_dump(mode="json", **which)  # type: ignore[arg-type]
