"""Ask which covariates go with which clusters."""

import pandas as pd

from skyloom.analyze.covariates import covariates_of, looks
from skyloom.analyze.enrichment import enrichment
from skyloom.images import INDEX_COLUMNS
from skyloom.settings.enrich import EnrichSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_table, write_table


def enrich(job: Job) -> None:
    """Test each cluster in each covariate, by permutations that respect groups."""
    settings = EnrichSettings.model_validate(job.settings["enrich"])
    seed = job.settings["seed"]
    index = pd.concat(
        [read_table(path, INDEX_COLUMNS) for path in job.paths("index")], ignore_index=True
    )
    index = index[index["rejected"].isna()].reset_index(drop=True)
    columns = looks(covariates_of(index, settings))
    groups = index["group"].to_numpy(dtype=str)
    tables = []
    for name, algorithm in (("kmeans", "k-means"), ("hdbscan", "HDBSCAN")):
        found = read_table(job.path(name), ["image_id", "cluster"])
        found = found.set_index("image_id")["cluster"]
        clusters = found.loc[index["image_id"]].to_numpy(dtype="int64")
        table = enrichment(algorithm, clusters, groups, columns, settings.permutations, seed)
        print(f"{algorithm}: {(table['q_value'] <= 0.05).sum()} of {len(table)} looks stand out")
        tables.append(table)
    write_table(job.path("enrichment"), pd.concat(tables, ignore_index=True))
    job.facts |= {"seed": seed, "looks": len(columns)}


if __name__ == "__main__":
    run_stage(
        "enrich",
        enrich,
        inputs=["index", "kmeans", "hdbscan", "covariates"],
        outputs=["enrichment"],
    )
