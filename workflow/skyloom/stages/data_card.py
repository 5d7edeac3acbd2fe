"""Write the card of a survey's image set."""

from skyloom.atomic import write_text
from skyloom.images import INDEX_COLUMNS, ImageStore, images_beside
from skyloom.provenance.record import read_record
from skyloom.report.cards import data_card
from skyloom.report.credits import credits_of
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module
from skyloom.tables import read_tables


def write_data_card(job: Job) -> None:
    """Write what one has to know of an image set, from its index and records."""
    survey = job.settings["survey"]
    records = [read_record(path) for path in job.paths("records")]
    store = ImageStore.beside(job.paths("index"))
    card = data_card(
        survey,
        read_tables(job.paths("index"), INDEX_COLUMNS),
        store.shape,
        str(store.type),
        records,
        credits_of(survey, records),
        job.settings["simulated"],
    )
    job.beside = images_beside(job.paths("index"))
    write_text(job.path("card"), card)


if __name__ == "__main__":
    run_stage(
        "data_card",
        write_data_card,
        inputs=["index", "records"],
        outputs=["card"],
        modules=lambda job: [part_module(job.settings["survey"], "credits")],
    )
