"""Write the static report of one survey."""

import json

from skyloom.atomic import write_text
from skyloom.images import ImageStore, images_beside
from skyloom.provenance.record import read_record
from skyloom.report.credits import credits_of
from skyloom.report.lookalikes import RetrievalTables
from skyloom.report.page import EncoderTables, ReportInputs, render
from skyloom.report.redshift import RedshiftTables
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module, survey_part
from skyloom.tables import read_table

PER_ENCODER = (
    "training",
    "kmeans",
    "hdbscan",
    "tree",
    "selection",
    "summary",
    "members",
    "enrichment",
    "recall",
    "map",
    "predictions",
    "classes",
    "calibration",
    "reliability",
)

COMPARED = ("curves", "differences", "retrieval", "retrieval_differences", "lookalikes")


def report(job: Job) -> None:
    """Write one page from the tables, images and records of a survey."""
    said = job.settings
    records = [read_record(path) for path in job.paths("records")]
    inputs = ReportInputs(
        survey=said["survey"],
        simulated=said["simulated"],
        encoders=said["encoders"],
        store=ImageStore.beside(job.paths("index")),
        trained=[
            EncoderTables(name, *(read_table(job.paths(table)[place]) for table in PER_ENCODER))
            for place, name in enumerate(said["trained"])
        ],
        curves=read_table(job.path("curves")),
        differences=read_table(job.path("differences")),
        retrieval=RetrievalTables(
            scores=read_table(job.path("retrieval")),
            differences=read_table(job.path("retrieval_differences")),
            lookalikes=read_table(job.path("lookalikes")),
            alike=said["alike"],
        ),
        records=records,
        thumbnail=survey_part(said["survey"], "display").thumbnail,
        by=said["by"],
        model=said["model"],
        confident=said["confident"],
        redshift=_redshift(job),
        status=next((json.loads(path.read_text("utf-8")) for path in job.paths("status")), None),
        scores=next((read_table(path) for path in job.paths("scores")), None),
        credits=credits_of(said["survey"], records),
    )
    job.beside = images_beside(job.paths("index"))
    write_text(job.path("page"), render(inputs))


def _redshift(job: Job) -> RedshiftTables | None:
    """Return the tables of redshifts; None of a survey without them."""
    if not job.paths("redshift"):
        return None
    curves, factors, dust, estimates = (read_table(path) for path in job.paths("redshift"))
    return RedshiftTables(curves, factors, dust, estimates, job.settings["baseline"])


if __name__ == "__main__":
    run_stage(
        "report",
        report,
        inputs=["index", *PER_ENCODER, *COMPARED, "redshift", "status", "scores", "records"],
        outputs=["page"],
        modules=lambda job: [
            part_module(job.settings["survey"], "display"),
            part_module(job.settings["survey"], "credits"),
        ],
    )
