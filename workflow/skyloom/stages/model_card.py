"""Write the card of one encoder."""

from skyloom.atomic import write_text
from skyloom.provenance.record import read_record
from skyloom.report.cards import encoder_name, model_card
from skyloom.report.credits import credits_of
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module
from skyloom.tables import read_table


def write_model_card(job: Job) -> None:
    """Write what one has to know of an encoder, from the records behind it."""
    survey = job.settings["survey"]
    records = [read_record(path) for path in job.paths("records")]
    made = next(record for record in records if record["stage"] == "pretrain")
    card = model_card(
        encoder_name(made),
        made,
        [record for record in records if record["stage"] == "prepare"],
        read_table(job.path("curves")),
        credits_of(survey, records),
        survey,
        job.settings["simulated"],
    )
    write_text(job.path("card"), card)


if __name__ == "__main__":
    run_stage(
        "model_card",
        write_model_card,
        inputs=["records", "curves"],
        outputs=["card"],
        modules=lambda job: [part_module(job.settings["survey"], "credits")],
    )
