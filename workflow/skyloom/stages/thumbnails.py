"""Make small pictures of the images of one shard, for the explorer."""

import numpy as np

from skyloom.images import ImageStore
from skyloom.stages.job import Job, run_stage
from skyloom.surveys.registry import part_module, survey_part
from skyloom.tables import read_metadata
from skyloom.thumbnails import write_thumbnails


def thumbnails(job: Job) -> None:
    """Write each image of a shard as a person should see it, small."""
    store = ImageStore.open(job.paths("images"), job.paths("index"))
    (index,) = job.paths("index")
    thumbnail = survey_part(job.word("survey"), "display").thumbnail
    pictures = (thumbnail(store.batch(np.array([place]))[0]) for place in range(len(store)))
    sha256 = read_metadata(index)["images_sha256"]
    write_thumbnails(job.path("thumbnails"), store.index["image_id"].tolist(), pictures, sha256)


if __name__ == "__main__":
    run_stage(
        "thumbnails",
        thumbnails,
        inputs=["images", "index"],
        outputs=["thumbnails"],
        words=["survey"],
        modules=lambda job: [part_module(job.word("survey"), "display")],
    )
