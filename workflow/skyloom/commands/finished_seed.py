"""The note that a seed of a study is finished: what was asked, when and from which commit."""

import json
from pathlib import Path
from typing import Any

from skyloom.atomic import write_text
from skyloom.commands.study_config import read_keys
from skyloom.digest import sha256_of_json
from skyloom.provenance.environment import git_state, machine
from skyloom.settings.claims import StudyPlan

NAME = "finished.json"


def read_end(folder: Path) -> dict[str, Any] | None:
    """Return the note on a seed; None while it is not finished."""
    end = folder / NAME
    return dict(json.loads(end.read_text())) if end.exists() else None


def answers(folder: Path, asked: str) -> bool:
    """Whether a seed is finished and did what its study asks for (`asked_of`).

    Newer code alone does not make it run again: the page says from which commit its numbers are.
    """
    end = read_end(folder)
    return end is not None and end.get("asked") == asked


def forget_end(folder: Path) -> None:
    """Remove the note on a seed that is done again: killed halfway, it is not finished."""
    (folder / NAME).unlink(missing_ok=True)


def asked_of(study: StudyPlan) -> str:
    """Return a digest of the config and the steps of a study."""
    config = read_keys(study.config, "the study's config", "--configfile")
    return sha256_of_json([config, study.model_dump(mode="json", include={"survey", "steps"})])


def write_end(folder: Path, asked: str) -> None:
    """Note that a seed is finished, what was asked before it ran, when it ended, which commit."""
    records = [json.loads(path.read_text()) for path in folder.glob("*/provenance/**/*.json")]
    jobs = [record for record in records if "seconds" in record]
    about = {
        "asked": asked,
        "commit": git_state().get("commit", ""),
        "ended": max((job["ended"] for job in jobs), default=""),
        "minutes": round(sum(job["seconds"] for job in jobs) / 60, 2),
        "processor": machine(1)["processor"],
    }
    write_text(folder / NAME, json.dumps(about, indent=1) + "\n")
