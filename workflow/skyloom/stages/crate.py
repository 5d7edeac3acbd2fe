"""Pack a study as a Provenance Run Crate."""

from pathlib import Path

from skyloom.provenance.crate.build import build_crate, write_zip
from skyloom.provenance.crate.contents import surveys_of
from skyloom.provenance.crate.study import study_of
from skyloom.provenance.records import read_records
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module


def crate(job: Job) -> None:
    """Write the crate of all surveys of a study."""
    config = job.settings["config"]
    study = study_of(config, read_records(Path(config["results"])))
    packed = build_crate(study)
    write_zip(packed, job.path("crate"))
    job.facts |= {"files": len(study.results()), "jobs": len(study.records.jobs)}


if __name__ == "__main__":
    run_stage(
        "crate",
        crate,
        inputs=["pages", "records"],
        outputs=["crate"],
        modules=lambda job: [
            part_module(survey, "credits") for survey in surveys_of(job.settings["config"])
        ],
    )
