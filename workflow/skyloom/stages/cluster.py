"""Cluster the features of all images."""

import pandas as pd

from skyloom.analyze.cluster import Clustering, hdbscan_clusters, kmeans_range
from skyloom.analyze.features import read_features, unit
from skyloom.settings.cluster import ClusterSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import write_table


def cluster(job: Job) -> None:
    """Cluster unit features by k-means and by HDBSCAN."""
    features = read_features(job.paths("features"), job.paths("index"))
    settings = ClusterSettings.model_validate(job.settings["cluster"])
    vectors = unit(features.vectors)
    kmeans, selection = kmeans_range(vectors, settings, job.settings["seed"])
    density = hdbscan_clusters(vectors, settings)
    print(f"k-means: {kmeans.count} clusters; HDBSCAN: {density.count} clusters")
    ids = features.index["image_id"]
    write_table(job.path("kmeans"), _table(ids, kmeans))
    write_table(job.path("hdbscan"), _table(ids, density))
    write_table(job.path("selection"), selection)
    job.facts |= {
        "seed": job.settings["seed"],
        "kmeans_clusters": kmeans.count,
        "hdbscan_clusters": density.count,
        "hdbscan_noise": int((density.labels < 0).sum()),
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
        outputs=["kmeans", "hdbscan", "selection"],
    )
