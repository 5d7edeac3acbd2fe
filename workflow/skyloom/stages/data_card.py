"""Write the card of a survey's image set."""

from skyloom.atomic import write_text
from skyloom.images import INDEX_COLUMNS, ImageStore, images_beside
from skyloom.report.cards import data_card
from skyloom.stages.background import background_of, credit_modules
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_tables


def write_data_card(job: Job) -> None:
    """Write what one has to know of an image set, from its index and records."""
    store = ImageStore.beside(job.paths("index"))
    index = read_tables(job.paths("index"), INDEX_COLUMNS)
    job.beside = images_beside(job.paths("index"))
    card = data_card(background_of(job), index, store.shape, str(store.type))
    write_text(job.path("card"), card)


if __name__ == "__main__":
    run_stage(
        "data_card",
        write_data_card,
        inputs=["index", "records"],
        outputs=["card"],
        modules=credit_modules,
    )
