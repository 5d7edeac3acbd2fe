"""The study that a command is about: its config file, its plan."""

from pathlib import Path

import yaml

from skyloom.errors import SkyloomError
from skyloom.plan import Plan
from skyloom.settings.base import nearest


class StudyError(SkyloomError):
    """The config file or the survey that a command names is not there."""


def read_plan(config: Path, *surveys: str) -> Plan:
    """Read the config file of a study that has these surveys.

    Raises:
        StudyError: there is no such file, or it has one of them not.
    """
    if not config.is_file():
        raise StudyError(f"{config} is no file. Name the study's config with --configfile.")
    try:
        values = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StudyError(f"{config} is no YAML: {error}") from error
    if not isinstance(values, dict):
        raise StudyError(f"{config} holds no keys. Is it the study's config?")
    plan = Plan(values)
    for survey in surveys:
        if survey not in plan.surveys:
            raise StudyError(f"{config} has no survey '{survey}'.{nearest(survey, plan.surveys)}")
    return plan
