"""The two small tables from which the page of claims is written, kept beside it in git."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from skyloom.analyze.claims import NUMBER_COLUMNS
from skyloom.atomic import write_text
from skyloom.report.claims import STUDY_COLUMNS
from skyloom.settings.claims import Claims

COLUMNS = {"claims": NUMBER_COLUMNS, "studies": STUDY_COLUMNS}
"""Columns by name of the table; the first is its key."""
MEASURED = ("value", "low", "high", "p")


@dataclass(frozen=True)
class ClaimTables:
    """`claims.tsv`, one row per number, and `studies.tsv`, one row per study that has run.

    Attributes:
        folder: where they are.
        claims: the file of claims, whose order they keep.
    """

    folder: Path
    claims: Claims

    def read(self, name: str) -> pd.DataFrame:
        """Return a table; without rows where there is no file yet."""
        path = self.folder / f"{name}.tsv"
        if not path.exists():
            return pd.DataFrame(columns=list(COLUMNS[name]))
        table = pd.read_csv(path, sep="\t")
        return table.astype({column: float for column in MEASURED if column in table})

    def replace(self, name: str, rows: pd.DataFrame) -> None:
        """Put rows in place of those with their keys.

        The others stay, but for those of which the file of claims says nothing any more. Of a study
        of which it asks nothing there are none.
        """
        if rows.empty:
            return
        columns = list(COLUMNS[name])
        key, before = columns[0], self.read(name)
        kept = before[~before[key].isin(rows[key])]
        merged = pd.concat([part for part in (kept, rows) if len(part)], ignore_index=True)
        order = {found: place for place, found in enumerate(self._keys(name))}
        merged = merged[merged[key].isin(list(order))]
        merged = merged.sort_values(key, key=lambda found: found.map(order)).reindex(
            columns=columns
        )
        text = merged.to_csv(sep="\t", index=False, float_format="%.6g")
        write_text(self.folder / f"{name}.tsv", text)

    def _keys(self, name: str) -> list[str]:
        if name == "studies":
            return list(self.claims.studies)
        return [key for key, _ in self.claims.numbers()]
