"""What a script measured, kept as rows of docs/tables/benchmarks.tsv.

Scripts whose figures are on docs/benchmarks.md take `--keep`, which puts what they measured in
place of the rows of the same command; then `python benchmarks/page.py` writes the page.
"""

import argparse
import math
import os
import platform
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tsv import read, write


@dataclass(frozen=True)
class Row:
    """One measurement: what, our figure, the other side's with its name, and how they compare."""

    what: str
    here: str = ""
    other: str = ""
    ratio: str = ""

    def __str__(self) -> str:
        sides = f"{self.here} to {self.other}: {self.ratio}" if self.other else self.here
        return f"{self.what}: {sides}"


def parser_of(text: str | None) -> argparse.ArgumentParser:
    """Return a parser of options with the one that keeps figures; `text` is the script's own."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", action="store_true", help="write the figures to docs/tables/")
    return parser


def tell(section: str, rows: Sequence[Row], kept: bool) -> None:
    """Print rows, and keep them in their section where that was asked for."""
    print("\n".join(map(str, rows)))
    if kept:
        keep(section, rows)


def keep(section: str, rows: Iterable[Row]) -> None:
    """Put rows in place of those of this command in a section, or at the section's end."""
    command = this_command()
    stamp = {"machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    new = [
        {"section": section, "what": row.what, "here": row.here, "other side": row.other}
        | {"ratio": row.ratio, "command": command}
        | stamp
        for row in rows
    ]
    write("benchmarks", replaced(read("benchmarks"), new))


def replaced(old: Sequence[dict[str, str]], new: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return the old rows with the new ones where rows of their section and command stood."""
    section, command = new[0]["section"], new[0]["command"]
    mine = [(row["section"], row["command"]) == (section, command) for row in old]
    of_section = [number for number, row in enumerate(old) if row["section"] == section]
    place = mine.index(True) if any(mine) else of_section[-1] + 1
    kept = [row for row, own in zip(old, mine, strict=True) if not own]
    return [*kept[:place], *new, *kept[place:]]


def this_command() -> str:
    """Return how the running script was called, as a reader would type it."""
    options = [word for word in sys.argv[1:] if word != "--keep"]
    return " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *options])


def machine() -> str:
    """Return the processor, how many of its cores are ours, its widest arithmetic, and torch."""
    import torch  # here: it would be counted in the memory that some scripts measure

    facts = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    named = [line.partition(":")[2].strip() for line in facts.splitlines() if "model name" in line]
    flags = set(facts.split())
    wide = [name for flag, name in WIDE.items() if flag in flags]
    cores = f"{len(os.sched_getaffinity(0))} cores of {named[0] if named else platform.machine()}"
    return ", ".join(
        [
            f"{cores} ({', '.join(wide)})" if wide else cores,
            torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU",
            f"torch {torch.__version__.partition('+')[0]}",
        ]
    )


WIDE = {"avx512f": "AVX-512", "avx512_bf16": "bfloat16"}


def threads(count: int) -> str:
    """Return a number of threads in words of a table."""
    return "one thread" if count == 1 else f"{count} threads"


def figure(value: float) -> str:
    """Return a number with three digits that count, thousands apart: 10,300, 96.7, 0.86."""
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, digits):,.{max(0, digits)}f}"


def median(values: Sequence[float]) -> str:
    """Return the median of rounds as a figure."""
    return figure(statistics.median(values))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Return the median of the rounds' ratios with the smallest and largest; bold if we lose."""
    each = [a / b for a, b in zip(ours, theirs, strict=True)]
    middle = statistics.median(each)
    shown = f"**{_short(middle)}**" if middle < 1 else _short(middle)
    return f"{shown} ({_short(min(each))} to {_short(max(each))})"


def _short(value: float) -> str:
    return f"{float(f'{value:.2g}'):g}" if value >= 2 else f"{value:.2f}"  # 130, not 1.3e+02
