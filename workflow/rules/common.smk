"""The plan of the study, and the small functions by which rules ask it."""

import json
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from skyloom.errors import SkyloomError
from skyloom.names_plan import names_as_labels, named_memberships, sealed_names_of
from skyloom.plan import Plan, explain, prefer_this_python
from skyloom.provenance.runs import RunLog
from skyloom.redshift_plan import (
    draw_names,
    encoder_of_model,
    names_of_models,
    redshift_of,
    surveys_with_redshifts,
)
from skyloom.resources import launch, memory_mb, runtime_min, shard_runtime_min
from skyloom.settings.encoder import LaunchSettings
from skyloom.slurm import job_id

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


def memory(base, factor=0.0):
    """Return the function that gives a job's memory in MB."""
    # Asking for the size of the inputs takes half a minute in a study of thousands of shards.
    return lambda wildcards, input, attempt: memory_mb(
        base, factor and input.size_mb, factor, attempt
    )


def minutes(count):
    """Return the function that gives a job's run time in minutes."""
    return lambda wildcards, attempt: runtime_min(count, attempt)


def shard_minutes(base, mb_per_minute):
    """Return the function that gives the run time of the work on one shard in minutes."""
    return lambda wildcards, input, attempt: shard_runtime_min(
        base, input.size_mb, mb_per_minute, attempt
    )


def training_memory(base, factor):
    """Return the function that gives a training's memory, which grows only where it was killed."""
    return lambda wildcards, input: memory_mb(
        base,
        input.size_mb,
        factor,
        attempt=1 + plan.killed_trainings(wildcards.survey, wildcards.encoder),
    )


def on_slurm():
    """Return whether SLURM runs the jobs of this call, or runs this call as a job."""
    executor = workflow.executor_plugin
    submits = executor is not None and executor.name == "slurm"
    return submits or (workflow.remote_exec and job_id() is not None)


def launched(resource):
    """Return the function that gives one of the resources with which a training is started."""

    def value(wildcards, threads):
        settings = plan.launch(wildcards.survey, wildcards.encoder)
        return launch(settings, on_slurm(), threads).get(resource)

    return value


def launched_network(resource):
    """Return the function that gives one of the resources of a network of redshifts: one GPU."""
    return lambda wildcards, threads: launch(LaunchSettings(), on_slurm(), threads).get(
        resource
    )


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


def records_of(wildcards):
    """Return every record that stands behind a survey's report."""
    survey, base = wildcards.survey, f"<results>/{wildcards.survey}/provenance"
    shards, trained = plan.shards(survey), plan.trained_encoders(survey)
    encoders = plan.encoders(survey)
    return [
        *(f"{base}/acquire/{plan.raw_name(survey, shard)}.json" for shard in shards),
        *(f"{base}/prepare/{shard}.json" for shard in shards),
        *(f"{base}/pretrain/{encoder}.json" for encoder in encoders),
        *(
            f"{base}/embed/{encoder}/{shard}.json"
            for encoder in encoders
            for shard in shards
        ),
        *(f"{base}/cluster/{encoder}.json" for encoder in trained),
        *(f"{base}/enrich/{encoder}.json" for encoder in trained),
        *(f"{base}/search/{encoder}.json" for encoder in trained),
        f"{base}/retrieve.json",
        *(f"{base}/layout/{encoder}.json" for encoder in trained),
        *(f"{base}/probe/{encoder}.json" for encoder in encoders),
        f"{base}/compare.json",
        *plan.round_records(survey),
        *redshift_records(survey),
    ]


def closed_before(wildcards):
    """Return the closed rounds before a round, the first one first."""
    return plan.closed_rounds(wildcards.survey)[: int(wildcards.round) - 1]


def wanted_before(wildcards):
    """Return what was asked for while the round before was open; nothing before the first."""
    return plan.wanted(wildcards.survey, int(wildcards.round) - 1)


def of_main_encoder(wildcards):
    """Return the features by which labels are ranked: those of the main encoder."""
    encoder = plan.trained_encoders(wildcards.survey)[0]
    return collect(
        f"<results>/{wildcards.survey}/{encoder}/features/{{shard}}.parquet",
        shard=plan.shards(wildcards.survey),
    )


def classifier_features(wildcards):
    """Return the features that the models of a round learn from; none for networks."""
    kind = plan.relabel(wildcards.survey).classifier.kind
    return of_main_encoder(wildcards) if kind == "features" else []


def members(kind):
    """Return the function that gives the files of all models of a round."""
    return lambda wildcards: collect(
        f"<results>/{wildcards.survey}/rounds/{wildcards.round}/members/{{member}}.{kind}",
        member=plan.members(wildcards.survey),
    )


