"""Tables of docs/tables/ read, and drawn as Markdown."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a TSV; no quoting, so that what is seen in the file is what is meant."""
    with (TABLES / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    # An empty cell is one space, not two: the page then reads as if typed by hand.
    lines += ["|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|" for row in rows]
    return "\n".join(lines)
