"""A study of the simulated Sun as benchmarks read it: videos, features, and what is true.

skyloom list-shards sun simulated --sheet config/shards/sun-rounds.tsv --seasons 84
snakemake --configfile config/sun-rounds.yaml -- images      # enough for networks
snakemake --configfile config/sun-rounds.yaml -- features    # for what compares neighbours
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.features import read_features
from skyloom.images import ImageStore

CLASSES = ("emergence", "non-emergence")


@dataclass(frozen=True)
class SimulatedSun:
    """The readable videos of a study.

    Attributes:
        home: folder of the survey's results.
        shards: index files.
        store: the videos (T, H, W), N of them.
        truth: what was put into the archive, one row per video in the order of the store.
    """

    home: Path
    shards: list[Path]
    store: ImageStore
    truth: pd.DataFrame

    @property
    def index(self) -> pd.DataFrame:
        """Rows of the index."""
        return self.store.index

    @property
    def labels(self) -> NDArray[np.str_]:
        """True classes, (N,)."""
        return np.asarray(self.truth["label"], dtype=str)

    def features(self) -> NDArray[np.float32]:
        """Return the features (N, D) of the study's encoder."""
        files = [self.home / "simclr" / "features" / path.name for path in self.shards]
        found = read_features(files, self.shards)
        assert (found.index["image_id"] == self.index["image_id"]).all()
        return found.vectors

    def video(self, place: int | np.integer) -> NDArray[np.float16]:
        """Return one video (T, H, W), 0 to 1."""
        return np.asarray(self.store.batch(np.array([place]))[0])


def read_simulated_sun(results: Path) -> SimulatedSun:
    """Read the images and the truth of a study's results."""
    home = results / "sun"
    shards = sorted((home / "images").glob("*.parquet"))
    if not shards:
        raise SystemExit(f"{home}/images: no images there. Make them first:\n{__doc__}")
    store = ImageStore.beside(shards)
    truths = pd.concat([pd.read_parquet(home / "truth" / path.name) for path in shards])
    truth = truths.set_index("image_id").loc[store.index["image_id"]].reset_index()
    return SimulatedSun(home, shards, store, truth)