def of_open_round(name):
    """Return the function that gives a file of the open round; nothing where there are none."""
    return lambda wildcards: (
        [f"{plan.round_folder(wildcards.survey)}/{name}"]
        if wildcards.survey in plan.reviewed_surveys
        else []
    )


def open_rounds():
    """Return what is made of the open round of every survey whose labels are reviewed."""
    return [
        path for survey in plan.reviewed_surveys for path in plan.round_files(survey)
    ]


def one_of(names):
    """Return the constraint of a wildcard that is one of some names; without any, nothing fits."""
    return "|".join(names) or "(?!)"


def encoder_of_redshift(wildcards):
    """Return the encoder that a model of redshifts reads; nothing where it reads none."""
    name = encoder_of_model(plan, wildcards.survey, wildcards.model)
    return f"<results>/{wildcards.survey}/{name}/encoder.safetensors" if name else []


def features_of_redshift(wildcards):
    """Return the features that a model of redshifts reads; nothing where it reads none."""
    name = encoder_of_model(plan, wildcards.survey, wildcards.model)
    return (
        collect(
            f"<results>/{wildcards.survey}/{name}/features/{{shard}}.parquet",
            shard=plan.shards(wildcards.survey),
        )
        if name
        else []
    )


def of_redshifts(name):
    """Return the function that gives a file of every model and draw of a survey."""
    return lambda wildcards: redshift_files(wildcards.survey, name)


def redshift_files(survey, name):
    """Return a file of every model and draw of a survey."""
    return collect(
        f"<results>/{survey}/redshift/{{model}}/{{draw}}/{name}",
        model=list(redshift_of(plan, survey).models),
        draw=draw_names(redshift_of(plan, survey)),
    )


def tables_of_redshift(wildcards):
    """Return what the report shows of redshifts; nothing of a survey without them."""
    if wildcards.survey not in surveys_with_redshifts(plan):
        return []
    return collect(
        f"<results>/{wildcards.survey}/redshift/{{table}}.parquet",
        table=["curves", "factors", "dust", "estimates"],
    )


def redshift_records(survey):
    """Return the records behind a survey's redshifts; nothing of a survey without them."""
    if survey not in surveys_with_redshifts(plan):
        return []
    base = f"<results>/{survey}/provenance/redshift"
    settings = redshift_of(plan, survey)
    each = collect(
        f"{base}/{{model}}/{{draw}}.json",
        model=list(settings.models),
        draw=draw_names(settings),
    )
    return [*each, f"{base}/scores.json"]


def if_trained(yes, no):
    """Return the function that gives one value for a study's encoder, another for a baseline."""
    return lambda wildcards: (
        yes if wildcards.encoder in plan.trained_encoders(wildcards.survey) else no
    )


def checkpoint_folder(wildcards):
    """Return the folder of an unfinished training's state; as an output it would be deleted."""
    return plan.checkpoint_folder(wildcards.survey, wildcards.encoder).as_posix()


def records_of_images(wildcards):
    """Return the records of fetching and preparing the images of a survey."""
    survey, base = wildcards.survey, f"<results>/{wildcards.survey}/provenance"
    return [
        f"{base}/{record}"
        for shard in plan.shards(survey)
        for record in (
            f"acquire/{plan.raw_name(survey, shard)}.json",
            f"prepare/{shard}.json",
        )
    ]


def records_of_encoder(wildcards):
    """Return the records of an encoder and of the images of its survey."""
    made = f"<results>/{wildcards.survey}/provenance/pretrain/{wildcards.encoder}.json"
    return [made, *records_of_images(wildcards)]


def records_of_page(wildcards):
    """Return the records of everything that a survey's report comes from, and its own."""
    survey, base = wildcards.survey, f"<results>/{wildcards.survey}/provenance"
    shards = plan.shards(survey) if plan.is_simulated(survey) else []
    simulated = [f"{base}/simulate/{shard}.json" for shard in shards]
    return [*simulated, *records_of(wildcards), f"{base}/report.json"]


def cards_of(wildcards):
    """Return the cards of a survey's images and encoders."""
    base = f"<results>/{wildcards.survey}"
    encoders = plan.encoders(wildcards.survey)
    models = [f"{base}/{encoder}/model_card.md" for encoder in encoders]
    return [f"{base}/images/data_card.md", *models]


def announce_reports():
    """Say where the reports are."""
    for survey in plan.surveys:
        page = Path(plan.results, survey, "report.html")
        if page.exists():
            print(f"report of {survey}: {page}")


onsuccess:
    plan.forget_finished_trainings()
    announce_reports()
