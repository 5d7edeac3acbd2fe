"""One study run with several seeds: encoders compared over all of them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from skyloom.analyze.comparison import STUDY, compare
from skyloom.analyze.predictions import PREDICTION_COLUMNS
from skyloom.errors import SkyloomError
from skyloom.tables import read_table

RESAMPLES = 2000


class SeedsError(SkyloomError):
    """The results of several seeds cannot be compared."""


def compare_seeds(
    results: Sequence[Path], survey: str, main: str, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return curves and paired differences of `main`, as `compare` does, over several studies.

    A seed of the study (weights, order, views) counts as one draw, with the mean of its draws of
    labels: intervals come from resampling groups of images and seeds together, the same for both
    sides of a difference. One study alone is compared as `compare` does.

    Args:
        results: results folders of one config run with different seeds.
        survey: the survey.
        main: the encoder whose differences from all others are taken.
        seed: of the resampling.

    Raises:
        SeedsError: there are no probes, or not of the same encoders in every folder.
    """
    tables = [_predictions(folder / survey) for folder in results]
    names = [set(found) for found in tables]
    if any(found != names[0] for found in names) or main not in names[0]:
        said = "; ".join(
            f"{folder}: {', '.join(sorted(found)) or 'none'}"
            for folder, found in zip(results, names, strict=True)
        )
        raise SeedsError(
            f"expected probes of the same encoders, '{main}' among them, for survey {survey} in "
            f"every folder, found {said}."
        )
    pooled = {name: _pooled([found[name] for found in tables]) for name in sorted(names[0])}
    return compare(pooled, main, RESAMPLES, seed)


def _predictions(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the predictions of each encoder that has been probed."""
    paths = sorted(folder.glob("*/probes/predictions.parquet"))
    return {path.parts[-3]: read_table(path, PREDICTION_COLUMNS) for path in paths}


def _pooled(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of all studies as one, numbered, and their draws apart."""
    draws = max(int(table["seed"].max()) for table in tables) + 1
    apart = [
        table.assign(**{"seed": table["seed"] + number * draws, STUDY: number})
        for number, table in enumerate(tables)
    ]
    return pd.concat(apart, ignore_index=True)
