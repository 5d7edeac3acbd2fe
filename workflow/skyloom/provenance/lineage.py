"""The graph behind a result: jobs that did the same to different shards are one step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skyloom.provenance.human import reviewers_of
from skyloom.provenance.records import Records


@dataclass
class Step:
    """Jobs of one stage that wrote into one folder.

    Attributes:
        key: stage and folder, unique among steps.
        stage: of the jobs; folder: of their first outputs.
        jobs: their records' paths.
        before: keys of the steps whose files they read.
        given: files that they read and no job wrote.
    """

    key: str
    stage: str
    folder: str
    jobs: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)


def steps_of(
    jobs: Mapping[str, Mapping[str, Any]], chosen: Iterable[str], with_records: bool = True
) -> dict[str, Step]:
    """Return the steps of the chosen jobs by key, in their order.

    Args:
        jobs: records by path.
        chosen: paths of those to draw together.
        with_records: whether a job comes after those whose records it reads.
    """
    writer = {entry["path"]: name for name in jobs for entry in jobs[name]["outputs"]}
    if with_records:
        writer |= {name: name for name in jobs}
    steps: dict[str, Step] = {}
    chosen = list(chosen)
    for name in chosen:
        _step_of(name, jobs[name], steps).jobs.append(name)
    for name in chosen:
        step = _step_of(name, jobs[name], steps)
        for entry in jobs[name]["inputs"]:
            path, made_by = entry["path"], writer.get(entry["path"])
            if made_by is None:
                if path not in jobs and path not in step.given:
                    step.given.append(path)
                continue
            before = _key(jobs[made_by])
            if before != step.key and before in steps and before not in step.before:
                step.before.append(before)
    return steps


def lineage_json(records: Records, path: str) -> dict[str, Any]:
    """Return everything behind a file, for other programs.

    Keys: `file`, `sha256`, `made_by`; `jobs`, records by path; `sources`, the archives' files;
    `verdicts`, the closed rounds; `given`, other inputs that no job made.
    """
    behind = records.behind([path])
    writer = records.writer.get(path)
    given = [one for step in steps_of(records.jobs, behind).values() for one in step.given]
    rounds = [one for one in dict.fromkeys(given) if is_round(one)]
    return {
        "file": path,
        "sha256": writer.sha256 if writer else None,
        "made_by": writer.record if writer else None,
        "jobs": {name: records.jobs[name] for name in behind},
        "sources": sources_of(records, behind),
        "verdicts": [
            {
                "round": one,
                "sha256": records.readers[one][-1].sha256,
                "reviewers": [vars(who) for who in reviewers_of(records.root / one)],
            }
            for one in rounds
        ],
        "given": [
            {"path": one, "sha256": records.readers[one][-1].sha256}
            for one in dict.fromkeys(given)
            if one not in rounds
        ],
    }


def sources_of(records: Records, jobs: Iterable[str]) -> list[dict[str, str]]:
    """Return the archives' files that jobs fetched: address, origin, SHA-256, retrieval."""
    return [
        {
            "url": record["facts"]["url"],
            "origin": record["facts"]["origin"],
            "how": record["facts"]["how"],
            "retrieved": record["facts"]["retrieved"],
            "path": record["outputs"][0]["path"],
            "sha256": record["outputs"][0]["sha256"],
            "record": name,
        }
        for name in jobs
        if (record := records.jobs[name])["stage"] == "acquire"
    ]


def is_round(path: str) -> bool:
    """Whether a file is a closed round of people's verdicts."""
    return Path(path).match("closed/round_*.csv")


def _key(record: Mapping[str, Any]) -> str:
    outputs = record["outputs"]
    folder = Path(outputs[0]["path"]).parent.as_posix() if outputs else ""
    return f"{record['stage']} {folder}"


def _step_of(name: str, record: Mapping[str, Any], steps: dict[str, Step]) -> Step:
    key = _key(record)
    stage, _, folder = key.partition(" ")
    return steps.setdefault(key, Step(key, stage, folder))
