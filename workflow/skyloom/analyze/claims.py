"""Numbers of a claim, read off the tables that the seeds of a study left."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import safe_open

from skyloom.analyze.seeds import compare_seeds
from skyloom.errors import SkyloomError
from skyloom.settings.claims import ALONE, INTERVAL, LACKING, RANGE, Number, StudyPlan
from skyloom.tables import read_table

NUMBER_COLUMNS = ("key", "value", "low", "high", "spread", "p", "seeds")
SEED = "seed of the study"


class ClaimError(SkyloomError):
    """A number cannot be read off a study's tables."""


def study_tables(study: StudyPlan, results: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """Return the tables of a study by name, those of its seeds below one another.

    Args:
        study: the study.
        results: the results folder of each seed that is finished.
    """
    found = {
        name: pd.concat(
            [_read(folder / path).assign(**{SEED: seed}) for seed, folder in enumerate(results)],
            ignore_index=True,
        )
        for name, path in study.tables.items()
    }
    if study.main:
        curves, differences = compare_seeds(results, study.survey, study.main)
        found |= {"curves": curves, "differences": differences}
    return found


def _read(path: Path) -> pd.DataFrame:
    """Return a table; of an encoder, how many numbers it holds."""
    if path.suffix == ".csv":
        return pd.read_csv(path)
    if path.suffix == ".safetensors":
        with safe_open(path, "numpy") as tensors:
            sizes = [np.prod(tensors.get_slice(key).get_shape()) for key in tensors.keys()]  # noqa: SIM118
        return pd.DataFrame({"parameters": [int(sum(sizes))]})
    return read_table(path)


def read_number(
    number: Number, tables: Mapping[str, pd.DataFrame], seeds: int
) -> dict[str, float | str | int]:
    """Return one number with its interval.

    A table of all seeds together has one row, with an interval. Of a table of each seed the mean is
    taken, with the least and the most; of one seed alone, with the row's own interval and p-value.
    A row without, in a table that has intervals, and a difference of two rows lack one.

    Raises:
        ClaimError: no row, or several, are as asked for.
    """
    rows = _rows(number, number.where, tables, seeds)
    found = number.scale * rows[number.value].astype(float)
    if number.less:
        other = _rows(number, number.where | number.less, tables, seeds)
        found -= number.scale * other[number.value].astype(float).to_numpy()
    said: dict[str, float | str | int] = {"value": float(found.mean()), "seeds": seeds}
    if len(rows) > 1:
        said |= {"low": float(found.min()), "high": float(found.max()), "spread": RANGE}
    elif _has_interval(rows, number):
        low, high = (number.scale * float(rows[side].iloc[0]) for side in (number.low, number.high))
        kind = str(rows["spread"].iloc[0]) if "spread" in rows.columns else INTERVAL
        said |= {"low": low, "high": high, "spread": kind}
    else:
        kind = LACKING if number.less or number.low in rows.columns else ALONE
        said |= {"low": float("nan"), "high": float("nan"), "spread": kind}
    alone = number.p is not None and len(rows) == 1
    return said | {"p": float(rows[number.p].iloc[0]) if alone else float("nan")}


def _rows(
    number: Number,
    where: Mapping[str, str | int | float],
    tables: Mapping[str, pd.DataFrame],
    seeds: int,
) -> pd.DataFrame:
    """Return the one row of a table of all seeds, or that of each seed in their order."""
    table = tables[number.table]
    for column in (*where, *number.near, number.value):
        if column not in table.columns:
            raise ClaimError(
                f"'{number.what}': table {number.table} of {number.study} has no column "
                f"'{column}'; it has {', '.join(table.columns)}."
            )
    rows = table
    for column, wanted in where.items():
        rows = rows[_is(rows[column], wanted)]
    each = SEED in table.columns
    for column, near in number.near.items():
        away = (rows[column].astype(float) - near).abs()
        rows = rows[away == (away.groupby(rows[SEED]).transform("min") if each else away.min())]
    if each and number.pick == "last":
        rows = rows.groupby(SEED).tail(1)
    expected = seeds if each else 1
    if len(rows) != expected:
        raise ClaimError(
            f"'{number.what}': {len(rows)} rows of table {number.table} of {number.study} have "
            f"{dict(where)}, expected {expected}."
        )
    return rows


def _has_interval(rows: pd.DataFrame, number: Number) -> bool:
    """Whether the row tells the interval of the number; of a difference of two rows none does."""
    ends = {number.low, number.high}
    return not number.less and ends <= set(rows.columns) and bool(rows[number.low].notna().all())


def _is(column: pd.Series, wanted: str | int | float) -> pd.Series:
    if isinstance(wanted, str):
        return column.astype(str) == wanted
    return pd.Series(np.isclose(column.astype(float), wanted), index=column.index)
