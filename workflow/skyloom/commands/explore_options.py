"""Options of `skyloom explore`, apart from its work so that other commands start fast."""

import argparse
from pathlib import Path


def add_explore_options(parser: argparse.ArgumentParser) -> None:
    """Add what `skyloom explore` understands."""
    parser.add_argument("surveys", nargs="*", metavar="survey", help="default: all of the study")
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--reviewer", help="your name; default: git's user.name")
    parser.add_argument("--port", type=int, help="of the pages; default: one of the study")
    parser.add_argument("--host", default="127.0.0.1", help="address of the pages")
    parser.add_argument("--export", type=Path, metavar="DIR", help="write files, serve nothing")
    parser.add_argument(
        "--items",
        type=int,
        default=20_000,
        help="of an export: images that get a page of their own (20,000)",
    )


def run_explore(given: argparse.Namespace) -> None:
    """Serve the explorer, or write it."""
    from skyloom.commands import explore  # here: it imports a server

    explore.explore(given)
