"""Lay the images out in two dimensions."""

import pandas as pd

from skyloom.analyze.features import read_features, unit
from skyloom.analyze.layout import pca_map, umap_map
from skyloom.settings.layout import MapSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import write_table


def layout(job: Job) -> None:
    """Write PCA and seeded UMAP coordinates of unit features."""
    features = read_features(job.paths("features"), job.paths("index"))
    vectors = unit(features.vectors)
    settings = MapSettings.model_validate(job.settings["map"])
    pca, umap = pca_map(vectors), umap_map(vectors, settings, job.settings["seed"])
    columns = {
        "image_id": features.index["image_id"],
        "umap_x": umap[:, 0],
        "umap_y": umap[:, 1],
        "pca_x": pca[:, 0],
        "pca_y": pca[:, 1],
    }
    write_table(job.path("map"), pd.DataFrame(columns))
    job.facts["seed"] = job.settings["seed"]


if __name__ == "__main__":
    run_stage("layout", layout, inputs=["features", "index"], outputs=["map"])
