"""Which provenance records stand behind pages and cards."""

from skyloom.rounds_plan import open_records


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
        *open_records(plan, survey),
        *redshift_records(survey),
    ]


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
