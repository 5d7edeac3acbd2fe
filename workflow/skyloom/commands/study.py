"""`skyloom study`: run the studies behind the claims, and write the page of what they came to."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from skyloom.analyze.claims import read_number, study_tables
from skyloom.atomic import write_text
from skyloom.commands.claim_tables import ClaimTables
from skyloom.commands.finished_seed import answers, asked_of, forget_end, read_end, write_end
from skyloom.commands.sole_study import sole_study
from skyloom.commands.study_config import StudyError, read_keys
from skyloom.report.claims import claims_page
from skyloom.settings.base import nearest
from skyloom.settings.claims import Claims, Step, StudyPlan, parse_claims

PROGRAMS = {"python": (sys.executable,), "skyloom": (sys.executable, "-m", "skyloom")}


@dataclass(frozen=True)
class Studies:
    """The studies of a file of claims, and where they and their numbers are kept.

    Attributes:
        claims: the file.
        tables: where their numbers are kept, from which the page is written.
        root: folder of the results of all seeds.
        page: the page.
        archive_root: local copy of the archives, or None.
        options: for Snakemake.
    """

    claims: Claims
    tables: ClaimTables
    root: Path
    page: Path
    archive_root: str | None = None
    options: Sequence[str] = ()

    def run(self, name: str) -> None:
        """Run the seeds of a study that are missing, and write the page after each.

        A seed that was killed goes on where it was; one that is finished is left as it is, unless
        the study asks for something else than it did then.

        Raises:
            StudyError: a step fails, or another run is at work in the same folder.
        """
        study = self.claims.studies[name]
        asked = asked_of(study)  # before the work: a config that is changed meanwhile is not done
        with sole_study(self.root, name) as lock:
            for seed in study.seeds:
                if answers(self._folder(name, seed), asked):
                    print(f"{name}, seed {seed}: finished", flush=True)
                    continue
                forget_end(self._folder(name, seed))
                for step in study.steps:
                    self._step(name, study, seed, step, lock)
                write_end(self._folder(name, seed), asked)
                self.collect(name)
                self.write_page()

    def collect(self, name: str) -> None:
        """Read the numbers of a study off the seeds that are finished, if there are any.

        A seed that did something else than the study asks for now is left out.
        """
        study, ends = self.claims.studies[name], self._ends(name)
        if not ends:
            return
        done = list(ends.values())
        tables = study_tables(study, list(ends))
        rows = [
            {"key": key, **read_number(number, tables, len(done))}
            for key, number in self.claims.numbers()
            if number.study == name
        ]
        last = max(done, key=lambda one: one["ended"])
        minutes = sum(one["minutes"] for one in done)
        commits = " ".join(dict.fromkeys(one["commit"] for one in done))
        about = {"study": name, "seeds": len(done), "minutes": round(minutes, 1)}
        about |= {"commit": commits, "ended": last["ended"], "processor": last["processor"]}
        self.tables.replace("claims", pd.DataFrame(rows))
        self.tables.replace("studies", pd.DataFrame([about]))

    def write_page(self) -> None:
        """Write the page from the tables as they are."""
        numbers, studies = self.tables.read("claims"), self.tables.read("studies")
        write_text(self.page, claims_page(self.claims, numbers, studies))

    def _ends(self, name: str) -> dict[Path, dict[str, Any]]:
        """Return the notes on the finished seeds by folder; say which did something else."""
        study = self.claims.studies[name]
        folders = {seed: self._folder(name, seed) for seed in study.seeds}
        ends = {seed: end for seed, at in folders.items() if (end := read_end(at)) is not None}
        asked = asked_of(study) if ends else ""
        stale = [seed for seed in ends if not answers(folders[seed], asked)]
        if stale:
            print(
                f"{name}: left out seed(s) {', '.join(map(str, stale))}, which did something else "
                f"than the study asks for now. Do them again: skyloom study --only {name}.",
                flush=True,
            )
        return {folders[seed]: end for seed, end in ends.items() if seed not in stale}

    def _folder(self, name: str, seed: int) -> Path:
        return self.root / f"{name}-{seed}"

    def _step(self, name: str, study: StudyPlan, seed: int, step: Step, lock: int) -> None:
        """Do one step; Snakemake does what is missing of its targets.

        Snakemake's own locks outlive a kill; `lock` does not, and keeps others away as well.
        """
        folder = self._folder(name, seed)
        if step.unless is not None and step.unless.exists():
            return
        if step.run:
            first, *others = (word.replace("{results}", str(folder)) for word in step.run)
            words = [*PROGRAMS.get(first, (first,)), *others]
        else:
            values = [f"seed={seed}", f"results={folder}", f"reviews={folder}/reviews"]
            if self.archive_root:
                values.append(f"archive_root={self.archive_root}")
            targets = [
                str(folder / study.survey / target) if "/" in target else target
                for target in step.targets
            ]
            words = [sys.executable, "-m", "snakemake", "--configfile", str(study.config)]
            words += ["--nolock", *self.options, "--config", *values, "--", *targets]
        print(f"{name}, seed {seed}: {' '.join(words)}", flush=True)
        status = subprocess.run(words, check=False, pass_fds=[lock]).returncode
        if status:
            raise StudyError(
                f"study {name}, seed {seed}: exit status {status} of {' '.join(words)}. What is "
                "done stays done: mend it and call skyloom study again."
            )


def read_claims(path: Path) -> Claims:
    """Read a file of claims."""
    return parse_claims(read_keys(path, "the file of claims", "--claims"), str(path))


def chosen(claims: Claims, only: Sequence[str]) -> list[str]:
    """Return the names of the studies to run, all unless some are named."""
    for name in only:
        if name not in claims.studies:
            raise StudyError(f"there is no study '{name}'.{nearest(name, claims.studies)}")
    return list(only) or list(claims.studies)
