"""What probes said of each image with all labels, kept small."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from skyloom.tables import TableError
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.columns import pack

WORDS = ("by", "split", "probe", "truth", "predicted")
"""Columns of few different words, which are read as places in a list of them."""
NEEDED = (*WORDS, "image_id", "probability")


class Task(NamedTuple):
    """What a set of predictions is about: the column that splits, the split, the model."""

    by: str
    split: str
    model: str

    @property
    def key(self) -> str:
        """Its name in addresses."""
        return f"{self.by}-{self.split}-{self.model}"


@dataclass(frozen=True)
class Predictions:
    """The predictions of one encoder and task.

    Attributes:
        classes: names of all that is true or predicted, sorted.
        positions: (N,) of the images.
        truth, predicted: (N,) places in `classes`.
        probability: (N,) of the predicted class; NaN of models without one.
    """

    classes: list[str]
    positions: NDArray[np.uint32]
    truth: NDArray[np.uint16]
    predicted: NDArray[np.uint16]
    probability: NDArray[np.float32]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Which are wrong (N,)."""
        return np.asarray(self.truth != self.predicted)

    def counts(self) -> NDArray[np.int64]:
        """Return the confusion matrix (K, K): rows are true, columns predicted."""
        count = len(self.classes)
        cells = self.truth.astype(np.int64) * count + self.predicted
        return np.bincount(cells, minlength=count**2).reshape(count, count)

    def packed(self) -> bytes:
        """Return them as a page reads them."""
        header = {"classes": self.classes}
        return pack(header, self.positions, self.truth, self.predicted, self.probability)


class ProbePredictions:
    """The predictions of all encoders, each read when it is first asked for.

    Args:
        catalogue: the images.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._kept: dict[str, tuple[int, Mapping[Task, Predictions]]] = {}

    @property
    def encoders(self) -> list[str]:
        """The encoders with predictions, the main one first."""
        places = self._catalogue.places
        return [name for name in [*places.encoders, *places.baselines] if self.of(name)]

    def of(self, encoder: str) -> Mapping[Task, Predictions]:
        """Return the predictions of an encoder by task, test before val; none where none are."""
        path = self._catalogue.places.table(encoder, "probes", "predictions.parquet")
        if path is None:
            return {}
        changed = path.stat().st_mtime_ns
        kept = self._kept.get(encoder)
        if kept is None or kept[0] != changed:
            kept = self._kept[encoder] = (changed, dict(self._read(path)))
        return kept[1]

    def tasks(self) -> list[Task]:
        """Return the tasks of all encoders, in order, each once."""
        return list(dict.fromkeys(task for name in self.encoders for task in self.of(name)))

    def _read(self, path: Path) -> Iterator[tuple[Task, Predictions]]:
        """Yield the tasks of a table: its models in their order, of each test before val."""
        table = _with_all_labels(path)
        parts = table.groupby(["by", "probe", "split"], sort=False, observed=True)
        rows = {Task(by, split, model): part for (by, model, split), part in parts}
        order = {(task.by, task.model): None for task in rows}
        for by, model in order:
            for split in sorted(task.split for task in rows if task[::2] == (by, model)):
                task = Task(by, split, model)
                yield task, self._predictions(rows[task])

    def _predictions(self, part: pd.DataFrame) -> Predictions:
        positions = self._catalogue.positions(part["image_id"].tolist())
        part = part[positions >= 0]
        names = sorted({*part["truth"].unique(), *part["predicted"].unique()})
        place = {name: number for number, name in enumerate(names)}
        return Predictions(
            classes=names,
            positions=positions[positions >= 0].astype(np.uint32),
            truth=part["truth"].map(place).to_numpy(dtype=np.uint16),
            predicted=part["predicted"].map(place).to_numpy(dtype=np.uint16),
            probability=part["probability"].to_numpy(dtype=np.float32),
        )


def _with_all_labels(path: Path) -> pd.DataFrame:
    """Return the rows of the largest share of labels and its first draw, without class scores.

    Raises:
        TableError: a column is missing.
    """
    missing = {*NEEDED, "fraction", "seed"} - set(pq.read_schema(path).names)
    if missing:
        raise TableError(f"{path} lacks {', '.join(sorted(missing))}. Run: snakemake probes")
    fractions = pq.read_table(path, columns=["fraction"])["fraction"]
    if not len(fractions):
        return pd.DataFrame(columns=list(NEEDED))
    chosen = [("fraction", "==", pc.max(fractions).as_py()), ("seed", "==", 0)]
    table: pd.DataFrame = pq.read_table(
        path, columns=list(NEEDED), filters=chosen, read_dictionary=list(WORDS)
    ).to_pandas()
    return table
