"""Write the page that draws and tells where a survey's results come from."""

from skyloom.atomic import write_text
from skyloom.provenance.record import read_record
from skyloom.report.credits import credits_of
from skyloom.report.provenance_page import ProvenanceInputs, render_provenance
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module


def provenance(job: Job) -> None:
    """Write one page from the records of a survey."""
    records = {path.as_posix(): read_record(path) for path in job.paths("records")}
    folder = job.path("page").parent
    inputs = ProvenanceInputs(
        survey=job.settings["survey"],
        simulated=job.settings["simulated"],
        records=records,
        credits=credits_of(job.settings["survey"], records.values()),
        cards=[path.relative_to(folder).as_posix() for path in job.paths("cards")],
    )
    write_text(job.path("page"), render_provenance(inputs))


if __name__ == "__main__":
    run_stage(
        "provenance",
        provenance,
        inputs=["records", "rounds", "cards"],
        outputs=["page"],
        modules=lambda job: [part_module(job.settings["survey"], "credits")],
    )
