"""Options of `skyloom similar`, apart from its work so that other commands start fast."""

import argparse
from pathlib import Path


def add_similar_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `skyloom similar`."""
    parser.add_argument("survey")
    parser.add_argument("examples", nargs="*", metavar="image_id", help="like these")
    parser.add_argument("--file", type=Path, help="like the images of a file from outside")
    parser.add_argument(
        "--unlike", nargs="+", default=[], metavar="image_id", help="not like these"
    )
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--encoder", help="whose features are compared; default: the main one")
    parser.add_argument("--count", type=int, default=20, help="at most so many answers (20)")
    parser.add_argument("--least", type=float, default=-1.0, help="smallest similarity, -1 to 1")
    parser.add_argument(
        "--other-groups", action="store_true", help="no answer of an example's group (sol, night)"
    )
    parser.add_argument(
        "--seconds", type=float, default=0.0, help="no answer taken within so many of an example"
    )
    parser.add_argument("--output", type=Path, help="also write .csv, .parquet or .vot")
    parser.add_argument("--picture", type=Path, help="also draw examples and answers, .png")
