"""The plan of the study, and the small functions by which rules ask it."""

import json
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from skyloom.errors import SkyloomError
from skyloom.plan import Plan, explain, prefer_this_python
from skyloom.provenance.runs import RunLog

prefer_this_python()

try:
    plan = Plan(config)
    plan.check()
except SkyloomError as error:
    raise WorkflowError(explain(error, workflow.configfiles))

if workflow.is_main_process and not workflow.output_settings.dryrun:
    # A handler rather than a logger plugin: it is there whatever the profile and the call.
    logger.addHandler(
        RunLog(Path(plan.results), config, [str(file) for file in workflow.configfiles])
    )


container: "envs/skyloom.sif"  # with --sdm apptainer


wildcard_constraints:
    survey="|".join(plan.surveys),
    encoder="|".join(plan.all_encoders()),
    shard="[A-Za-z0-9][A-Za-z0-9_-]*",
    suffix=r"\.[A-Za-z0-9.]+",
    round="[1-9][0-9]*",
    member="[0-9]+-[0-9]+",
    draw="[0-9.]+-[0-9]+",


pathvars:
    results=plan.results,
    logs="logs",
    benchmarks="logs/benchmarks",


def settings_of(stage):
    """Return the function that gives a job's settings as JSON."""

    def settings(wildcards):
        which = {
            key: value
            for key, value in wildcards.items()
            if key in ("shard", "encoder", "model", "draw")
        }
        said = plan.settings(stage, wildcards.survey, **which)
        return json.dumps(said, sort_keys=True)

    return settings


def code_of(stage, *parts):
    """Return the function that gives the digest of the code that a job imports."""
    return lambda wildcards: plan.code(stage, [wildcards.survey], *parts)


def code_of_training(wildcards):
    """Return the digest of the code that pretraining imports, with the views that it uses."""
    surveys = plan.views_of(wildcards.survey, wildcards.encoder)
    return plan.code("pretrain", surveys, "views")


def other_domains(wildcards):
    """Return the index files of the other images that an encoder is trained on."""
    return plan.domain_indices(wildcards.survey, wildcards.encoder)


def parent_encoder(wildcards):
    """Return the encoder from which one starts; nothing where there is none."""
    parent = plan.parent_encoder(wildcards.survey, wildcards.encoder)
    return "<results>/{}/{}/encoder.safetensors".format(*parent) if parent else []


def of_survey(pattern, **names):
    """Return the function that gives a pattern of a survey for all its shards or encoders.

    Each keyword names a wildcard and the function of the plan that lists its values.
    """
    return lambda wildcards: collect(
        f"<results>/{wildcards.survey}/{pattern}",
        allow_missing=True,
        **{key: listed(wildcards.survey) for key, listed in names.items()},
    )


def of_all(pattern, **names):
    """Return a pattern for all shards or encoders of every survey."""
    return [
        path
        for survey in plan.surveys
        for path in collect(
            f"<results>/{survey}/{pattern}",
            **{key: listed(survey) for key, listed in names.items()},
        )
    ]


def raw_file(wildcards):
    """Return the raw file of a shard."""
    name = plan.raw_name(wildcards.survey, wildcards.shard)
    return f"<results>/{wildcards.survey}/raw/{name}"


def simulated_file(wildcards):
    """Return the simulated archive's file of a shard; nothing for a real archive."""
    if not plan.is_simulated(wildcards.survey):
        return []
    return f"<results>/{wildcards.survey}/archive/{wildcards.shard}.zip"


def one_of(names):
    """Return the constraint of a wildcard that is one of some names; without any, nothing fits."""
    return "|".join(names) or "(?!)"


def if_trained(yes, no):
    """Return the function that gives one value for a study's encoder, another for a baseline."""
    return lambda wildcards: (
        yes if wildcards.encoder in plan.trained_encoders(wildcards.survey) else no
    )


def checkpoint_folder(wildcards):
    """Return the folder of an unfinished training's state; as an output it would be deleted."""
    return plan.checkpoint_folder(wildcards.survey, wildcards.encoder).as_posix()


def announce_reports():
    """Say where the reports are."""
    for survey in plan.surveys:
        page = Path(plan.results, survey, "report.html")
        if page.exists():
            print(f"report of {survey}: {page}")


onsuccess:
    plan.forget_finished_trainings()
    announce_reports()
