"""Which files jobs of redshifts read."""

from skyloom.redshift_plan import (
    draw_names,
    encoder_of_model,
    redshift_of,
    surveys_with_redshifts,
)


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


def tables_of_redshift(wildcards):
    """Return what the report shows of redshifts; nothing of a survey without them."""
    if wildcards.survey not in surveys_with_redshifts(plan):
        return []
    return collect(
        f"<results>/{wildcards.survey}/redshift/{{table}}.parquet",
        table=["curves", "factors", "dust", "estimates"],
    )
