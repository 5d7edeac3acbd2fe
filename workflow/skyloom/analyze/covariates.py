"""What is known of images beside their pixels, as columns of numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.errors import SkyloomError
from skyloom.images import INDEX_COLUMNS
from skyloom.settings.base import nearest
from skyloom.settings.enrich import EnrichSettings
from skyloom.tables import read_table

MOST_VALUES = 30
"""Values of a text column that have an indicator of their own, the most frequent first."""
OTHER = "other"
HOURS = 4
"""Width of a bin of hours."""


class CovariateError(SkyloomError):
    """A table of covariates does not fit the images."""


@dataclass(frozen=True)
class Look:
    """One column to look at.

    Attributes:
        covariate: its name.
        value: the value that it indicates; empty for a quantity.
        numbers: (N,), 0 or 1 for an indicator; NaN where unknown.
    """

    covariate: str
    value: str
    numbers: NDArray[np.float64]


def covariates_of(index: pd.DataFrame, settings: EnrichSettings) -> pd.DataFrame:
    """Return the covariates of images: those of their index, of their time, and of a table.

    From the index come the survey's own columns and `target`, without splits; from the time, month
    and hour of UTC, as categories because they are circular.

    Raises:
        CovariateError: the table cannot be joined, or there is no such column.
    """
    own = [name for name in index.columns if name not in INDEX_COLUMNS or name == "target"]
    found = index[[name for name in own if not name.startswith("split")]].reset_index(drop=True)
    times = pd.to_datetime(index["time"], utc=True).reset_index(drop=True)
    found = found.assign(month=times.dt.strftime("%m"), hour=_hour(times))
    if settings.covariates is not None:
        joined = _joined(index, times, settings.covariates, settings.within_seconds)
        found = found.drop(columns=found.columns.intersection(joined.columns)).join(joined)
    if settings.columns is None:
        return found
    for name in settings.columns:
        if name not in found:
            raise CovariateError(
                f"enrich.columns: there is no covariate '{name}'.{nearest(name, found.columns)}"
            )
    return found[list(settings.columns)]


def looks(covariates: pd.DataFrame) -> list[Look]:
    """Return one look for each quantity, and one for each value of each text column.

    Constant columns, and text with another value for more than half of the images, are left out.
    """
    found: list[Look] = []
    left_out = []
    for name in covariates:
        each = list(_looks_of(str(name), covariates[name]))
        found += each
        left_out += [] if each else [str(name)]
    if left_out:
        print(f"constant, empty or nearly unique, so not looked at: {', '.join(left_out)}")
    return found


def _looks_of(name: str, column: "pd.Series[object]") -> Iterator[Look]:
    known = column.notna().to_numpy()
    if column[known].nunique() < 2:
        return
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        yield Look(name, "", column.to_numpy(dtype=np.float64, na_value=np.nan))
        return
    said = column.astype("string")
    counts = said.value_counts()
    if len(counts) > len(column) / 2:
        return
    said = said.where(said.isin(counts.index[:MOST_VALUES]) | said.isna(), OTHER)
    values = sorted(said.dropna().unique())
    for value in values[:1] if len(values) == 2 else values:  # two values say the same
        yield Look(name, value, np.where(known, said.eq(value).fillna(False), np.nan))


def _hour(times: "pd.Series[pd.Timestamp]") -> "pd.Series[str]":
    first = times.dt.hour // HOURS * HOURS
    said = first.map(lambda hour: f"{hour:02.0f}-{hour + HOURS:02.0f} h", na_action="ignore")
    return said.astype("string")


def _joined(
    index: pd.DataFrame, times: "pd.Series[pd.Timestamp]", path: Path, within_seconds: float
) -> pd.DataFrame:
    """Return the rows of a table that belong to the images, (N, ...)."""
    if not path.exists():
        raise CovariateError(f"enrich.covariates: {path} is not there.")
    table = read_table(path)
    if "image_id" in table:
        joined = _by_image(index["image_id"], table, path)
    elif "time" in table:
        joined = _by_time(times, table, path, within_seconds)
    else:
        raise CovariateError(
            f"{path} has neither image_id nor time; it has {', '.join(table.columns)}."
        )
    if joined.isna().all(axis=None):
        raise CovariateError(f"no row of {path} belongs to an image: compare image_id or time.")
    return joined


def _by_image(image_ids: "pd.Series[str]", table: pd.DataFrame, path: Path) -> pd.DataFrame:
    repeated = table["image_id"][table["image_id"].duplicated()]
    if len(repeated):
        raise CovariateError(f"{path}: image_id '{repeated.iloc[0]}' stands there twice.")
    return table.set_index("image_id").reindex(image_ids).reset_index(drop=True)


def _by_time(
    times: "pd.Series[pd.Timestamp]", table: pd.DataFrame, path: Path, within_seconds: float
) -> pd.DataFrame:
    """Join to each image the last row that is not after it, so that nothing of the future does."""
    when = pd.to_datetime(table["time"], utc=True).astype("datetime64[ns, UTC]")
    rows = table.drop(columns="time").assign(when=when).dropna(subset="when").sort_values("when")
    taken = pd.DataFrame({"when": times.astype("datetime64[ns, UTC]"), "place": range(len(times))})
    tolerance = pd.Timedelta(seconds=within_seconds)
    known = taken.dropna().sort_values("when")
    joined = pd.merge_asof(known, rows, on="when", tolerance=tolerance)
    return joined.set_index("place").reindex(range(len(times))).drop(columns="when")
