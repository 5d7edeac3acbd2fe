"""Write the card of one encoder."""

from skyloom.atomic import write_text
from skyloom.report.cards import model_card
from skyloom.stages.background import background_of, credit_modules
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_table


def write_model_card(job: Job) -> None:
    """Write what one has to know of an encoder, from the records behind it."""
    write_text(job.path("card"), model_card(background_of(job), read_table(job.path("curves"))))


if __name__ == "__main__":
    run_stage(
        "model_card",
        write_model_card,
        inputs=["records", "curves"],
        outputs=["card"],
        modules=credit_modules,
    )
