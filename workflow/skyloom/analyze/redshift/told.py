"""What a trained model tells of the images on which it is scored."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.redshift.estimates import mean
from skyloom.analyze.redshift.pdfs import Pdfs
from skyloom.analyze.redshift.predictors import Predictor
from skyloom.bins import Bins


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
                "redshift": mean(Pdfs(ids[rows], predictor.pdfs(rows, ebv), bins)),
            }
        )
        for ebv in reddenings
    ]
    empty = pd.DataFrame({"image_id": [], "ebv": [], "redshift": []})
    return pd.concat(parts, ignore_index=True) if parts else empty
