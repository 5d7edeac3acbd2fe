"""Options of `skyloom review` and `skyloom run`, and what their words mean."""

import argparse
from pathlib import Path

from skyloom.commands.study_config import StudyError, read_plan
from skyloom.settings.base import nearest

ACTIONS = {
    "close": ("survey", "round"),
    "amend": ("survey", "item", "label"),
    "names": ("survey",),
    "oracle": ("survey",),
}
USAGE = """skyloom review <survey>                      open the review page
       skyloom review close <survey> <round>        seal a round
       skyloom review amend <survey> <item> <label> change a label of a closed round
       skyloom review names <survey>                use the names given to clusters as labels
       skyloom review oracle <survey>               let the truth answer (simulated archives)"""


def add_review_options(parser: argparse.ArgumentParser) -> None:
    """Add what `skyloom review` understands."""
    parser.usage = USAGE
    parser.add_argument("words", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--reviewer", help="your name; default: git's user.name")
    parser.add_argument("--port", type=int, help="of the page; default: one of the survey")
    parser.add_argument("--host", default="127.0.0.1", help="address of the page")
    parser.add_argument(
        "--leave-open",
        action="store_true",
        help="close although ranked items have no verdict; they return later",
    )
    parser.add_argument("--encoder", help="whose clusters' names; default: the main one")
    parser.add_argument("--note", help="why a label is amended")
    parser.add_argument("--errors", type=float, default=0.0, help="share of the oracle's mistakes")


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add what `skyloom run` understands."""
    parser.add_argument("survey")
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    parser.epilog = "All other options go to Snakemake, such as --profile slurm."


def review(given: argparse.Namespace) -> None:
    """Do what the words of `skyloom review` say."""
    from skyloom.commands import review as commands  # here: it imports pandas

    action, words = _action(given.words)
    plan = read_plan(given.configfile, words["survey"])
    survey, reviewer = words["survey"], commands.reviewer_name(given.reviewer)
    if action == "close":
        sealed = commands.close(plan, survey, _number(words["round"]), given.leave_open)
        fixed = sum(row.verdict == "fix" for row in sealed.rows)
        print(f"round {sealed.head.round} is closed: {len(sealed.rows)} items, {fixed} corrected")
        if sealed.head.orphans:
            print(
                f"{len(sealed.head.orphans)} items with verdicts are not in this queue, which was "
                f"built anew meanwhile: {', '.join(sealed.head.orphans[:5])}. Their rows stay in "
                "the logs."
            )
        print(f"  skyloom run {survey} --configfile {given.configfile}")
    elif action == "amend":
        item, label = words["item"], words["label"]
        print(commands.amend(plan, survey, item, label, reviewer, given.note))
    elif action == "names":
        print(commands.use_names(plan, survey, given.encoder))
        print(f"  skyloom run {survey} --configfile {given.configfile}")
    elif action == "page":
        from skyloom.commands.review_page import open_page  # here: it imports a server

        open_page(plan, survey, reviewer, given.configfile, given.host, given.port)
    else:
        oracle = commands.reviewer_name(given.reviewer or "oracle")
        print(commands.answer(plan, survey, given.errors, oracle))


def _action(words: list[str]) -> tuple[str, dict[str, str]]:
    """Return the action, `page` where only a survey is named, and its words by name."""
    names = ACTIONS.get(words[0], ("survey",))
    values = words[1:] if words[0] in ACTIONS else words
    if len(values) != len(names):
        hint = "" if words[0] in ACTIONS else nearest(words[0], ACTIONS)
        raise StudyError(f"'{' '.join(words)}' is not understood.{hint}\nusage: {USAGE}")
    action = words[0] if words[0] in ACTIONS else "page"
    return action, dict(zip(names, values, strict=True))


def _number(text: str) -> int:
    if not text.isdigit():
        raise StudyError(f"'{text}' is no number of a round, expected 1, 2, ...")
    return int(text)
