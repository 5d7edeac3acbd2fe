"""Which labels a person should look at next, and whether any must be."""

from skyloom.analyze.features import encoder_of, read_features, unit
from skyloom.atomic import write_text
from skyloom.relabel.append_log import read_rows
from skyloom.relabel.labels import LABEL_COLUMNS, classes_of, trainable
from skyloom.relabel.out_of_fold import OutOfFold, read_member
from skyloom.relabel.queue import build_queue, write_queue
from skyloom.relabel.ranking import rank_labels
from skyloom.relabel.scores import score_rounds
from skyloom.relabel.sealed import read_sealed
from skyloom.relabel.status import status_of
from skyloom.relabel.wanted import askers, parse_wish
from skyloom.settings.relabel import RelabelSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_table, write_table


def queue(job: Job) -> None:
    """Rank all labels, draw the queue of the round, say where the rounds stand."""
    said, settings = job.settings, RelabelSettings.model_validate(job.settings["relabel"])
    labels = read_table(job.path("labels"), LABEL_COLUMNS)
    rounds = read_sealed(job.paths("closed"))
    found = OutOfFold.of([read_member(path) for path in job.paths("members")])
    features = read_features(job.paths("features"), job.paths("index"))
    place = features.index.reset_index().set_index("image_id")["index"]
    items = labels[trainable(labels)].reset_index(drop=True)
    vectors = unit(features.vectors[place.loc[items["image_id"]].to_numpy()])
    ranked = rank_labels(items, found, vectors, settings.neighbours, classes_of(labels))
    encoder = encoder_of(job.paths("features"))
    wanted = askers(row for path in job.paths("wanted") for row in read_rows(path, parse_wish))
    built = build_queue(
        said["survey"], labels, ranked, rounds, settings, said["seed"], encoder, wanted
    )
    write_queue(job.path("queue"), built)
    write_table(job.path("ranked"), ranked)
    status = status_of(built, labels, rounds, settings)
    write_text(job.path("status"), status.model_dump_json(indent=1) + "\n")
    scores = score_rounds(found, features.index, labels, settings)
    write_table(job.path("scores"), scores)
    print(scores.round(4).to_string(index=False))
    job.facts |= {
        "seed": said["seed"],
        "wanted": len(wanted),
        "waiting": status.waiting,
        "converged": status.converged,
    }


if __name__ == "__main__":
    run_stage(
        "queue",
        queue,
        inputs=["members", "labels", "features", "index", "closed", "wanted"],
        outputs=["queue", "ranked", "status", "scores"],
    )
