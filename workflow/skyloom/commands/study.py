"""`skyloom study`: run the studies behind the claims, and write the page of what they came to."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from skyloom.analyze.claims import NUMBER_COLUMNS, read_number, study_tables
from skyloom.atomic import write_text
from skyloom.commands.study_config import StudyError
from skyloom.provenance.environment import git_state, machine
from skyloom.report.claims import STUDY_COLUMNS, claims_page
from skyloom.settings.base import nearest
from skyloom.settings.claims import Claims, Step, StudyPlan, parse_claims

PROGRAMS = {"python": (sys.executable,), "skyloom": (sys.executable, "-m", "skyloom")}


@dataclass(frozen=True)
class Studies:
    """The studies of a file of claims, and where they and their numbers are kept.

    Attributes:
        claims: the file.
        root: folder of the results of all seeds.
        tables: folder of `claims.tsv` and `studies.tsv`, from which the page is written.
        page: the page.
        archive_root: local copy of the archives, or None.
        options: for Snakemake.
    """

    claims: Claims
    root: Path
    tables: Path
    page: Path
    archive_root: str | None = None
    options: Sequence[str] = ()

    def run(self, name: str) -> None:
        """Run what is missing of a study, seed by seed, and write the page after each."""
        study = self.claims.studies[name]
        for seed in study.seeds:
            for step in study.steps:
                self._step(name, study, seed, step)
            self._finish(name, study, seed)
            self.collect(name)
            self.write_page()

    def collect(self, name: str) -> None:
        """Read the numbers of a study off the seeds that are finished, if there are any."""
        study = self.claims.studies[name]
        ends = {seed: self._folder(name, seed) / "finished.json" for seed in study.seeds}
        done = [json.loads(end.read_text()) for end in ends.values() if end.exists()]
        if not done:
            return
        tables = study_tables(study, [end.parent for end in ends.values() if end.exists()])
        rows = [
            {"key": key, **read_number(number, tables, len(done))}
            for key, number in self.claims.numbers()
            if number.study == name
        ]
        last = max(done, key=lambda one: one["ended"])
        minutes = sum(one["minutes"] for one in done)
        about = {**last, "study": name, "seeds": len(done), "minutes": round(minutes, 1)}
        self._replace("claims.tsv", pd.DataFrame(rows), NUMBER_COLUMNS)
        self._replace("studies.tsv", pd.DataFrame([about]), STUDY_COLUMNS)

    def write_page(self) -> None:
        """Write the page from the tables as they are."""
        numbers, studies = (
            self._table(name, columns)
            for name, columns in (("claims.tsv", NUMBER_COLUMNS), ("studies.tsv", STUDY_COLUMNS))
        )
        write_text(self.page, claims_page(self.claims, numbers, studies))

    def _folder(self, name: str, seed: int) -> Path:
        return self.root / f"{name}-{seed}"

    def _step(self, name: str, study: StudyPlan, seed: int, step: Step) -> None:
        """Do one step; Snakemake does what is missing of its targets."""
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
            words += [*self.options, "--config", *values, "--", *targets]
        print(f"{name}, seed {seed}: {' '.join(words)}", flush=True)
        status = subprocess.run(words, check=False).returncode
        if status:
            raise StudyError(
                f"study {name}, seed {seed}: exit status {status} of {' '.join(words)}. What is "
                "done stays done: mend it and call skyloom study again."
            )

    def _finish(self, name: str, study: StudyPlan, seed: int) -> None:
        """Note when, on what and from which commit a seed was finished."""
        folder = self._folder(name, seed)
        records = [json.loads(path.read_text()) for path in folder.glob("*/provenance/**/*.json")]
        jobs = [record for record in records if "seconds" in record]
        about = {
            "commit": git_state().get("commit", ""),
            "ended": max((job["ended"] for job in jobs), default=""),
            "minutes": round(sum(job["seconds"] for job in jobs) / 60, 2),
            "processor": machine(1)["processor"],
        }
        write_text(folder / "finished.json", json.dumps(about, indent=1) + "\n")

    def _table(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        path = self.tables / name
        kinds = {"p": float, "value": float, "low": float, "high": float}
        if not path.exists():
            return pd.DataFrame(columns=list(columns))
        return pd.read_csv(path, sep="\t", keep_default_na=True).astype(
            {column: kind for column, kind in kinds.items() if column in columns}
        )

    def _replace(self, name: str, rows: pd.DataFrame, columns: Sequence[str]) -> None:
        """Put rows in place of those with their keys; the others stay, in the file's order."""
        key = columns[0]
        before = self._table(name, columns)
        kept = before[~before[key].isin(rows[key])]
        merged = pd.concat([part for part in (kept, rows) if len(part)], ignore_index=True)
        order = [key for key, _ in self.claims.numbers()] + list(self.claims.studies)
        merged = merged[merged[key].isin(order)]
        merged = merged.sort_values(key, key=lambda names: names.map(order.index))
        text = merged.reindex(columns=list(columns)).to_csv(
            sep="\t", index=False, float_format="%.6g"
        )
        write_text(self.tables / name, text)


def read_claims(path: Path) -> Claims:
    """Read a file of claims."""
    if not path.is_file():
        raise StudyError(f"{path} is no file. Name the file of claims with --claims.")
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise StudyError(f"{path} holds no keys. Is it a file of claims?")
    return parse_claims(values, str(path))


def chosen(claims: Claims, only: Sequence[str]) -> list[str]:
    """Return the names of the studies to run, all unless some are named."""
    for name in only:
        if name not in claims.studies:
            raise StudyError(f"there is no study '{name}'.{nearest(name, claims.studies)}")
    return list(only) or list(claims.studies)
