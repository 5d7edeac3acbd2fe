"""The settings that each job of a study would have by its configuration as it is now."""

import inspect
import json
import shlex
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from skyloom import stage_settings
from skyloom.errors import SkyloomError
from skyloom.plan import Plan
from skyloom.provenance.currency import Expected, Record
from skyloom.provenance.records import RECORDS
from skyloom.provenance.runs import Run
from skyloom.redshift_plan import draw_names

NAMED = ("encoder", "shard", "model", "draw")
"""What the name of a record can tell of a job."""


def expected_settings(runs: Sequence[Run], config: Path | None) -> tuple[Expected, list[str]]:
    """Return the function that gives a job's possible settings, and remarks about studies without.

    Args:
        runs: of the results; the last one of each study says which config files it used.
        config: a config file to use instead.
    """
    plans: list[Plan] = []
    remarks: list[str] = []
    heads = {run.path.parents[2]: run.head for run in runs if run.head}
    for folder, head in heads.items():
        try:
            plans.append(Plan(_configuration([config] if config else head["configfiles"], head)))
        except (SkyloomError, OSError, yaml.YAMLError) as error:
            remarks.append(f"the settings of {folder} are not compared: {error}")
    if not heads and config:
        plans.append(Plan(_configuration([config], {"command": ""})))

    def expected(name: str, record: Record) -> list[dict[str, Any]]:
        for plan in plans:
            if name.startswith(f"{plan.results}/"):
                return _possible(plan, name.removeprefix(f"{plan.results}/"), record)
        return [record["settings"]]

    return expected, remarks


def _configuration(files: Sequence[Path | str], head: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Snakemake makes of config files, as they are now, and `--config` of a run."""
    merged: dict[str, Any] = {}
    for path in files:
        _merge(merged, yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {})
    return merged | _given_values(shlex.split(head["command"]))


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _given_values(command: Sequence[str]) -> dict[str, Any]:
    """Return the `key=value` words behind `--config`."""
    values: dict[str, Any] = {}
    takes = False
    for word in command:
        if word.startswith("-"):
            takes = word in ("--config", "-C")
        elif takes and "=" in word:
            key, _, value = word.partition("=")
            values[key] = yaml.safe_load(value)
    return values


def _possible(plan: Plan, name: str, record: Record) -> list[dict[str, Any]]:
    survey, *rest = name.removesuffix(".json").split("/")
    settings_of = getattr(stage_settings, record["stage"], None)
    if survey == RECORDS or settings_of is None:
        return [record["settings"]]
    if survey not in plan.surveys:
        return []
    named = {
        "encoder": [word for word in rest if word in plan.encoders(survey)],
        "shard": [_shards(plan, survey)[word] for word in rest if word in _shards(plan, survey)],
    }
    redshift = plan.config[survey].redshift
    if redshift is not None:
        named["model"] = [word for word in rest if word in redshift.models]
        named["draw"] = [word for word in rest if word in draw_names(redshift)]
    wanted = [key for key in inspect.signature(settings_of).parameters if key in NAMED]
    choices = product(*(dict.fromkeys(named.get(key, [])) for key in wanted))
    try:
        said = [
            plan.settings(record["stage"], survey, **dict(zip(wanted, values, strict=True)))
            for values in choices
        ]
    except SkyloomError:  # the study has no such part any more, such as rounds or redshifts
        return []
    return [json.loads(json.dumps(one)) for one in said]


@cache
def _shards(plan: Plan, survey: str) -> dict[str, str]:
    """Return the shards of a survey by their name and by their raw file's."""
    names = plan.shards(survey)
    return {name: name for name in names} | {plan.raw_name(survey, name): name for name in names}
