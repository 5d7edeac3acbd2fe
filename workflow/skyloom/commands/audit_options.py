"""Options of `skyloom audit` and `skyloom why`, apart from their work so that others start fast."""

import argparse
from pathlib import Path

USAGE = """skyloom audit [results or file] [options]   do results fit their records?
       skyloom audit diff A B                      what changed between two results"""


def add_audit_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `skyloom audit`."""
    parser.usage = USAGE
    parser.add_argument("words", nargs="*", metavar="results", help=argparse.SUPPRESS)
    parser.add_argument(
        "--deep",
        type=int,
        nargs="?",
        const=1,
        default=0,
        metavar="N",
        help="also rerun N jobs drawn at random (1) in a scratch folder and compare the bytes",
    )
    parser.add_argument("--draw", type=int, help="number that fixes which jobs --deep draws")
    parser.add_argument(
        "--full", action="store_true", help="read every byte, whatever is remembered of the files"
    )
    parser.add_argument(
        "--configfile", type=Path, help="what settings should be; default: as in the last run"
    )
    parser.add_argument("--json", action="store_true", help="write the findings as JSON")


def add_why_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `skyloom why`."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="the same for other programs")
    parser.add_argument("--brief", action="store_true", help="without parameters")
