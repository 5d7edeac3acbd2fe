"""The probability densities of redshift that models tell of one galaxy, read row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from skyloom.web.explore.catalogue import Catalogue


@dataclass(frozen=True)
class Densities:
    """What models tell of one galaxy.

    Attributes:
        models: their names.
        edges: (K + 1,) of the bins of redshift, the same for all.
        values: (M, K) density in each bin.
    """

    models: list[str]
    edges: NDArray[np.float64]
    values: NDArray[np.float32]


class RedshiftPdfs:
    """The PDFs of a survey's models with all labels, first draw; their files stay on the disk.

    Args:
        catalogue: the images.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._rows: dict[Path, tuple[int, NDArray[np.int64]]] = {}

    def of(self, position: int, models: Sequence[str], draw: str) -> Densities | None:
        """Return the densities of the image at a position; None where no model tells any.

        Args:
            position: of the image.
            models: to ask, in order; draw: name of the draw of labels.
        """
        names, values, edges = [], [], np.empty(0)
        for model in models:
            path = self._catalogue.places.table("redshift", model, draw, "pdfs.hdf5")
            row = -1 if path is None else int(self._places(path)[position])
            if path is None or row < 0:
                continue
            with h5py.File(path, "r") as file:
                edges = file["meta/bins"][0]
                values.append(file["data/pdfs"][row].astype(np.float32))
            names.append(model)
        return Densities(names, edges, np.stack(values)) if names else None

    def has(self, position: int, models: Sequence[str], draw: str) -> bool:
        """Whether some model tells a density of an image."""
        paths = [self._catalogue.places.table("redshift", m, draw, "pdfs.hdf5") for m in models]
        return any(self._places(path)[position] >= 0 for path in paths if path is not None)

    def _places(self, path: Path) -> NDArray[np.int64]:
        """Return the row of each position in a file, -1 where it has none."""
        changed = path.stat().st_mtime_ns
        kept = self._rows.get(path)
        if kept is None or kept[0] != changed:
            with h5py.File(path, "r") as file:
                names = [name.decode() for name in file["ancil/image_id"][:]]
            positions = self._catalogue.positions(names)
            rows = np.full(len(self._catalogue), -1, dtype=np.int64)
            rows[positions[positions >= 0]] = np.flatnonzero(positions >= 0)
            kept = self._rows[path] = (changed, rows)
        return kept[1]
