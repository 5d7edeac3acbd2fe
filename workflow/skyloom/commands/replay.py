"""`skyloom replay`: run a crate again and say what is the same."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from skyloom.provenance.replay import Replayed, replay

LIBRARY = Path(__file__).parents[3]
"""The repository that this library is part of."""


def add_replay_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `skyloom replay`."""
    parser.add_argument("crate", type=Path, help="zip file or folder")
    parser.add_argument("--folder", type=Path, default=Path("replay"), help="where to run it")
    parser.add_argument(
        "--repository", type=Path, default=LIBRARY, help="clone that has the commit"
    )
    parser.add_argument("--target", nargs="+", default=[], help="only these files or rules")
    parser.epilog = "All other options go to Snakemake, such as --cores 4."


def run_replay(given: argparse.Namespace, options: Sequence[str]) -> int:
    """Replay a crate; return 0 where all that can be compared is the same, else 1."""
    found = replay(given.crate, given.folder, given.repository, options, given.target)
    for line in tell(found):
        print(line)
    return 1 if found.different or found.missing else 0


def tell(found: Replayed) -> list[str]:
    """Return the lines that say what a replay came to."""
    lines = [f"DIFFERENT  {path}" for path in found.different]
    lines += [f"MISSING    {path}" for path in found.missing]
    return [
        *lines,
        f"{len(found.same)} files with the same bytes, {len(found.measured)} that differ in "
        f"measured times alone, {len(found.different)} different, {len(found.missing)} missing; "
        f"{len(found.telling)} pages and cards tell of their own run and are not compared",
    ]
