"""Write one table that map viewers such as embedding-atlas open."""

import numpy as np
import pandas as pd

from skyloom.analyze.cluster_numbers import NOISE
from skyloom.analyze.features import read_features, unit
from skyloom.analyze.neighbours import exact_neighbours
from skyloom.images import ImageStore, images_beside
from skyloom.report.sheets import Thumbnail
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module, survey_part
from skyloom.tables import read_table, write_table
from skyloom.thumbnails import jpeg_of

NEIGHBOURS = 15
SIDE = 64
"""Height of a thumbnail, in pixels."""
QUALITY = 80


def atlas(job: Job) -> None:
    """Join coordinates, clusters, labels, covariates, neighbours and thumbnails."""
    features = read_features(job.paths("features"), job.paths("index"))
    store = ImageStore.beside(job.paths("index"))
    table = features.index.drop(columns=["row", "rejected"])
    places = read_table(job.path("map")).set_index("image_id").loc[table["image_id"]]
    table["projection_x"], table["projection_y"] = places["umap_x"].array, places["umap_y"].array
    for name in ("kmeans", "hdbscan"):
        found = read_table(job.path(name)).set_index("image_id")["cluster"]
        table[name] = found.loc[table["image_id"]].map(_named).array
    table["neighbors"] = _neighbours(unit(features.vectors))
    thumbnail = survey_part(job.settings["survey"], "display").thumbnail
    rows = pd.Index(store.index["image_id"]).get_indexer(pd.Index(table["image_id"]))
    table["image"] = [_jpeg(store, row, thumbnail) for row in rows]
    write_table(job.path("atlas"), table)
    job.beside = images_beside(job.paths("index"))


def _named(cluster: int) -> str:
    return "noise" if cluster == NOISE else f"cluster {cluster}"


def _neighbours(vectors: np.ndarray) -> list[dict[str, list[float]] | None]:
    """Return ids (row numbers) and distances of the neighbours, nearest first."""
    count = min(NEIGHBOURS, len(vectors) - 1)
    if count < 1:
        return [None] * len(vectors)
    distances, positions = exact_neighbours(vectors, count)
    return [
        {"ids": near.tolist(), "distances": far.tolist()}
        for near, far in zip(positions, distances, strict=True)
    ]


def _jpeg(store: ImageStore, row: int, thumbnail: Thumbnail) -> dict[str, bytes]:
    picture = thumbnail(store.batch(np.array([row]))[0])
    return {"bytes": jpeg_of(picture, SIDE, QUALITY)[0]}


if __name__ == "__main__":
    run_stage(
        "atlas",
        atlas,
        inputs=["features", "index", "map", "kmeans", "hdbscan"],
        outputs=["atlas"],
        modules=lambda job: [part_module(job.settings["survey"], "display")],
    )
