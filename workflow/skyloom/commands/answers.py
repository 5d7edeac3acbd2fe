"""A search's answers as a table for other programs."""

from pathlib import Path

import pandas as pd

from skyloom.analyze.similar import SearchError
from skyloom.atomic import atomic_path
from skyloom.tables import write_table

FORMATS = (".csv", ".parquet", ".vot")


def check_format(path: Path | None) -> None:
    """Raise `SearchError` when no table can be written to `path`, before any work is done."""
    if path is not None and path.suffix not in FORMATS:
        raise SearchError(f"--output {path}: expected a name that ends in {', '.join(FORMATS)}.")


def write_answers(path: Path, answers: pd.DataFrame) -> None:
    """Write answers as CSV, Parquet or VOTable, as the name of `path` ends."""
    if path.suffix == ".parquet":
        write_table(path, answers)
        return
    with atomic_path(path) as temporary:
        if path.suffix == ".csv":
            answers.to_csv(temporary, index=False)
        else:
            _votable(answers).write(temporary, format="votable", overwrite=True)


def _votable(answers: pd.DataFrame):  # type: ignore[no-untyped-def]  # astropy has no types
    """Return the answers with numbers as numbers and all else as text; nothing is masked."""
    from astropy.table import Table

    plain = {}
    for name, column in answers.items():
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            plain[name] = column.to_numpy(dtype="float64", na_value=float("nan"))
        else:
            text = column.astype("string").fillna("")
            plain[name] = text.to_numpy(dtype=str)
    return Table(plain)
