"""What a run's SLURM jobs cost beside their work: waiting, and start of Snakemake, by rule.

python benchmarks/slurm_overhead.py [logs/benchmarks] [--run NAME]

Asks sacct for the jobs of one run of Snakemake (all have one name; without --run the last one) and
takes the seconds of the work itself from the benchmark files that these jobs wrote. All seconds are
of the clock; sacct's are whole, so a mean of few jobs is no better than half a second.
"""

import argparse
import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pandas as pd

FIELDS = ("JobID", "JobName", "State", "Submit", "Start", "End", "Comment")
TIMES = ["Submit", "Start", "End"]


def accounted() -> pd.DataFrame:
    """Return a row for each job and each of its steps that sacct knows, finished ones alone."""
    asked = ["sacct", "--parsable2", "--format", ",".join(FIELDS)]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    rows = pd.read_csv(StringIO(said), sep="|", dtype=str, keep_default_na=False)
    rows = rows[rows["State"] == "COMPLETED"]
    rows[["job", "step"]] = rows["JobID"].str.extract(r"^(\d+)\.?(.*)$")
    return rows.assign(**{name: pd.to_datetime(rows[name]) for name in TIMES})


def waits(rows: pd.DataFrame, run: str | None) -> pd.DataFrame:
    """Return the jobs of a run: rule, seconds of waiting, to the first step, and in all steps."""
    jobs = rows[rows["step"] == ""].set_index("job")
    jobs = jobs[jobs["JobName"] == (run or jobs["JobName"].iloc[-1])]
    steps = outer_steps(rows)
    lasted = (steps["End"] - steps["Start"]).dt.total_seconds().groupby(steps["job"])
    first = steps.groupby("job")["Start"].min()
    return pd.DataFrame(
        {
            "rule": jobs["Comment"].map(rule_of),
            "submitted": jobs["Submit"],
            "wait": (jobs["Start"] - jobs["Submit"]).dt.total_seconds(),
            "until_step": (first.reindex(jobs.index) - jobs["Start"]).dt.total_seconds(),
            "in_steps": lasted.sum().reindex(jobs.index),
            "steps": lasted.size().reindex(jobs.index),
        }
    )


def outer_steps(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the steps, one for each command of a rule, without what these start by `srun`."""
    steps = rows[rows["step"].str.isdigit()].sort_values(["job", "Start", "JobID"])
    before = steps.groupby("job")["End"].transform(lambda ends: ends.cummax().shift())
    return steps[~(steps["Start"] < before)]


def rule_of(comment: str) -> str:
    """Return the rule that the executor's comment names; groups are named like their rules."""
    rule = re.sub(r"_wildcards_.*", "", comment.removeprefix("rule_"))
    half = len(rule) // 2
    return rule[:half] if rule[:half] == rule[half + 1 :] else rule


def work(folder: Path, rule: str, since: float) -> list[float]:
    """Return the seconds of a rule's commands, from benchmark files written since a time."""
    files = [*folder.glob(f"*/{rule}/**/*.jsonl"), *folder.glob(f"*/{rule}.jsonl")]
    new = [path for path in files if path.stat().st_mtime >= since]
    return [float(json.loads(path.read_text().splitlines()[-1])["s"]) for path in new]


def main() -> None:
    """Print a table of rules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmarks", type=Path, nargs="?", default=Path("logs/benchmarks"))
    parser.add_argument("--run", help="name of the jobs, as in sacct")
    given = parser.parse_args()
    jobs = waits(accounted(), given.run)
    since = jobs["submitted"].min().to_pydatetime().timestamp()
    print(f"{'rule':16}  jobs  steps   wait  first step  beside work  work a step")
    for rule, some in jobs.groupby("rule", sort=False):
        worked = work(given.benchmarks, str(rule), since)
        steps = int(some["steps"].sum())
        if len(worked) != steps:
            sys.exit(f"{rule}: {steps} steps, but {len(worked)} benchmark files of this run")
        beside = (some["in_steps"].sum() - sum(worked)) / steps
        print(
            f"{rule:16} {len(some):5} {steps:6} {some['wait'].mean():6.1f} "
            f"{some['until_step'].mean():11.1f} {beside:12.1f} {sum(worked) / steps:12.1f}"
        )


if __name__ == "__main__":
    main()
