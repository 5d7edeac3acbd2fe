"""Cluster the features of all images."""

import pandas as pd

from skyloom.analyze.cluster import NOISE, Clustering, hdbscan_clusters, kmeans_range
from skyloom.analyze.cluster_summary import members, summarise
from skyloom.analyze.features import read_features, unit
from skyloom.analyze.reclustering import hdbscan_again, kmeans_again
from skyloom.analyze.stability import stability
from skyloom.settings.cluster import ClusterSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import write_table


def cluster(job: Job) -> None:
    """Cluster unit features by k-means and by HDBSCAN."""
    features = read_features(job.paths("features"), job.paths("index"))
    settings = ClusterSettings.model_validate(job.settings["cluster"])
    vectors = unit(features.vectors)
    seed = job.settings["seed"]
    kmeans, selection = kmeans_range(vectors, settings, seed)
    density = hdbscan_clusters(vectors, settings)
    summaries, clusters = [], []
    for name, found, again in (
        ("k-means", kmeans, kmeans_again(kmeans.count, seed)),
        ("HDBSCAN", density, hdbscan_again(settings)),
    ):
        stable = stability(vectors, found.labels, again, settings.stability_samples, seed)
        summaries.append(summarise(name, found, stable, features.index))
        clusters.append(members(name, found, stable, features.index))
    print(f"k-means: {kmeans.count} clusters; HDBSCAN: {density.count} clusters")
    ids = features.index["image_id"]
    write_table(job.path("kmeans"), _table(ids, kmeans))
    write_table(job.path("hdbscan"), _table(ids, density))
    write_table(job.path("selection"), selection)
    write_table(job.path("summary"), pd.concat(summaries, ignore_index=True))
    write_table(job.path("members"), pd.concat(clusters, ignore_index=True))
    job.facts |= {
        "seed": seed,
        "kmeans_clusters": kmeans.count,
        "hdbscan_clusters": density.count,
        "hdbscan_noise": int((density.labels == NOISE).sum()),
    }


def _table(ids: "pd.Series[str]", clustering: Clustering) -> pd.DataFrame:
    return pd.DataFrame(
        {"image_id": ids, "cluster": clustering.labels, "strength": clustering.strength}
    )


if __name__ == "__main__":
    run_stage(
        "cluster",
        cluster,
        inputs=["features", "index"],
        outputs=["kmeans", "hdbscan", "selection", "summary", "members"],
    )
