"""The labels with which a round begins: crude ones, corrected by the closed rounds before it."""

from skyloom.atomic import write_text
from skyloom.images import INDEX_COLUMNS
from skyloom.relabel.labels import crude_labels, labels_after, with_names
from skyloom.relabel.sealed import read_sealed
from skyloom.settings.relabel import RelabelSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_tables, write_table


def labels(job: Job) -> None:
    """Write all labels under review, for the workflow and as CSV for people."""
    settings = RelabelSettings.model_validate(job.settings["relabel"])
    index = read_tables(job.paths("index"), INDEX_COLUMNS)
    if settings.names is not None:
        named = read_tables(job.paths("names"), ["image_id", "algorithm", "name"])
        index = with_names(index, named, settings.names.algorithm)
    crude = crude_labels(index, settings, job.settings["seed"])
    closed = job.paths("closed")
    reviews = closed[0].parent.parent if closed else None
    found = labels_after(crude, read_sealed(closed, reviews))
    write_table(job.path("labels"), found)
    write_text(job.path("csv"), found.to_csv(index=False, lineterminator="\n"))
    states = found["state"].value_counts().to_dict()
    job.facts |= {"seed": job.settings["seed"], "rounds": len(closed), "states": states}
    print(states)


if __name__ == "__main__":
    run_stage("labels", labels, inputs=["index", "names", "closed"], outputs=["labels", "csv"])
