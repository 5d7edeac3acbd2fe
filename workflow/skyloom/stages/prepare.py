"""Turn the raw file of one shard into images and their index."""

from skyloom.prepare import prepare_shard
from skyloom.settings.prepare import PrepareSettings
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module, survey_part


def prepare(job: Job) -> None:
    """Read, reject or resize every image of one shard."""
    survey, said = job.word("survey"), job.settings
    reading = survey_part(survey, "settings").ReaderSettings.model_validate(said["reader"])
    reader = survey_part(survey, "reader")
    archive = reader.open_archive(job.path("raw"), reading, said["columns"])
    for remark in archive.remarks:
        print(f"note: {remark}")
    settings = PrepareSettings.model_validate(said["prepare"])
    index = prepare_shard(
        archive, job.word("shard"), settings, job.path("images"), job.path("index")
    )
    job.facts |= {
        "remarks": list(archive.remarks),
        "images": int(index["rejected"].isna().sum()),
        "rejected": int(index["rejected"].notna().sum()),
    }


if __name__ == "__main__":
    run_stage(
        "prepare",
        prepare,
        inputs=["raw"],
        outputs=["images", "index"],
        words=["survey", "shard"],
        modules=lambda job: [part_module(job.word("survey"), "reader")],
    )
