"""Probability densities of redshift in bins, one a galaxy, and their files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from skyloom.atomic import atomic_path
from skyloom.bins import Bins
from skyloom.errors import SkyloomError
from skyloom.tables import (
    TableError,
    embedding_column,
    read_embedding,
    read_metadata,
    write_table,
)

TOLERANCE = 1e-4
"""How far the masses of a galaxy may be from a sum of 1; float32 softmax is within 1e-6."""


class PdfError(SkyloomError):
    """PDFs that are none."""


@dataclass(frozen=True)
class Pdfs:
    """Densities that are constant inside each bin.

    Attributes:
        image_id: (N,) str.
        values: probability of each bin (N, K), float32, each row summing to 1.
        bins: the K bins of redshift.

    Raises:
        PdfError: shapes that do not fit, or a row that is not finite, negative, or not of sum 1.
    """

    image_id: NDArray[np.str_]
    values: NDArray[np.float32]
    bins: Bins

    def __post_init__(self) -> None:
        expected = (len(self.image_id), self.bins.count)
        if self.values.shape != expected or self.values.dtype != np.float32:
            raise PdfError(
                f"PDFs of shape {self.values.shape} and type {self.values.dtype}, expected "
                f"(images, bins) {expected} and float32"
            )
        sums = self.values.sum(axis=1, dtype=np.float64)
        lowest = self.values.min(axis=1)
        # A NaN or infinite mass makes the sum of its row so.
        self._refuse(~np.isfinite(sums), sums, "the sum of its masses is {}, expected finite ones")
        self._refuse(lowest < 0, lowest, "its least mass is {}, expected none below 0")
        self._refuse(np.abs(sums - 1) > TOLERANCE, sums, "the sum of its masses is {}, expected 1")

    def _refuse(self, bad: NDArray[np.bool_], found: NDArray[Any], what: str) -> None:
        if bad.any():
            first = int(bad.argmax())
            raise PdfError(
                f"PDF of image {self.image_id[first]}: {what.format(found[first])} "
                f"({int(bad.sum())} such of {len(bad)} PDFs)."
            )

    def __len__(self) -> int:
        return len(self.image_id)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Pdfs":
        """Return the PDFs of some rows."""
        return Pdfs(self.image_id[rows], self.values[rows], self.bins)

    def masses(self) -> NDArray[np.float64]:
        """Return the probability of each bin (N, K), the sum of each row 1 to float64."""
        found = self.values.astype(np.float64)
        found /= found.sum(axis=1, keepdims=True)
        return found

    def cumulative(self) -> NDArray[np.float64]:
        """Return the probability below each edge (N, K + 1): 0 first and exactly 1 last."""
        found = np.zeros((len(self), self.bins.count + 1))
        np.cumsum(self.masses(), axis=1, out=found[:, 1:])
        return found / found[:, -1:]


def write_pdfs(path: Path, pdfs: Pdfs, metadata: Mapping[str, str] | None = None) -> None:
    """Write PDFs as Parquet: `image_id`, `pdf` fixed_size_list<float>[K], bins in the schema."""
    table = pa.table({"image_id": pdfs.image_id.tolist(), "pdf": embedding_column(pdfs.values)})
    write_table(path, table, {**(metadata or {}), "bins": json.dumps(asdict(pdfs.bins))})


def read_pdfs(path: Path) -> Pdfs:
    """Read what `write_pdfs` wrote.

    Raises:
        TableError: the file has no PDFs, or does not say their bins.
        PdfError: its PDFs are none.
    """
    said, columns = read_metadata(path).get("bins"), pq.read_schema(path).names
    if said is None or not {"image_id", "pdf"} <= set(columns):
        raise TableError(
            f"{path} has the columns {', '.join(columns)} and {'no ' if said is None else ''}bins "
            "in its schema, expected image_id, pdf and bins. Rerun the stage that writes it."
        )
    ids = pq.read_table(path, columns=["image_id"])["image_id"].to_numpy().astype(str)
    return Pdfs(ids, read_embedding(path, "pdf"), Bins(**json.loads(said)))


def write_qp(path: Path, pdfs: Pdfs) -> None:
    """Write PDFs as HDF5 that `qp.read` opens: a histogram ensemble, ids as ancillary data.

    Source: the layout that qp-prob 1.1 writes itself; qp stores densities, not masses.
    """
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file["meta/pdf_name"] = np.array([b"hist"])
        file["meta/pdf_version"] = np.array([0])
        file["meta/bins"] = pdfs.bins.edges[None]
        file["data/pdfs"] = pdfs.values.astype(np.float64) / pdfs.bins.width
        file["ancil/image_id"] = np.char.encode(pdfs.image_id.astype(str), "utf-8")
