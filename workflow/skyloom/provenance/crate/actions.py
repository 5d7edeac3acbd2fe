"""What was done: jobs, their control by Snakemake, the run as a whole, reviews of people."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from skyloom.provenance.crate.contents import Study, review_of
from skyloom.provenance.crate.entities import Entities, one_or_many, ref, refs
from skyloom.provenance.crate.sources import add_agent, add_reviewer
from skyloom.provenance.crate.workflow import give_parameters, step_id, tool_id
from skyloom.provenance.lineage import is_round

DONE = "http://schema.org/CompletedActionStatus"
_UNITS = {
    "seconds": ("duration", "SEC"),
    "memory": ("peak memory", "4L"),
    "threads": ("threads", "C62"),
}


def add_actions(
    entities: Entities, study: Study, workflow: str, people: Sequence[str]
) -> list[str]:
    """Add an action for every job, for the run as a whole and for reviews; return all of them."""
    jobs = {name: r for name, r in study.records.jobs.items() if r["stage"] != "crate"}
    done = [_job(entities, name, record, people[0]) for name, record in jobs.items()]
    controls = [
        entities.context(
            f"#control-{place}",
            "ControlAction",
            name=f"Snakemake runs {record['stage']} ({name})",
            instrument=ref(step_id(record["stage"])),
            object=ref(action),
            actionStatus=DONE,
        )
        for place, (action, (name, record)) in enumerate(zip(done, jobs.items(), strict=True))
    ]
    run = _run(entities, study, workflow, jobs, people[0])
    engine = entities.context(
        "#engine",
        "SoftwareApplication",
        name="Snakemake",
        softwareVersion=next(iter(jobs.values()))["versions"].get("snakemake"),
        url=ref("https://snakemake.github.io"),
    )
    organised = entities.context(
        "#organise",
        "OrganizeAction",
        name="Snakemake organises the run",
        instrument=ref(engine),
        object=refs(controls),
        result=ref(run),
        agent=ref(people[0]),
        startTime=_first(jobs),
        endTime=_last(jobs),
        actionStatus=DONE,
    )
    reviews = [_review(entities, study, path) for path in study.given() if is_round(path)]
    give_parameters(entities, study)
    return [run, *done, organised, *reviews]


def _job(entities: Entities, name: str, record: Mapping[str, Any], otherwise: str) -> str:
    settings = entities.context(
        f"#settings-{_slug(name)}",
        "PropertyValue",
        name="settings",
        value=_text(record["settings"]),
    )
    read = [entities.ids[e["path"]] for e in record["inputs"] if e["path"] in entities.ids]
    written = [entities.ids[entry["path"]] for entry in record["outputs"]]
    environment = [
        entities.context(
            f"#env-{_slug(key)}-{_slug(value)}", "PropertyValue", name=key, value=value
        )
        for key, value in record.get("environment", {}).items()
    ]
    return entities.context(
        f"#job-{_slug(name)}",
        "CreateAction",
        name=f"{record['stage']}: {name}",
        description=_where(record),
        instrument=ref(tool_id(entities, record["stage"])),
        agent=ref(add_agent(entities, record.get("environment", {}), otherwise)),
        object=one_or_many([*read, settings]),
        result=one_or_many([*written, entities.ids[name]]),
        startTime=_time(record["started"]),
        endTime=_time(record["ended"]),
        actionStatus=DONE,
        resourceUsage=refs(_usage(entities, name, record)),
        environment=one_or_many(environment) if environment else None,
    )


def _usage(entities: Entities, name: str, record: Mapping[str, Any]) -> list[str]:
    values = {
        "seconds": record["seconds"],
        "memory": record["peak_memory_mb"],
        "threads": record["machine"]["threads"],
    }
    found = [
        entities.context(
            f"#{key}-{_slug(name)}",
            "PropertyValue",
            name=_UNITS[key][0],
            propertyID=f"https://w3id.org/ro/terms/workflow-run#{key}",
            unitCode=_UNITS[key][1],
            value=str(value),
        )
        for key, value in values.items()
    ]
    gpu = record["machine"]["gpu"]
    if gpu:
        found.append(
            entities.context(
                f"#gpu-{_slug(gpu)}",
                "PropertyValue",
                name="GPU",
                propertyID="https://w3id.org/ro/terms/workflow-run#gpu",
                unitCode="C62",
                value=gpu,
            )
        )
    return found


def _run(
    entities: Entities,
    study: Study,
    workflow: str,
    jobs: Mapping[str, Mapping[str, Any]],
    otherwise: str,
) -> str:
    raw = [r["outputs"][0]["path"] for r in jobs.values() if r["stage"] == "acquire"]
    results = [path for path in study.results() if path not in raw]
    command = study.records.runs[-1].head.get("command") if study.records.runs else None
    environment = study.records.runs[-1].head.get("environment", {}) if study.records.runs else {}
    return entities.context(
        "#run",
        "CreateAction",
        name=f"run of the workflow on {study.config['results']}",
        description=command,
        instrument=ref(workflow),
        agent=ref(add_agent(entities, environment, otherwise)),
        object=refs([entities.ids[study.config_file], *(entities.ids[path] for path in raw)]),
        result=refs([entities.ids[path] for path in results]),
        startTime=_first(jobs),
        endTime=_last(jobs),
        actionStatus=DONE,
    )


def _review(entities: Entities, study: Study, path: str) -> str:
    """Add the review of a round by people as an action, with `skyloom review` as its tool."""
    tool = entities.context(
        "#skyloom-review",
        "SoftwareApplication",
        name="skyloom review",
        softwareVersion=next(iter(study.records.jobs.values()))["versions"].get("skyloom", "0"),
    )
    said = review_of(study, path)
    people = [add_reviewer(entities, name) for name in said["names"]]
    logs = [log for log in study.logs() if Path(log).parent.name == Path(path).stem]
    return entities.context(
        f"#review-{_slug(path)}",
        "CreateAction",
        name=f"review: {path}",
        description=f"{len(people)} people decided about labels; the round was sealed.",
        instrument=ref(tool),
        agent=one_or_many(people) if people else None,
        object=one_or_many(entities.ids[log] for log in logs) if logs else None,
        result=ref(entities.ids[path]),
        startTime=said["first"],
        endTime=said["last"],
        actionStatus=DONE,
    )


def _where(record: Mapping[str, Any]) -> str:
    machine, git = record["machine"], record["git"]
    commit = f"commit {git['commit']}{' with changes' if git['dirty'] else ''}" if git else "no git"
    return (
        f"code {record['code']['digest']}, {commit}; on {machine['host']}, {machine['processor']}, "
        f"{machine['gpu'] or 'no GPU'}"
    )


def _first(jobs: Mapping[str, Mapping[str, Any]]) -> str:
    return min(_time(record["started"]) for record in jobs.values())


def _last(jobs: Mapping[str, Mapping[str, Any]]) -> str:
    return max(_time(record["ended"]) for record in jobs.values())


def _time(iso: str) -> str:
    """Return a time in whole seconds: the profile knows no fractions."""
    return datetime.fromisoformat(iso).isoformat(timespec="seconds")


def _text(settings: object) -> str:
    return json.dumps(settings, sort_keys=True)


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)
