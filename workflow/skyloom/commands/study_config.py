"""The study that a command is about: its config file, its plan."""

from pathlib import Path

import yaml

from skyloom.errors import SkyloomError
from skyloom.plan import Plan
from skyloom.settings.base import nearest


class StudyError(SkyloomError):
    """The config file or the survey that a command names is not there."""


def read_plan(config: Path, survey: str) -> Plan:
    """Read the config file of a study that has this survey.

    Raises:
        StudyError: there is no such file, or it has no such survey.
    """
    if not config.is_file():
        raise StudyError(f"{config} is no file. Name the study's config with --configfile.")
    plan = Plan(yaml.safe_load(config.read_text(encoding="utf-8")))
    if survey not in plan.surveys:
        raise StudyError(f"{config} has no survey '{survey}'.{nearest(survey, plan.surveys)}")
    return plan
