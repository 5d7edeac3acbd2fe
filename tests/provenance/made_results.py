"""A small study as jobs, a run and reviewers leave it, without running one."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from skyloom.digest import sha256_of_file
from skyloom.provenance.record import JobRecord
from skyloom.provenance.runs import RunLog
from skyloom.relabel.sealed import Head, Row, Sealed, log_folder, sealed_file, write_sealed
from skyloom.relabel.verdicts import Event

RESULTS = Path("results/study")
MARS = RESULTS / "mars"
REVIEWS = Path("reviews/mars")
CLOSED = sealed_file(REVIEWS, 1)
LOG = log_folder(REVIEWS, 1) / "ann.jsonl"
ACQUIRED = {
    "url": "https://archive.example/raw.zip",
    "origin": "https://archive.example/raw.zip",
    "how": "downloaded",
    "retrieved": "2026-01-02T03:04:05+00:00",
}
JOBS = {
    "acquire": ([], ["raw/a.zip"], ACQUIRED),
    "prepare": (["raw/a.zip"], ["images/a.npy", "images/a.parquet"], {"images": 5, "remarks": []}),
    "pretrain": (["images/a.parquet", "images/a.npy"], ["simclr/encoder.safetensors"], {"seed": 1}),
    "embed": (["images/a.npy", "simclr/encoder.safetensors"], ["simclr/features/a.parquet"], {}),
    "cluster": (["simclr/features/a.parquet"], ["simclr/clusters/kmeans.parquet"], {"seed": 1}),
    "labels": (["images/a.parquet", CLOSED], ["rounds/2/labels.csv"], {"seed": 1}),
    "report": (["simclr/clusters/kmeans.parquet", "rounds/2/labels.csv"], ["report.html"], {}),
}


def record_file(stage: str) -> Path:
    return MARS / "provenance" / f"{stage}.json"


def make_results() -> None:
    """Write the study below the working folder."""
    close_a_round()
    log = begin_run()
    for number, stage in enumerate(JOBS):
        run_job(stage, number, log)
    log.close()


def begin_run(**config: object) -> RunLog:
    log = RunLog(RESULTS, {"results": RESULTS.as_posix(), **config}, ["study.yaml"])
    log.emit(event("workflow_started", snakemake_version="9.27.1"))
    return log


def run_job(stage: str, number: int, log: RunLog, content: str = "", **settings: object) -> None:
    """Do what a job of the workflow does: files, record, and what Snakemake logs."""
    inputs, outputs, facts = JOBS[stage]
    written = [MARS / name for name in outputs]
    log.emit(job_event(stage, number, [*written, record_file(stage)]))
    for path in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{path} {content}".encode() * 40)
    read = [name if isinstance(name, Path) else MARS / name for name in inputs]
    record = JobRecord(stage, [f"skyloom.stages.{stage}"], settings, 1, dict(facts))
    record.write(record_file(stage), read, written)
    log.emit(event("job_finished", job_id=number))


def job_event(stage: str, number: int, outputs: list[Path]) -> logging.LogRecord:
    return event(
        "job_info",
        jobid=number,
        rule_name=stage,
        wildcards={"survey": "mars"},
        reason="Missing output files",
        output=[path.as_posix() for path in outputs],
    )


def event(name: str, **said: object) -> logging.LogRecord:
    record = logging.LogRecord("snakemake", logging.INFO, "", 0, "", None, None)
    vars(record).update(event=name, **said)
    return record


def close_a_round() -> None:
    """Write the log and the closed file of a round of two verdicts."""
    LOG.parent.mkdir(parents=True)
    at = datetime(2026, 2, 3, 12, tzinfo=UTC)
    events = [
        Event(
            uid=f"0000000{n}", round=1, item=f"a{n}", verdict="fix", label="dune", by="ann", at=at
        )
        for n in range(2)
    ]
    LOG.write_text("".join(one.model_dump_json() + "\n" for one in events))
    head = Head("mars", 1, 9, 2, 0, 0, "q" * 64, "e" * 64, {"ann": sha256_of_file(LOG)}, (), "")
    rows = tuple(Row(f"a{n}", "ranked", "rock", "fix", "dune", "ann", 900) for n in range(2))
    write_sealed(CLOSED, Sealed(head, rows))
