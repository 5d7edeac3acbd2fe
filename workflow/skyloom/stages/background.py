"""What the commands that write cards have in common."""

from skyloom.provenance.record import read_record
from skyloom.report.cards import Background
from skyloom.report.credits import credits_of
from skyloom.stages.job import Job
from skyloom.surveys.registry import part_module


def background_of(job: Job) -> Background:
    """Return what a card is written from: the job's records, and what the archives ask for."""
    survey = job.settings["survey"]
    records = [read_record(path) for path in job.paths("records")]
    return Background(survey, job.settings["simulated"], records, credits_of(survey, records))


def credit_modules(job: Job) -> list[str]:
    """Return the module that a card imports by name."""
    return [part_module(job.settings["survey"], "credits")]
