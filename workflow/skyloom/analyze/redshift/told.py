"""What a trained model tells of the images on which it is scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.redshift import estimates
from skyloom.analyze.redshift.draw import RedshiftError
from skyloom.analyze.redshift.metrics import pit
from skyloom.analyze.redshift.pdfs import Pdfs, read_pdfs
from skyloom.analyze.redshift.predictors import Predictor
from skyloom.bins import Bins
from skyloom.tables import read_metadata


@dataclass(frozen=True)
class Told:
    """The PDFs of one model and draw, as read from their file.

    Attributes:
        pdfs: of the scored images.
        labels: number of labels that the model learnt from.
    """

    pdfs: Pdfs
    labels: int


def read_told(path: Path, ids: NDArray[np.str_]) -> Told:
    """Read the PDFs of a model, in the order of `ids` (N,).

    Raises:
        RedshiftError: PDFs of other images.
    """
    pdfs = read_pdfs(path)
    places = pd.Index(pdfs.image_id).get_indexer(ids)
    if len(pdfs) != len(ids) or (places < 0).any():
        raise RedshiftError(
            f"{path} has PDFs of {len(pdfs)} images, expected those {len(ids)} of the splits in "
            "redshift.scored. Rerun the stage that writes it."
        )
    return Told(pdfs.take(places), int(read_metadata(path)["labels"]))


def point_estimates(pdfs: Pdfs, truth: NDArray[np.float64]) -> pd.DataFrame:
    """Return image_id, the true redshift (N,), and of each PDF mean, median, mode and PIT."""
    return pd.DataFrame(
        {
            "image_id": pdfs.image_id,
            "redshift": truth,
            "mean": estimates.mean(pdfs),
            "median": estimates.median(pdfs),
            "mode": estimates.mode(pdfs),
            "pit": pit(pdfs, truth),
        }
    )


def pdfs_told(
    predictor: Predictor, ids: NDArray[np.str_], rows: NDArray[np.int64], bins: Bins
) -> Pdfs:
    """Return the PDFs of the images at `rows`; `ids` (N,) are those of all images."""
    return Pdfs(ids[rows], predictor.pdfs(rows), bins)


def behind_dust(
    predictor: Predictor,
    ids: NDArray[np.str_],
    rows: NDArray[np.int64],
    bins: Bins,
    reddenings: Sequence[float],
) -> pd.DataFrame:
    """Return the mean redshift told of each image behind dust of each E(B-V).

    Returns:
        image_id, ebv, redshift; one row per image and E(B-V).
    """
    parts = [
        pd.DataFrame(
            {
                "image_id": ids[rows],
                "ebv": ebv,
                "redshift": estimates.mean(Pdfs(ids[rows], predictor.pdfs(rows, ebv), bins)),
            }
        )
        for ebv in reddenings
    ]
    empty = pd.DataFrame({"image_id": [], "ebv": [], "redshift": []})
    return pd.concat(parts, ignore_index=True) if parts else empty
