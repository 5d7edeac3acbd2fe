"""The `skyloom` command: a table of commands, and the work of each imported when it is called."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skyloom import __version__
from skyloom.archives.command import list_shards
from skyloom.atomic import write_text
from skyloom.commands.audit_options import add_audit_options, add_why_options
from skyloom.commands.explore_options import add_explore_options, run_explore
from skyloom.commands.replay import add_replay_options, run_replay
from skyloom.commands.review_options import add_review_options, add_run_options, review
from skyloom.commands.similar_options import add_similar_options
from skyloom.commands.study_options import add_study_options, run_study
from skyloom.config import config_schema
from skyloom.errors import SkyloomError


@dataclass(frozen=True)
class Command:
    """One word after `skyloom`.

    Attributes:
        help: one line.
        options: adds what the command understands.
        work: does it, given the options and the words that it left over; returns a status or None.
        passes_on: whether words that it does not know go to Snakemake.
    """

    help: str
    options: Callable[[argparse.ArgumentParser], None]
    work: Callable[[argparse.Namespace, list[str]], int | None]
    passes_on: bool = False


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return its exit status, 1 with a message when it cannot be done."""
    parser = argparse.ArgumentParser("skyloom", description="From raw archives to audited labels.")
    parser.add_argument("--version", action="version", version=__version__)
    parsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, command in COMMANDS.items():
        command.options(parsers.add_parser(name, help=command.help, allow_abbrev=False))
    given, others = parser.parse_known_args(arguments)
    command = COMMANDS[given.command]
    if others and not command.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    try:
        status = command.work(given, others) or 0
        sys.stdout.flush()  # here, where a closed pipe is met by what follows
        return status
    except SkyloomError as error:
        print(f"skyloom {given.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # who read the output has seen enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def _schema_options(parser: argparse.ArgumentParser) -> None:
    default = Path("workflow/schemas/config.schema.json")
    parser.add_argument("path", type=Path, nargs="?", default=default)


def _list_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "skyloom list-shards <survey> <source> --sheet PATH [options]"
    parser.description = "Without a survey or source, print those that there are."
    parser.add_argument("words", nargs=argparse.REMAINDER, help="--help after a source")


def _seeds_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", type=Path, nargs="+", help="one results folder per seed")
    parser.add_argument("--survey", required=True)
    parser.add_argument("--main", required=True, help="whose differences are taken")


def _keep_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("survey")
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--encoder", help="whose clusters; default: the main one")


def _results_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", type=Path, help="the study's results folder")


def _schema(given: argparse.Namespace, others: list[str]) -> None:
    write_text(given.path, json.dumps(config_schema(), indent=1) + "\n")


def _run(given: argparse.Namespace, others: list[str]) -> int:
    from skyloom.commands.run import run  # here: it imports the plan

    return run(given.configfile, given.survey, others)


def _compare_seeds(given: argparse.Namespace, others: list[str]) -> None:
    from skyloom.analyze.seeds import compare_seeds  # here: it imports scikit-learn

    for table in compare_seeds(given.results, given.survey, given.main):
        print(table.round(3).to_string(index=False), end="\n\n")


def _keep_clusters(given: argparse.Namespace, others: list[str]) -> None:
    from skyloom.commands.keep_clusters import keep_clusters  # here: it imports torch

    print(f"kept in {keep_clusters(given.configfile, given.survey, given.encoder)}")


def _similar(given: argparse.Namespace, others: list[str]) -> None:
    from skyloom.commands.similar import similar  # here: it imports torch

    similar(given)


def _audit(given: argparse.Namespace, others: list[str]) -> int:
    from skyloom.commands.audit import run_audit  # here: it imports the plan

    return run_audit(given)


def _why(given: argparse.Namespace, others: list[str]) -> None:
    from skyloom.commands.why import why  # here: it imports pydantic

    why(given)


def _crate(given: argparse.Namespace, others: list[str]) -> None:
    from skyloom.commands.crate import describe_in_place  # here: it imports rocrate

    print(f"written: {describe_in_place(given.results)}")


def _adopt(given: argparse.Namespace, others: list[str]) -> int:
    from skyloom.commands.adopt import adopt  # here: it imports the plan

    return adopt(given.results)


COMMANDS: Mapping[str, Command] = {
    "run": Command(
        "run the workflow up to the next queue of labels", add_run_options, _run, passes_on=True
    ),
    "explore": Command(
        "look at everything the workflow found",
        add_explore_options,
        lambda given, others: run_explore(given),
    ),
    "review": Command(
        "verify labels, and close rounds of it",
        add_review_options,
        lambda given, others: review(given),
    ),
    "similar": Command("images that look like some examples", add_similar_options, _similar),
    "why": Command("where a result comes from, back to the archives", add_why_options, _why),
    "audit": Command(
        "verify every result against the record of the job that made it", add_audit_options, _audit
    ),
    "crate": Command("describe results as an RO-Crate in place", _results_option, _crate),
    "replay": Command(
        "run a crate again, compare the bytes", add_replay_options, run_replay, passes_on=True
    ),
    "adopt": Command("take over results that were copied here", _results_option, _adopt),
    "keep-clusters": Command(
        "let the present clusters keep their numbers from now on", _keep_options, _keep_clusters
    ),
    "compare-seeds": Command(
        "compare the encoders of a study that was run with several seeds",
        _seeds_options,
        _compare_seeds,
    ),
    "study": Command(
        "run the studies behind docs/claims.md, and write it",
        add_study_options,
        run_study,
        passes_on=True,
    ),
    "list-shards": Command(
        "write a shard sheet from an archive's own index",
        _list_options,
        lambda given, others: list_shards(given.words),
    ),
    "schema": Command("write the JSON Schema of the config", _schema_options, _schema),
}


if __name__ == "__main__":
    sys.exit(main())
