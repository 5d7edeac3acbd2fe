"""True redshifts and those that models tell, by the position of the image, kept small."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Catalogue


@dataclass(frozen=True)
class Estimates:
    """What the stage that scores tells of all images.

    Attributes:
        truth: (N,) true redshift of every position; NaN where it was not scored.
        means: (N,) mean redshift told, by model.
        draw: name of the draw of labels that it is about: all of them, the first draw.
    """

    truth: NDArray[np.float32]
    means: Mapping[str, NDArray[np.float32]]
    draw: str

    @property
    def models(self) -> list[str]:
        """The models, in the order of the tables."""
        return list(self.means)

    def scored(self) -> NDArray[np.uint32]:
        """Return the positions of the galaxies on which models were scored."""
        return np.flatnonzero(np.isfinite(self.truth)).astype(np.uint32)


class KeptEstimates:
    """The estimates of a survey, read again when their table has changed.

    Args:
        catalogue: the images.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._kept: tuple[int, Estimates] | None = None

    def of(self, estimates: Path, curves: Path) -> Estimates:
        """Return what the tables of these names tell."""
        changed = estimates.stat().st_mtime_ns
        if self._kept is None or self._kept[0] != changed:
            self._kept = (changed, self._read(estimates, curves))
        return self._kept[1]

    def _read(self, estimates: Path, curves: Path) -> Estimates:
        table, drawn = read_table(estimates), read_table(curves)
        truth = np.full(len(self._catalogue), np.nan, dtype=np.float32)
        means = {}
        for model in dict.fromkeys(drawn["model"]):
            mine = table[table["model"] == model]
            positions = self._catalogue.positions(mine["image_id"].tolist())
            mine, positions = mine[positions >= 0], positions[positions >= 0]
            truth[positions] = mine["redshift"]
            means[str(model)] = np.full_like(truth, np.nan)
            means[str(model)][positions] = mine["mean"]
        return Estimates(truth, means, f"{100 * drawn['fraction'].max():g}-0")
