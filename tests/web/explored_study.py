"""A small study with everything that the explorer shows of it, and its server."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from served_study import ServedStudy

from skyloom.relabel.queue import QUEUE_COLUMNS, Queue, QueueFacts, write_queue
from skyloom.shard_writer import ShardWriter
from skyloom.tables import embedding_column, read_metadata, write_table
from skyloom.thumbnails import write_thumbnails

CONFIG = """
results: results
reviews: reviews
surveys: [mars]
mars:
  shards: sheet.tsv
  encoders: {simclr: {}, second: {}}
  baselines: []
  relabel: {folds: 3}
"""
CLASSES = ("crater", "dune", "rock")
COUNT, SIDE, WIDTH = 60, 24, 8
ENCODERS = ("simclr", "second")
SHAS = {"simclr": "a" * 64, "second": "b" * 64}


def item(place: int) -> str:
    return f"sol {place:03d}/ML"


class ExploredStudy(ServedStudy):
    """A folder with the results of one survey, and the server of its explorer.

    Every third image is of one class, and of one cluster: features and map are blobs.
    """

    def __init__(self, folder: Path, count: int = COUNT, labelled: bool = True) -> None:
        super().__init__(folder)
        self.count = count
        self.home = folder / "results" / "mars"
        (folder / "study.yaml").write_text(CONFIG)
        (folder / "sheet.tsv").write_text("shard\turl\tbytes\tsha256\na\ta.zip\t\t\n")
        self.classes = np.arange(count) % len(CLASSES)
        self._write_images(labelled)

    @property
    def names(self) -> list[str]:
        return [item(place) for place in range(self.count)]

    def _write_images(self, labelled: bool) -> None:
        rng = np.random.default_rng(0)
        images = self.home / "images"
        images.mkdir(parents=True)
        rows, pictures = [], []
        with ShardWriter(images / "a.npy", images / "a.parquet") as writer:
            for place, kind in enumerate(self.classes):
                picture = rng.integers(0, 60, (3, SIDE, SIDE), dtype=np.uint8)
                picture[kind] += 150
                writer.append(picture)
                pictures.append(picture.transpose(1, 2, 0))
                time_of = pd.Timestamp("2012-08-08", tz="UTC") + pd.Timedelta(hours=place)
                rows.append(
                    {
                        **{"image_id": item(place), "shard": "a", "time": time_of},
                        **{"group": f"sol{place // 6}", "original": item(place)},
                        **{"split": "val" if place % 5 == 0 else "train", "target": None},
                        **{"label": CLASSES[kind] if labelled else None, "source": f"{place}.JPG"},
                        **{"source_sha256": "0", "rejected": None, "camera": "ML"},
                        **{"sol": place // 6, "latitude": -4.6 + 0.01 * place},
                    }
                )
            writer.close(pd.DataFrame(rows))
        sha256 = read_metadata(images / "a.parquet")["images_sha256"]
        thumbnails = self.home / "thumbnails" / "a.arrow"
        write_thumbnails(thumbnails, self.names, pictures, sha256)

    def vectors(self, seed: int) -> np.ndarray:
        """Return features (N, WIDTH): a blob for each class."""
        rng = np.random.default_rng(seed)
        centres = np.eye(len(CLASSES), WIDTH)[self.classes]
        return (centres + rng.normal(0, 0.1, centres.shape)).astype(np.float32)

    def write_features(self, encoders: Sequence[str] = ENCODERS) -> None:
        for seed, encoder in enumerate(encoders):
            vectors = self.vectors(seed)
            table = pd.DataFrame({"image_id": self.names})
            arrow = pa.Table.from_pandas(table, preserve_index=False)
            arrow = arrow.append_column("embedding", embedding_column(vectors))
            path = self.home / encoder / "features" / "a.parquet"
            write_table(path, arrow, {"encoder_sha256": SHAS[encoder]})
            search = self.home / encoder / "search"
            search.mkdir()
            unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            np.save(search / "vectors.npy", unit)
            (search / "approximate.faiss").touch()
            write_table(search / "ids.parquet", table, {"encoder_sha256": SHAS[encoder]})

    def write_map(self, encoders: Sequence[str] = ENCODERS) -> None:
        for seed, encoder in enumerate(encoders):
            spots = self.vectors(seed)[:, :2] * 10
            table = pd.DataFrame({"image_id": self.names})
            for name in ("umap", "pca"):
                table[f"{name}_x"], table[f"{name}_y"] = spots[:, 0], spots[:, 1]
            write_table(self.home / encoder / "map.parquet", table)

    def write_clusters(self, encoders: Sequence[str] = ENCODERS) -> None:
        for encoder in encoders:
            folder = self.home / encoder / "clusters"
            strength = np.linspace(0.2, 1, self.count)
            table = pd.DataFrame({"image_id": self.names, "cluster": self.classes})
            write_table(folder / "kmeans.parquet", table.assign(strength=strength))
            noisy = np.where(np.arange(self.count) % 10 == 9, -1, self.classes)
            table = pd.DataFrame({"image_id": self.names, "cluster": noisy})
            write_table(folder / "hdbscan.parquet", table.assign(strength=strength))

    def write_cluster_facts(self, encoder: str = "simclr") -> None:
        """Write what is known of each cluster of k-means: stability and covariates."""
        folder = self.home / encoder / "clusters"
        numbers = range(len(CLASSES))
        facts = {"algorithm": "k-means", "cluster": numbers, "images": 20, "groups": 10}
        facts |= {"jaccard": [0.9, 0.7, 0.5], "kept_overlap": np.nan, "label": CLASSES}
        write_table(folder / "members.parquet", pd.DataFrame({**facts, "label_share": 1.0}))
        look = {"algorithm": "k-means", "cluster": [0], "covariate": "camera", "value": "ML"}
        look |= {"images": 20, "mean_in": 1.0, "mean_all": 0.5, "effect": 1.0}
        table = pd.DataFrame({**look, "p_value": 0.001, "q_value": 0.01})
        write_table(folder / "enrichment.parquet", table)

    def write_round(self, under_review: Iterable[int] | None = None) -> None:
        """Write the labels, the ranking and the queue of round 1.

        Args:
            under_review: places of the images that are; None for all.
        """
        places = list(range(self.count) if under_review is None else under_review)
        names = [item(place) for place in places]
        labels = [CLASSES[self.classes[place]] for place in places]
        folder = self.home / "rounds" / "1"
        table = pd.DataFrame({"image_id": names, "label": labels, "crude": labels})
        write_table(folder / "labels.parquet", table)
        told = {"predicted": CLASSES[0], "p_predicted": 0.8, "p_label": 0.2, "rank": 1.0}
        write_table(folder / "ranked.parquet", table.assign(**told, neighbours_differ=0.5))
        nothing = pd.DataFrame({name: [] for name in QUEUE_COLUMNS})
        facts = QueueFacts("mars", 1, CLASSES, len(names), 0, 0, 0, SHAS["simclr"], converged=False)
        write_queue(folder / "queue.parquet", Queue(nothing, facts))

    def start(self, *words: str) -> str:
        """Start the server; return the address that it prints."""
        given = ["--configfile", "study.yaml", "--reviewer", "ann", *words]
        return self.serve("explore", *given)
