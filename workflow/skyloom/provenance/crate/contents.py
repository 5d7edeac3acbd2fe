"""What goes into a crate: which files of a study, of its workflow and of its people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from skyloom.provenance.human import reviewers_of
from skyloom.provenance.lineage import is_round
from skyloom.provenance.records import Records
from skyloom.provenance.runs import run_files
from skyloom.surveys.credit import Credit

STUDY = "study.yaml"
"""The resolved configuration beside the results in a crate; `skyloom replay` starts from it."""
_CODE = ("Snakefile", "README.md", "LICENSE", "CITATION.cff", "pyproject.toml")
_FOLDERS = {
    "workflow": ("*.py", "*.smk", "*.html", "*.css", "*.md", "*.json", "*.rst"),
    "envs": ("*",),
}


@dataclass(frozen=True)
class Study:
    """A study to be packed.

    Attributes:
        records: of its results.
        config: its resolved configuration.
        credits: of each survey's archives.
        simulated: surveys whose archive is simulated.
    """

    records: Records
    config: Mapping[str, Any]
    credits: Mapping[str, Sequence[Credit]]
    simulated: Sequence[str]

    @property
    def root(self) -> Path:
        """Folder that all paths are relative to."""
        return self.records.root

    @property
    def config_file(self) -> str:
        """Path of the resolved configuration in the crate."""
        return f"{self.config['results']}/{STUDY}"

    def results(self) -> dict[str, dict[str, Any]]:
        """Return every result by path, with SHA-256 and bytes as its job noted them."""
        return {
            entry["path"]: entry
            for record in self.records.jobs.values()
            if record["stage"] != "crate"
            for entry in record["outputs"]
        }

    def given(self) -> list[str]:
        """Return the files that jobs read and no job wrote: verdicts, tables of people."""
        return [
            path
            for path in self.records.readers
            if path not in self.records.writer and path not in self.records.jobs
        ]

    def logs(self) -> list[str]:
        """Return the logs of verdicts behind the closed rounds."""
        rounds = [self.root / path for path in self.given() if is_round(path)]
        folders = [path.parent.parent / "log" / path.stem for path in rounds]
        found = [log for folder in folders for log in sorted(folder.glob("*.jsonl"))]
        return [self.records.shown(path) for path in found]

    def sheets(self) -> list[str]:
        """Return the shard sheets of the surveys, with what lies beside them."""
        sheets = [Path(self.config[name]["shards"]) for name in surveys_of(self.config)]
        beside = [
            sheet.with_suffix(suffix)
            for sheet in sheets
            for suffix in (sheet.suffix, ".members.tsv", ".sha256")
        ]
        return [path.as_posix() for path in beside if (self.root / path).is_file()]

    def bookkeeping(self) -> list[str]:
        """Return the records of jobs and runs."""
        jobs = [name for name, record in self.records.jobs.items() if record["stage"] != "crate"]
        runs = [self.records.shown(path) for path in run_files(self.records.results)]
        return [*jobs, *runs]


def surveys_of(config: Mapping[str, Any]) -> list[str]:
    """Return the surveys that a configuration names."""
    said = config["surveys"]
    return said.split(",") if isinstance(said, str) else list(said)


def code_files(root: Path) -> list[str]:
    """Return the files of the workflow itself, relative to the repository."""
    found = [root / name for name in _CODE if (root / name).is_file()]
    for folder, patterns in _FOLDERS.items():
        found += sorted(path for pattern in patterns for path in (root / folder).rglob(pattern))
    return [
        path.relative_to(root).as_posix()
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    ]


def citation(root: Path) -> dict[str, Any]:
    """Return CITATION.cff."""
    said: dict[str, Any] = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    return said


def review_of(study: Study, path: str) -> dict[str, Any]:
    """Return who closed a round: names, and the times of the first and the last verdict."""
    people = reviewers_of(study.root / path)
    return {
        "names": [who.name for who in people],
        "first": min((who.first for who in people), default=None),
        "last": max((who.last for who in people), default=None),
    }
