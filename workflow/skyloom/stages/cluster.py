"""Cluster the features of all images."""

from dataclasses import replace

import pandas as pd

from skyloom.analyze.cluster import (
    Clustering,
    hdbscan_clusters,
    kmeans_clusters,
    kmeans_range,
)
from skyloom.analyze.cluster_numbers import NOISE
from skyloom.analyze.cluster_summary import choice_rows, members, summarise
from skyloom.analyze.condensed_tree import last_nodes, tree_table
from skyloom.analyze.features import read_features, unit
from skyloom.analyze.identity import carry_over, read_kept
from skyloom.analyze.reclustering import hdbscan_again, kmeans_again
from skyloom.analyze.selection import choices, selection_table
from skyloom.analyze.stability import stability
from skyloom.settings.cluster import ClusterSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import write_table


def cluster(job: Job) -> None:
    """Cluster unit features by k-means and by HDBSCAN."""
    features = read_features(job.paths("features"), job.paths("index"))
    settings = ClusterSettings.model_validate(job.settings["cluster"])
    vectors, ids = unit(features.vectors), features.index["image_id"]
    seed = job.settings["seed"]
    fitted = kmeans_range(vectors, settings, seed)
    selection = selection_table(vectors, fitted, settings, seed)
    chosen = choices(selection)
    kmeans = kmeans_clusters(vectors, fitted[chosen["silhouette"]] if fitted else None)
    density = hdbscan_clusters(vectors, settings)
    kept = read_kept(job.paths("kept"))
    summaries, clusters, found = [choice_rows("k-means", chosen)], [], {}
    for name, raw, again in (
        ("k-means", kmeans, kmeans_again(kmeans.count, seed)),
        ("HDBSCAN", density, hdbscan_again(settings)),
    ):
        numbered = carry_over(raw.labels, ids, kept[kept["algorithm"] == name])
        clustering = found[name] = replace(raw, labels=numbered.labels)
        stable = stability(vectors, clustering.labels, again, settings.stability_samples, seed)
        summaries.append(summarise(name, clustering, stable, numbered, features.index))
        clusters.append(members(name, clustering, stable, numbered, features.index))
    print(f"k-means: {kmeans.count} clusters; HDBSCAN: {density.count} clusters")
    write_table(job.path("kmeans"), _table(ids, found["k-means"]))
    nodes = last_nodes(density.tree, len(ids))
    write_table(job.path("hdbscan"), _table(ids, found["HDBSCAN"]).assign(node=nodes))
    write_table(job.path("tree"), tree_table(density.tree, found["HDBSCAN"].labels))
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
        inputs=["features", "index", "kept"],
        outputs=["kmeans", "hdbscan", "tree", "selection", "summary", "members"],
    )
