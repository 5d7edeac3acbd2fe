"""Cluster the features of all images."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from skyloom.analyze.cluster import Clustering, hdbscan_clusters, kmeans_range
from skyloom.analyze.cluster_summary import members, summarise
from skyloom.analyze.features import read_features, unit
from skyloom.analyze.stability import SHARE, Cluster, Vectors, stability
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
    # A cluster of the smallest size that counts has fewer images in a sample.
    smallest = max(2, round(SHARE * settings.min_cluster_size))
    of_samples = settings.model_copy(update={"min_cluster_size": smallest})
    again: dict[str, tuple[Clustering, Cluster]] = {
        "k-means": (kmeans, lambda sample: _kmeans_again(sample, kmeans.count, seed)),
        "HDBSCAN": (density, lambda sample: hdbscan_clusters(sample, of_samples).labels),
    }
    summaries, clusters = [], []
    for name, (clustering, cluster_sample) in again.items():
        stable = stability(
            vectors, clustering.labels, cluster_sample, settings.stability_samples, seed
        )
        summaries.append(summarise(name, clustering, stable, features.index))
        clusters.append(members(name, clustering, stable, features.index))
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
        "hdbscan_noise": int((density.labels < 0).sum()),
    }


def _kmeans_again(vectors: Vectors, count: int, seed: int) -> NDArray[np.int64]:
    labels = KMeans(count, n_init=1, random_state=seed).fit(vectors).labels_
    return np.asarray(labels, dtype=np.int64)


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
