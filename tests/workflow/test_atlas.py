"""The table for map viewers."""

import io

import numpy as np
import pandas as pd
from PIL import Image

from skyloom.analyze.features import unit
from skyloom.analyze.neighbours import exact_neighbours
from skyloom.tables import read_embedding

FOLDER = "results/tiny/mars"


def test_coordinates_clusters_neighbours_and_thumbnails_are_those_of_the_study(finished, tmp_path):
    repository = finished.copy(tmp_path / "copy")
    done = repository.snakemake("clusters")
    assert done.returncode == 0, done.stderr[-3000:]
    base = repository.folder / FOLDER
    table = pd.read_parquet(base / "simclr/atlas.parquet")
    places = pd.read_parquet(base / "simclr/map.parquet").set_index("image_id")
    assert (table["projection_x"].to_numpy() == places.loc[table["image_id"], "umap_x"]).all()
    found = pd.read_parquet(base / "simclr/clusters/kmeans.parquet").set_index("image_id")
    expected = "cluster " + found.loc[table["image_id"], "cluster"].astype(str)
    assert (table["kmeans"].to_numpy() == expected.to_numpy()).all()
    vectors = np.concatenate(
        [read_embedding(base / f"simclr/features/{shard}.parquet") for shard in "ab"]
    )
    distances, positions = exact_neighbours(unit(vectors), 15)
    near = table["neighbors"].iloc[7]
    assert list(near["ids"]) == list(positions[7])
    assert np.allclose(near["distances"], distances[7])
    picture = Image.open(io.BytesIO(table["image"].iloc[7]["bytes"]))
    assert picture.height == 64
    assert {"label", "group", "camera", "sol", "split"} <= set(table.columns)
