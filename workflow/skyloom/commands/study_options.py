"""Options of `skyloom study`, and what they mean."""

import argparse
from pathlib import Path


def add_study_options(parser: argparse.ArgumentParser) -> None:
    """Add what `skyloom study` understands."""
    parser.add_argument("--only", nargs="+", default=[], metavar="STUDY", help="default: all")
    parser.add_argument("--claims", type=Path, default=Path("config/claims/four-papers.yaml"))
    parser.add_argument("--root", type=Path, default=Path("results/studies"))
    parser.add_argument("--tables", type=Path, default=Path("docs/tables"))
    parser.add_argument("--page", type=Path, default=Path("docs/claims.md"))
    parser.add_argument("--archive-root", help="a local copy or mirror of the archives")
    parser.add_argument(
        "--collect", action="store_true", help="run nothing: read what is there, write the page"
    )
    parser.epilog = "All other options go to Snakemake, such as --profile slurm."


def run_study(given: argparse.Namespace, others: list[str]) -> None:
    """Run the studies that are missing and write the page."""
    from skyloom.commands.claim_tables import ClaimTables  # here: they import pandas
    from skyloom.commands.study import Studies, chosen, read_claims

    claims = read_claims(given.claims)
    options = others or ["--workflow-profile", "profiles/local"]
    tables = ClaimTables(given.tables, claims)
    studies = Studies(claims, tables, given.root, given.page, given.archive_root, options)
    for name in chosen(claims, given.only):
        if given.collect:
            studies.collect(name)
        else:
            studies.run(name)
    studies.write_page()
    print(f"written: {given.page}")
