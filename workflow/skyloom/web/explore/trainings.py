"""How each encoder came to be, and every call of the workflow, from records."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from skyloom.provenance import told
from skyloom.provenance.record import read_record
from skyloom.provenance.runs import Run, read_run, run_files
from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Places

Record = Mapping[str, Any]
MOST_RUNS = 50
"""Calls of the workflow that are listed, the newest."""


def encoders_of(places: Places) -> list[str]:
    """Return all encoders, the study's own first."""
    return [*places.encoders, *places.baselines]


def record_of(places: Places, encoder: str) -> Record | None:
    """Return the record of the job that made an encoder; None where it is not made."""
    path = places.table("provenance", "pretrain", f"{encoder}.json")
    return None if path is None else read_record(path)


def training_of(places: Places, encoder: str) -> pd.DataFrame:
    """Return the epochs of an encoder's training; empty where nothing was trained."""
    path = places.table(encoder, "training.parquet")
    return pd.DataFrame() if path is None else read_table(path)


def training_row(places: Places, encoder: str, runs: Sequence[Run]) -> dict[str, Any]:
    """Return what a table says of how an encoder was made, ready to be shown.

    Args:
        places: the survey's files; encoder: its name; runs: of the workflow.
    """
    record = record_of(places, encoder)
    if record is None:
        return {"encoder": encoder, "made": False}
    said = record["settings"]["encoder"]
    plan, facts = said["pretrain"], record["facts"]
    return {
        "encoder": encoder,
        "made": True,
        "network": f"{said['network']['architecture']}, {said['network']['input_size']} pixels",
        "start": said["network"]["init"],
        "objective": plan["objective"] if plan else "not trained",
        "epochs": str(len(training_of(places, encoder))) if plan else "",
        "images": f"{facts['images_seen']:,} ({', '.join(facts['trained_on'])})"
        if facts["trained_on"]
        else "",
        "seed": str(facts.get("seed", "")),
        "when": f"{record['started'][:16].replace('T', ' ')} UTC",
        "took": told.duration(record["seconds"]),
        "where": f"{record['machine']['host']}, {record['machine']['gpu'] or 'no GPU'}",
        "code": record["code"]["digest"],
        "commit": told.commit(record["git"]),
        "dirty": bool(record["git"] and record["git"]["dirty"]),
        "config": _config_of(f"{places.survey}/provenance/pretrain/{encoder}.json", runs),
        "parameters": told.parameters(record),
    }


def differing_settings(places: Places, first: str, second: str) -> list[dict[str, str]] | None:
    """Return the settings in which two encoders differ; None where a record is missing."""
    ours, theirs = (record_of(places, encoder) for encoder in (first, second))
    if ours is None or theirs is None:
        return None
    here, there = _settings(ours), _settings(theirs)
    if ("pretrain" in here) or ("pretrain" in there):  # one of them was not trained
        here, there = _without_training(here), _without_training(there)
    return [
        {"key": key, "first": here.get(key, "-"), "second": there.get(key, "-")}
        for key in dict.fromkeys([*here, *there])
        if here.get(key) != there.get(key)
    ]


def _settings(record: Record) -> dict[str, str]:
    facts = {"seed": record["facts"].get("seed"), "code": record["code"]["digest"]}
    said = {**record["settings"]["encoder"], **facts}
    if said["pretrain"] is None:
        said["pretrain"] = "not trained"
    return {key: str(value) for key, value in told.flat(said)}


def _without_training(settings: Mapping[str, str]) -> dict[str, str]:
    """Return settings with what they say of the training put into one."""
    others = {key: value for key, value in settings.items() if not key.startswith("pretrain.")}
    return {"pretrain": settings.get("pretrain.objective", "not trained"), **others}


def runs_of(places: Places) -> list[Run]:
    """Return the calls of the workflow, the newest first."""
    return [read_run(path) for path in reversed(run_files(places.home.parent)[-MOST_RUNS:])]


def _config_of(record: str, runs: Sequence[Run]) -> str:
    """Return the config files of the run that noted a record, empty where none did."""
    for run in runs:
        if any(path.endswith(record) for path, _ in run.records()):
            return ", ".join(run.head.get("configfiles", []))
    return ""


def run_row(run: Run) -> dict[str, Any]:
    """Return what a table says of a call of the workflow, ready to be shown."""
    events = [line.get("event") for line in run.lines]
    head = run.head
    return {
        "when": f"{head.get('at', '')[:16].replace('T', ' ')} UTC",
        "command": head.get("command", ""),
        "config": ", ".join(head.get("configfiles", [])),
        "sha256": head.get("config_sha256", "")[:12],
        "host": head.get("host", ""),
        "commit": told.commit(head.get("git", {})),
        "done": events.count("done"),
        "failed": events.count("failed"),
        "state": _state(run, events),
    }


def _state(run: Run, events: Sequence[Any]) -> str:
    if run.broken is not None:
        return f"damaged from line {run.broken} on"
    return "ended" if events and events[-1] == "ended" else "not ended"
