"""Which files of relabel rounds jobs read."""

from skyloom.rounds_plan import (
    closed_files,
    members,
    open_files,
    open_folder,
    relabel_of,
    surveys_with_rounds,
    wanted_files,
)


def closed_before(wildcards):
    """Return the closed rounds before a round, the first one first."""
    return closed_files(plan, wildcards.survey)[: int(wildcards.round) - 1]


def wanted_before(wildcards):
    """Return what was asked for while the round before was open; nothing before the first."""
    return wanted_files(plan, wildcards.survey, int(wildcards.round) - 1)


def of_main_encoder(wildcards):
    """Return the features by which labels are ranked: those of the main encoder."""
    encoder = plan.trained_encoders(wildcards.survey)[0]
    return collect(
        f"<results>/{wildcards.survey}/{encoder}/features/{{shard}}.parquet",
        shard=plan.shards(wildcards.survey),
    )


def classifier_features(wildcards):
    """Return the features that the models of a round learn from; none for networks."""
    kind = relabel_of(plan, wildcards.survey).classifier.kind
    return of_main_encoder(wildcards) if kind == "features" else []


def of_members(kind):
    """Return the function that gives the files of all models of a round."""
    return lambda wildcards: collect(
        f"<results>/{wildcards.survey}/rounds/{wildcards.round}/members/{{member}}.{kind}",
        member=members(plan, wildcards.survey),
    )


def of_open_round(name):
    """Return the function that gives a file of the open round; nothing where there are none."""
    return lambda wildcards: (
        [f"{open_folder(plan, wildcards.survey)}/{name}"]
        if wildcards.survey in surveys_with_rounds(plan)
        else []
    )


def open_rounds():
    """Return what is made of the open round of every survey whose labels are reviewed."""
    return [
        path
        for survey in surveys_with_rounds(plan)
        for path in open_files(plan, survey)
    ]
