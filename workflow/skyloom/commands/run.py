"""`skyloom run`: run the workflow up to the next queue, and say what it waits for."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from skyloom.commands.study_config import read_plan
from skyloom.names_plan import clusters_to_name, waits_for_names
from skyloom.plan import Plan
from skyloom.relabel.status import Status, read_status
from skyloom.rounds_plan import open_files, open_folder, relabel_of

WAITS = 75
"""Exit status (EX_TEMPFAIL) where a person has to decide before the workflow goes on."""


def run(config: Path, survey: str, options: Sequence[str]) -> int:
    """Run the rounds of a survey; return 0 converged, 75 waiting, else Snakemake's status.

    Args:
        config: the study's config file.
        survey: the survey.
        options: for Snakemake, such as `--profile slurm`.
    """
    plan = read_plan(config, survey)
    relabel_of(plan, survey)
    waits = waits_for_names(plan, survey)
    files = clusters_to_name(plan, survey) if waits else open_files(plan, survey)
    command = [
        *(sys.executable, "-m", "snakemake", "--configfile", str(config)),
        *(options or ("--workflow-profile", "profiles/local")),
        *("--", *files),
    ]
    print(shlex.join(command), flush=True)
    done = subprocess.run(command, check=False)
    if done.returncode:
        return done.returncode
    if waits:
        print(_name_first(survey, config))
        return WAITS
    status = read_status(status_file(plan, survey))
    print(sentence(status, config))
    return 0 if status.converged else WAITS


def status_file(plan: Plan, survey: str) -> Path:
    """Return where the status of the open round is."""
    return round_folder(plan, survey) / "status.json"


def round_folder(plan: Plan, survey: str) -> Path:
    """Return the folder of the open round's results."""
    return Path(open_folder(plan, survey))


def sentence(status: Status, config: Path) -> str:
    """Return where the rounds stand, in words, with the two commands to type next."""
    looked = f"{status.looks} looks for {status.items} labels ({100 * status.looked_share:.0f} %)"
    where = f"{looked}, {status.corrected} corrected"
    passed = [audit for audit in status.audits if audit.passed]
    if status.converged and passed:
        return (
            f"{status.survey} has converged after {len(status.rounds)} rounds: {where}. With "
            f"{100 * status.confidence:g} % confidence at most {passed[-1].left} of the "
            f"{status.items} labels are still wrong, of those that nobody looked at."
        )
    if status.converged:
        return f"{status.survey} has converged: every label was looked at. {where}."
    said = f" --configfile {shlex.quote(str(config))}"
    return (
        f"Round {status.round}: {status.waiting} items wait for a person ({where}).\n"
        f"{_both_rules(status)}\n"
        f"  skyloom review {status.survey}{said}\n"
        f"  skyloom run {status.survey}{said}"
    )


def _name_first(survey: str, config: Path) -> str:
    """Return what a person has to do before the first round can begin."""
    said = f" --configfile {shlex.quote(str(config))}"
    return (
        f"The labels of {survey} are names of clusters (relabel.names), and none were given yet. "
        "Name clusters, then use the names:\n"
        f"  skyloom explore {survey}{said}\n"
        f"  skyloom review names {survey}{said}\n"
        f"  skyloom run {survey}{said}"
    )


def _both_rules(status: Status) -> str:
    """Return how far the rounds are from their end, by the audit and by the published rule."""
    if status.audits:
        last = status.audits[-1]
        audit = f"The last audit leaves up to {last.left} labels wrong ({100 * last.share:.1f} %)"
    else:
        audit = "No audit so far"
    return (
        f"{audit}; the rounds end at {100 * status.target:g} %. The models contradict "
        f"{status.disagreements} labels that nobody has decided; the published rule ends where no "
        "new ones come."
    )
