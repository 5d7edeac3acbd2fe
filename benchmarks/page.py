"""What was measured, and what other tools have, as one page; as a script, docs/benchmarks.md.

    python benchmarks/page.py

Figures are in docs/tables/benchmarks.tsv and label_errors.tsv, the other tools in peers.tsv. A new
measurement is a new row there; what it means is said here.
"""

from dataclasses import dataclass
from pathlib import Path

from tsv import markdown, read

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"

SIDES = ("what", "here", "other side", "ratio", "command")

HEAD = """# Measured speeds

`make benchmarks` measures the first three tables and writes this page from
[benchmarks.tsv](tables/benchmarks.tsv), [label_errors.tsv](tables/label_errors.tsv) and
[peers.tsv](tables/peers.tsv), on one machine with nothing beside it, in a quarter of an hour. Both
sides run in turn in one process, on one thread where nothing else is said. Figures are medians of
2 to 7 rounds; a ratio is how many times faster this software is, the median of the rounds' ratios
with the smallest and the largest, bold where the other side is faster. What other tools have and
have not is [at the end](#beside-other-tools).
"""


@dataclass(frozen=True)
class Section:
    """A heading of the page: its table is the rows of the same `section`."""

    title: str
    columns: tuple[str, ...] = SIDES
    before: str = ""
    after: str = ""


SECTIONS = (
    Section("Views and training"),
    Section("Archives"),
    Section(
        "Clusters, probes and neighbours",
        before="Vectors are synthetic, of length one, with clusters.",
        after="""
Exact neighbours are found by faiss' own `knn`; measuring the few found again and leaving out the
image itself cost the rest. scikit-learn counts a point among its own `min_samples`, hdbscan and
this one do not: they are compared at 6 and 5. The index of 1 and 5 million vectors is in
[scale.md](scale.md).
""",
    ),
    Section(
        "Memory and size",
        columns=("what", "here", "date", "command"),
        after="\nRows without a date were measured by hand, on machines of this kind.\n",
    ),
    Section(
        "On a GPU",
        before="`benchmarks/gpu.sh` measures all in one call, and lightly's recipe beside it; it "
        "needs neither Snakemake nor sunpy nor fast_hdbscan. Images are in the GPU's memory.",
        after="""
A training gives the same bytes at each run, interrupted or not: twelve kinds of it were stopped in
the middle of an epoch on this GPU. That costs 1 to 9 % of the speed. Embedding waited for frames to
be scaled by one thread; the stage has since scaled them ahead in the threads of its rule
(`--set-threads embed=8`), and the script runs the stage itself, which was not measured.

**Beside lightly: owed.** Its example (float32) took 15,000 images/s of ResNet-18 and 2,500 of
ResNet-50 as long as its 12 workers had views ready, and 670 of ResNet-18 in two of three rounds in
which they had not. The script took two steps a round then; now it waits until nothing is ready.
""",
    ),
)

LABEL_ERRORS = """## Wrong labels

Found by their order: MSL v1, 5,386 real images, 540 labels made wrong on purpose, the same
predictions out of fold for all (frozen EfficientNet-Lite0 features; `snakemake --configfile
config/mars-rounds.yaml -- rounds`, then
`{command}`). Differences are of the average
precision, with intervals from resampled sols.

{table}

The first order is what reviewers get. By weaker features (ResNet-18 after 15 epochs of DCL) it was
0.027 [0.011, 0.047] ahead of the models alone. These are random errors and good neighbours;
[sun.md](sun.md#the-rounds) has labels from a rule.
"""

PEERS = """## Beside other tools

For those who choose, with the rows in which others have more. Read in November 2026: lightly 1.6.0,
stable-pretraining 0.1.8, hyrax 0.13 and THEMISim 0.2.0 as published on PyPI; their repositories and
astronomaly's as stored copies of some commit, not always the newest. Nothing was run for this
table. "No" means not found in what was searched; plugins and notebooks elsewhere may have it. The
file, commit, address or search behind each cell is in [peers.tsv](tables/peers.tsv).

{table}
"""


def page() -> str:
    """Return docs/benchmarks.md."""
    rows = read("benchmarks")
    parts = [HEAD]
    for section in SECTIONS:
        if section.title == "Memory and size":  # between the studies and what is owed
            parts.append(label_errors())
        parts.append(measured(section, [row for row in rows if row["section"] == section.title]))
    return "\n".join([*parts, peers()])


def measured(section: Section, rows: list[dict[str, str]]) -> str:
    """Return a section of measurements, its machine and date in front."""
    place = "" if "date" in section.columns else place_of(section.title, rows)
    before = " ".join(text for text in (place, section.before) if text)
    table = markdown(
        [
            "measured" if name == "here" and "ratio" not in section.columns else name
            for name in section.columns
        ],
        [
            [_code(row[name]) if name == "command" else row[name] for name in section.columns]
            for row in rows
        ],
    )
    return (
        f"## {section.title}\n\n"
        + (f"{before}\n\n" if before else "")
        + table
        + "\n"
        + section.after
    )


def place_of(title: str, rows: list[dict[str, str]]) -> str:
    """Return where and when the figures of a table were measured: all on one machine."""
    machines, dates = {row["machine"] for row in rows}, sorted({row["date"] for row in rows})
    if len(machines) > 1:
        raise SystemExit(
            f"'{title}' has figures of {len(machines)} machines: {'; '.join(sorted(machines))}. "
            "Run `make benchmarks` on one of them."
        )
    (machine,) = machines
    return f"{machine}, {dates[0]}." if len(dates) == 1 else f"{machine}, since {dates[0]}."


def label_errors() -> str:
    """Return the section about orders of wrong labels."""
    rows = read("label_errors")
    columns = [name for name in rows[0] if name != "command"]
    table = markdown(columns, [[row[name] for name in columns] for row in rows])
    return LABEL_ERRORS.format(command=rows[0]["command"], table=table)


def peers() -> str:
    """Return what each tool has: a row a feature, a column a tool."""
    rows = read("peers")
    names = list(dict.fromkeys(row["peer"] for row in rows))
    cells = {(row["feature"], row["peer"]): _cell(row) for row in rows}
    features = list(dict.fromkeys(row["feature"] for row in rows))
    table = markdown(
        ["feature", *names],
        [[feature, *(cells[feature, name] for name in names)] for feature in features],
    )
    return PEERS.format(table=table)


def _cell(row: dict[str, str]) -> str:
    has = f"**{row['has']}**" if row["has"] == "yes" else row["has"]
    return f"{has}: {row['note']}" if row["note"] else has


def _code(command: str) -> str:
    return f"`{command}`" if command else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
