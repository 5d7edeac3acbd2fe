"""The study that a command is about: its config file, its plan."""

from pathlib import Path
from typing import Any

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
    plan = Plan(read_keys(config, "the study's config", "--configfile"))
    for survey in surveys:
        if survey not in plan.surveys:
            raise StudyError(f"{config} has no survey '{survey}'.{nearest(survey, plan.surveys)}")
    return plan


def read_keys(path: Path, what: str, option: str) -> dict[str, Any]:
    """Read a YAML file of keys.

    Args:
        path: the file.
        what: what it should be, for messages.
        option: by which it is named.

    Raises:
        StudyError: there is no such file, or it is no YAML, or holds no keys.
    """
    if not path.is_file():
        raise StudyError(f"{path} is no file. Name {what} with {option}.")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} is no YAML: {error}") from error
    if not isinstance(values, dict):
        raise StudyError(f"{path} holds no keys. Is it {what}?")
    return values
