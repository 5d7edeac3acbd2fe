"""The `skyloom` command."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from skyloom import __version__
from skyloom.archives.command import list_shards
from skyloom.atomic import write_text
from skyloom.commands.audit_options import add_audit_options, add_why_options
from skyloom.commands.replay import add_replay_options, run_replay
from skyloom.commands.review_options import add_review_options, add_run_options, review
from skyloom.commands.similar_options import add_similar_options
from skyloom.config import config_schema
from skyloom.errors import SkyloomError


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return its exit status."""
    parser = argparse.ArgumentParser("skyloom", description="From raw archives to audited labels.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    audit_parser = commands.add_parser(
        "audit", help="verify every result against the record of the job that made it"
    )
    add_audit_options(audit_parser)
    why_parser = commands.add_parser("why", help="where a result comes from, back to the archives")
    add_why_options(why_parser)
    schema_parser = commands.add_parser("schema", help="write the JSON Schema of the config")
    schema_parser.add_argument(
        "path", type=Path, nargs="?", default=Path("workflow/schemas/config.schema.json")
    )
    list_parser = commands.add_parser(
        "list-shards",
        help="write a shard sheet from an archive's own index",
        usage="skyloom list-shards <survey> <source> --sheet PATH [options]",
        description="Without a survey or source, print those that there are.",
    )
    list_parser.add_argument("words", nargs=argparse.REMAINDER, help="--help after a source")
    seeds_parser = commands.add_parser(
        "compare-seeds", help="compare the encoders of a study that was run with several seeds"
    )
    seeds_parser.add_argument("results", type=Path, nargs="+", help="one results folder per seed")
    seeds_parser.add_argument("--survey", required=True)
    seeds_parser.add_argument("--main", required=True, help="whose differences are taken")
    similar_parser = commands.add_parser("similar", help="images that look like some examples")
    add_similar_options(similar_parser)
    keep_parser = commands.add_parser(
        "keep-clusters", help="let the present clusters keep their numbers from now on"
    )
    keep_parser.add_argument("survey")
    keep_parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    keep_parser.add_argument("--encoder", help="whose clusters; default: the main one")
    run_parser = commands.add_parser("run", help="run the workflow up to the next queue of labels")
    add_run_options(run_parser)
    review_parser = commands.add_parser("review", help="verify labels, and close rounds of it")
    add_review_options(review_parser)
    crate_parser = commands.add_parser("crate", help="describe results as an RO-Crate in place")
    crate_parser.add_argument("results", type=Path, help="the study's results folder")
    replay_parser = commands.add_parser("replay", help="run a crate again, compare the bytes")
    add_replay_options(replay_parser)
    adopt_parser = commands.add_parser("adopt", help="take over results that were copied here")
    adopt_parser.add_argument("results", type=Path, help="the study's results folder")
    given, others = parser.parse_known_args(arguments)
    if others and given.command not in ("run", "replay"):
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    if given.command == "audit":
        return _attempt("audit", lambda: _audit(given))
    if given.command == "why":
        return _attempt("why", lambda: _why(given))
    if given.command == "crate":
        return _attempt("crate", lambda: _crate(given.results))
    if given.command == "replay":
        return _attempt("replay", lambda: run_replay(given, others))
    if given.command == "adopt":
        return _attempt("adopt", lambda: _adopt(given.results))
    if given.command == "compare-seeds":
        compared = (given.results, given.survey, given.main)
        return _attempt("compare-seeds", lambda: _compare_seeds(*compared))
    if given.command == "similar":
        return _attempt("similar", lambda: _similar(given))
    if given.command == "keep-clusters":
        return _attempt("keep-clusters", lambda: _keep_clusters(given))
    if given.command == "run":
        return _attempt("run", lambda: _run(given, others))
    if given.command == "review":
        return _attempt("review", lambda: review(given))
    if given.command == "list-shards":
        return _attempt("list-shards", lambda: list_shards(given.words))
    write_text(given.path, json.dumps(config_schema(), indent=1) + "\n")
    return 0


def _attempt(command: str, work: Callable[[], int | None]) -> int:
    """Do a command's work; return its status, or 1 with a message when it cannot be done."""
    try:
        return work() or 0
    except SkyloomError as error:
        print(f"skyloom {command}: {error}", file=sys.stderr)
        return 1


def _run(given: argparse.Namespace, options: list[str]) -> int:
    """Run the workflow up to the next queue."""
    from skyloom.commands.run import run  # here: it imports the plan

    return run(given.configfile, given.survey, options)


def _compare_seeds(results: list[Path], survey: str, main_encoder: str) -> None:
    """Print curves and paired differences."""
    from skyloom.analyze.seeds import compare_seeds  # here: it imports scikit-learn

    for table in compare_seeds(results, survey, main_encoder):
        print(table.round(3).to_string(index=False), end="\n\n")


def _keep_clusters(given: argparse.Namespace) -> None:
    """Keep the numbers of clusters, and say where."""
    from skyloom.commands.keep_clusters import keep_clusters  # here: it imports torch

    print(f"kept in {keep_clusters(given.configfile, given.survey, given.encoder)}")


def _similar(given: argparse.Namespace) -> None:
    """Search by likeness."""
    from skyloom.commands.similar import similar  # here: it imports torch

    similar(given)


def _audit(given: argparse.Namespace) -> int:
    """Compare results with their records."""
    from skyloom.commands.audit import run_audit  # here: it imports the plan

    return run_audit(given)


def _crate(results: Path) -> None:
    """Describe results as a crate where they are."""
    from skyloom.commands.crate import describe_in_place  # here: it imports rocrate

    print(f"written: {describe_in_place(results)}")


def _adopt(results: Path) -> int:
    """Take over copied results."""
    from skyloom.commands.adopt import adopt  # here: it imports the plan

    return adopt(results)


def _why(given: argparse.Namespace) -> None:
    """Say where a result comes from."""
    from skyloom.commands.why import why  # here: it imports pydantic

    why(given)


if __name__ == "__main__":
    sys.exit(main())
