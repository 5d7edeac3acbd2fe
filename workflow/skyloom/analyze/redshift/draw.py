"""Which images a model of redshifts learns from, and on which it is scored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.errors import SkyloomError
from skyloom.label_draws import Draw, draw_originals
from skyloom.settings.redshift import ToldSettings

Positions = NDArray[np.int64]


class RedshiftError(SkyloomError):
    """Redshifts cannot be learnt or scored as asked."""


@dataclass(frozen=True)
class Rows:
    """Positions of the images of one draw.

    Attributes:
        train: labelled images that a model learns from.
        pool: all images of the same splits, labelled or not.
        scored: labelled images on which it is scored.
    """

    train: Positions
    pool: Positions
    scored: Positions


def rows_of(index: pd.DataFrame, settings: ToldSettings, draw: Draw, seed: int) -> Rows:
    """Return the images of a draw; a smaller share is contained in a larger one.

    Args:
        index: of readable images, with split, target and original.
        settings: splits.
        draw: which share.
        seed: of the study.

    Raises:
        RedshiftError: no redshift is known where some must be.
    """
    known = index["target"].notna().to_numpy()
    seen = index["split"].isin(settings.train).to_numpy()
    labelled = np.flatnonzero(known & seen)
    scored = np.flatnonzero(known & index["split"].isin(settings.scored).to_numpy())
    for rows, key, splits in (
        (labelled, "train", settings.train),
        (scored, "scored", settings.scored),
    ):
        if len(rows) == 0:
            counts = index["split"][known].value_counts().to_dict()
            raise RedshiftError(
                f"no image of the split(s) {', '.join(splits)} has a redshift (redshift.{key}); "
                f"images with one are in {counts or 'no split'}."
            )
    originals = index["original"].astype(str).to_numpy()[labelled]
    one_class = np.full(len(labelled), "redshift")
    chosen = draw_originals(originals, one_class, draw.fraction, seed + draw.number)
    return Rows(labelled[chosen], np.flatnonzero(seen), scored)


def magnitudes_of(
    index: pd.DataFrame, columns: Sequence[str], key: str = "photometry"
) -> NDArray[np.float64]:
    """Return the magnitudes (N, P) of all images, NaN where unknown.

    Args:
        index: of the images.
        columns: P of it.
        key: of `redshift`, which names them.

    Raises:
        RedshiftError: the index has no such column, or it holds no numbers.
    """
    for column in columns:
        if column not in index or not pd.api.types.is_numeric_dtype(index[column]):
            numbers = [name for name in index if pd.api.types.is_numeric_dtype(index[name])]
            raise RedshiftError(
                f"redshift.{key} names '{column}', which is no column of numbers of the "
                f"index; those are {', '.join(numbers)}."
            )
    return np.asarray(index[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan))


def bands_of(
    index: pd.DataFrame, settings: ToldSettings, extinction: Sequence[float]
) -> NDArray[np.float64]:
    """Return the magnitudes (N, P) of the photometry, which dust is to dim.

    Raises:
        RedshiftError: as `magnitudes_of`; or not one column per band of the survey's extinction.
    """
    columns = settings.photometry
    if extinction and any(settings.dust) and len(columns) != len(extinction):
        raise RedshiftError(
            f"redshift.photometry names {len(columns)} column(s), {', '.join(columns)}; dust dims "
            f"{len(extinction)} bands, expected one column each. Name them, or set redshift.dust "
            "to []."
        )
    return magnitudes_of(index, columns)
