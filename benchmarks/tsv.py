"""Tables of docs/tables/ read, written, and drawn as Markdown."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from skyloom.atomic import write_text

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a TSV; no quoting, so that what is seen in the file is what is meant."""
    with (TABLES / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def write(name: str, rows: Sequence[dict[str, str]]) -> None:
    """Write the rows of a TSV; no cell may hold a tab or the end of a line."""
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    for line in lines:
        if line.count("\t") != len(rows[0]) - 1 or "\n" in line:
            raise ValueError(f"a cell of {name}.tsv holds a tab or the end of a line: {line!r}")
    write_text(TABLES / f"{name}.tsv", "\n".join(lines) + "\n")


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    # An empty cell is one space, not two: the page then reads as if typed by hand.
    lines += ["|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|" for row in rows]
    return "\n".join(lines)
