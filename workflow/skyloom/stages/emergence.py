"""When a class became visible in the videos of a round, told by masking."""

from skyloom.analyze.emergence import EmergenceError
from skyloom.images import ImageStore
from skyloom.learn.devices import default_device
from skyloom.relabel.beginnings import read_ensemble, time_videos, videos_to_time
from skyloom.relabel.labels import LABEL_COLUMNS
from skyloom.relabel.queue import read_queue
from skyloom.settings.relabel import EmergenceSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_table, write_table


def emergence(job: Job) -> None:
    """Find the beginnings in the queue, in videos of the class, and in the applied splits."""
    settings = EmergenceSettings.model_validate(job.settings["emergence"])
    cadence = job.settings["cadence_seconds"]
    if cadence is None:
        raise EmergenceError(
            "relabel.emergence needs a survey of videos, whose reader has `cadence_seconds`"
        )
    store, device = ImageStore.beside(job.paths("index")), default_device()
    videos = videos_to_time(
        store.index,
        read_table(job.path("labels"), LABEL_COLUMNS),
        read_table(job.path("ranked")),
        set(read_queue(job.path("queue")).rows["item"]),
        settings.positive,
        job.settings["applied"],
    )
    ensemble = read_ensemble(job.paths("models"), device)
    found = time_videos(store, videos, ensemble, settings, cadence, device)
    write_table(job.path("emergence"), found)
    job.facts |= {"videos": len(found), "seen": int(found["seen"].sum())}


if __name__ == "__main__":
    run_stage(
        "emergence",
        emergence,
        inputs=["index", "images", "models", "labels", "ranked", "queue"],
        outputs=["emergence"],
    )
