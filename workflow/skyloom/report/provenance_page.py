"""The page of provenance: what came from what, drawn and told, back to archives and people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from skyloom.provenance import told
from skyloom.provenance.human import Reviewer, reviewers_of
from skyloom.provenance.lineage import Step, is_round, steps_of
from skyloom.report.lineage_graph import Box, Look, draw_graph
from skyloom.report.tables import sources
from skyloom.report.templating import fill
from skyloom.surveys.credit import Credit

LISTED = 12
"""Files of a step that are listed; the records have all."""
MEANINGS: dict[Look, str] = {
    "archive": "archive",
    "people": "people",
    "given": "given file",
    "job": "jobs",
    "page": "report",
}
"""What the colours of boxes stand for."""


@dataclass(frozen=True)
class ProvenanceInputs:
    """Everything that the page shows: the records by path, and what the archives ask for."""

    survey: str
    simulated: bool
    records: Mapping[str, Mapping[str, Any]]
    credits: Sequence[Credit]
    cards: Sequence[str]


def render_provenance(inputs: ProvenanceInputs) -> str:
    """Return the page as HTML."""
    in_time = sorted(inputs.records, key=lambda name: str(inputs.records[name]["started"]))
    steps = steps_of(inputs.records, in_time)
    boxes, before = _graph(inputs, steps)
    drawn = {box.look for box in boxes.values()}
    return fill(
        "provenance.html",
        survey=inputs.survey,
        simulated=inputs.simulated,
        facts=_facts(inputs.records),
        graph=draw_graph(boxes, before),
        looks=[(look, meaning) for look, meaning in MEANINGS.items() if look in drawn],
        flagged=any(box.flagged for box in boxes.values()),
        steps=[_told(inputs, step, number) for number, step in enumerate(steps.values())],
        sources=sources([dict(record) for record in inputs.records.values()]),
        rounds=[
            {"path": path, "reviewers": _people(reviewers_of(Path(path)))}
            for path in _rounds(steps)
        ],
        credits=inputs.credits,
        cards=inputs.cards,
    )


def _facts(records: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    jobs = list(records.values())
    commits = sorted({told.commit(job["git"]) for job in jobs})
    versions = sorted({told.versions(job) for job in jobs})
    hosts = sorted({str(job["machine"]["host"]) for job in jobs})
    gpus = sorted({str(job["machine"]["gpu"]) for job in jobs if job["machine"]["gpu"]})
    return [
        ("jobs", f"{len(jobs):,}"),
        ("work", told.duration(sum(job["seconds"] for job in jobs))),
        ("most memory", f"{max(job['peak_memory_mb'] for job in jobs):,.0f} MB"),
        ("machines", f"{_few(hosts)}, {_few(gpus) or 'no GPU'}"),
        ("code", _few(commits, "; ")),
        ("libraries", " / ".join(versions)),
    ]


def _few(words: Sequence[str], between: str = ", ") -> str:
    return between.join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")


def _graph(
    inputs: ProvenanceInputs, steps: Mapping[str, Step]
) -> tuple[dict[str, Box], dict[str, list[str]]]:
    """Return a box for each step, archive, person and given file, and what each came after."""
    boxes: dict[str, Box] = {}
    before: dict[str, list[str]] = {}
    for number, step in enumerate(steps.values()):
        jobs = [inputs.records[name] for name in step.jobs]
        hint = f"{told.when(jobs[0])}; {told.where(jobs[0])}"
        boxes[step.key] = Box(
            title=_name(step),
            subtitle=_place(inputs.survey, step, jobs[0]),
            look="page" if step.stage == "report" else "job",
            anchor=f"step-{number}",
            hint=hint,
            flagged=any(job["git"] and job["git"]["dirty"] for job in jobs),
        )
        before[step.key] = list(step.before)
        for name, box in _taken(step, jobs):
            boxes.setdefault(name, box)
            before[step.key].append(name)
    return boxes, before


def _taken(step: Step, jobs: Sequence[Mapping[str, Any]]) -> list[tuple[str, Box]]:
    """Return a box for each archive, and each file without a job, that a step took from."""
    found = []
    if step.stage == "acquire" and not step.before:
        places = {_archive(job["facts"]["origin"]) for job in jobs}
        found = [
            (f"archive {place}", Box("archive", place, "archive", "raw", f"fetched from {place}"))
            for place in sorted(places)
        ]
    for path in step.given:
        name = Path(path).name
        if is_round(path):
            box = Box("verdicts", Path(path).stem.replace("_", " "), "people", "people", path)
        else:
            box = Box("given", name, "given", "", f"{path}: no job made it")
        found.append((f"given {path}", box))
    return found


def _archive(origin: str) -> str:
    return urlsplit(origin).netloc or "local copy"


def _name(step: Step) -> str:
    return f"{len(step.jobs):,} × {step.stage}" if len(step.jobs) > 1 else step.stage


def _place(survey: str, step: Step, job: Mapping[str, Any]) -> str:
    inside = f"{step.folder}/".partition(f"/{survey}/")[2].rstrip("/")
    return inside or Path(job["outputs"][0]["path"]).name


def _told(inputs: ProvenanceInputs, step: Step, number: int) -> dict[str, Any]:
    jobs = [inputs.records[name] for name in step.jobs]
    first = jobs[0]
    written = [entry for job in jobs for entry in job["outputs"]]
    return {
        "anchor": f"step-{number}",
        "name": _name(step),
        "place": step.folder,
        "when": told.when(first),
        "work": told.duration(sum(job["seconds"] for job in jobs)),
        "where": told.where(first),
        "code": told.code(first),
        "seed": told.seed(first),
        "parameters": told.parameters(first),
        "read": [*step.before, *step.given],
        "files": [
            {"path": e["path"], "size": told.size(e["bytes"]), "sha256": e["sha256"]}
            for e in written[:LISTED]
        ],
        "more": len(written) - LISTED,
        "record": step.jobs[0],
        "jobs": len(jobs),
        "dirty": any(job["git"] and job["git"]["dirty"] for job in jobs),
    }


def _rounds(steps: Mapping[str, Step]) -> list[str]:
    given = [path for step in steps.values() for path in step.given]
    return [path for path in dict.fromkeys(given) if is_round(path)]


def _people(reviewers: Sequence[Reviewer]) -> list[dict[str, str]]:
    return [
        {
            "name": who.name,
            "verdicts": ", ".join(f"{n} {kind}" for kind, n in sorted(who.verdicts.items())),
            "first": who.first[:16].replace("T", " "),
            "last": who.last[:16].replace("T", " "),
        }
        for who in reviewers
    ]
