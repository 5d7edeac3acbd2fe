"""What the jobs of relabel rounds are: which surveys have them, the open round and its files.

Pure functions of the plan, as `skyloom.plan` has them for all other stages.
"""

from typing import TYPE_CHECKING

from skyloom.names_plan import naming_encoder, waits_for_names
from skyloom.relabel.sealed import closed_rounds
from skyloom.relabel.wanted import wanted_file
from skyloom.settings.base import ConfigError
from skyloom.settings.relabel import RelabelSettings

if TYPE_CHECKING:
    from skyloom.plan import Plan


def relabel_of(plan: "Plan", survey: str) -> RelabelSettings:
    """Return the settings of a survey's relabel rounds.

    Raises:
        ConfigError: the survey has none.
    """
    settings = plan.config[survey].relabel
    if settings is None:
        raise ConfigError(f"{survey}.relabel: null; give it settings to review labels.")
    return settings


def surveys_with_rounds(plan: "Plan") -> list[str]:
    """Return the surveys that have relabel rounds, and labels to begin with."""
    return [
        survey
        for survey in plan.surveys
        if plan.config[survey].relabel is not None and not waits_for_names(plan, survey)
    ]


def closed_files(plan: "Plan", survey: str) -> list[str]:
    """Return the files of a survey's closed rounds, from the first."""
    return [path.as_posix() for path in closed_rounds(plan.reviews(survey))]


def wanted_files(plan: "Plan", survey: str, number: int) -> list[str]:
    """Return the file of what was asked for while a round was open, if there is one."""
    path = wanted_file(plan.reviews(survey), number)
    return [path.as_posix()] if path.exists() else []


def open_round(plan: "Plan", survey: str) -> int:
    """Return the number of the open round."""
    return len(closed_files(plan, survey)) + 1


def open_folder(plan: "Plan", survey: str) -> str:
    """Return the folder of the results of a survey's open round."""
    return f"{plan.results}/{survey}/rounds/{open_round(plan, survey)}"


def open_files(plan: "Plan", survey: str) -> list[str]:
    """Return what the workflow makes of a survey's open round, for people to go on from."""
    folder = open_folder(plan, survey)
    times = ["emergence.parquet"] if relabel_of(plan, survey).emergence is not None else []
    return [f"{folder}/{name}" for name in ("status.json", "labels.csv", *times)]


def open_records(plan: "Plan", survey: str) -> list[str]:
    """Return the records of the jobs behind a survey's open round."""
    if survey not in surveys_with_rounds(plan):
        return []
    base, number = f"{plan.results}/{survey}/provenance", open_round(plan, survey)
    trained = [f"{base}/crossfit/{number}/{name}.json" for name in members(plan, survey)]
    encoder = naming_encoder(plan, survey)
    named = [] if encoder is None else [f"{base}/names/{encoder}.json"]
    return [*named, f"{base}/labels/{number}.json", *trained, f"{base}/queue/{number}.json"]


def members(plan: "Plan", survey: str) -> list[str]:
    """Return the names of a round's models: fold and seed."""
    settings = relabel_of(plan, survey)
    return [f"{fold}-{seed}" for fold in range(settings.folds) for seed in range(settings.seeds)]
