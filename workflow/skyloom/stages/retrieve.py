"""Measure the search by likeness by class: all encoders of a survey, and their nulls."""

import pandas as pd

from skyloom.analyze.features import read_features
from skyloom.analyze.retrieval import (
    LOOKALIKE_COLUMNS,
    Questions,
    counted_as_one,
    mirror_remarks,
    questions_of,
)
from skyloom.analyze.retrieval_scores import (
    MACRO,
    ORDER,
    RETRIEVAL_COLUMNS,
    RETRIEVAL_DIFFERENCE_COLUMNS,
    retrieval_scores,
)
from skyloom.images import INDEX_COLUMNS
from skyloom.settings.retrieval import RetrievalSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_tables, write_table


def retrieve(job: Job) -> None:
    """Write precision by class, paired differences, and the neighbours of every query."""
    settings = RetrievalSettings.model_validate(job.settings["retrieval"])
    index = read_tables(job.paths("index"), INDEX_COLUMNS)
    index = index[index["rejected"].isna()].reset_index(drop=True)
    questions = questions_of(index, job.settings["by"], settings, job.settings["seed"])
    if len(questions.queries):
        remarks = mirror_remarks(
            sorted(set(questions.labels)),
            job.settings["mirroring"],
            settings,
            job.settings["survey"],
        )
        for remark in remarks:
            print(f"WARNING: {remark}")
        tables = _measure(job, questions, settings)
    else:
        remarks = []
        print(
            f"{len(questions.ids)} labelled images, none of them of split '{settings.split}' "
            f"({job.settings['by']}): nothing to ask with"
        )
        columns = (RETRIEVAL_COLUMNS, RETRIEVAL_DIFFERENCE_COLUMNS, LOOKALIKE_COLUMNS)
        tables = tuple(pd.DataFrame(columns=names) for names in columns)
    for name, table in zip(("scores", "differences", "lookalikes"), tables, strict=True):
        write_table(job.path(name), table)
    job.facts |= {"seed": job.settings["seed"], "queries": len(questions.queries)}
    job.facts["remarks"] = remarks


def _measure(
    job: Job, questions: Questions, settings: RetrievalSettings
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return scores, differences and neighbours; one encoder's features are held at a time."""
    most, shards, found = max(settings.at), len(job.paths("index")), {}
    for place, name in enumerate(job.settings["encoders"]):
        files = job.paths("features")[place * shards : (place + 1) * shards]
        found[name] = questions.nearest(read_features(files, job.paths("index")), most)
    lookalikes = [questions.lookalikes(name, places) for name, places in found.items()]
    found[ORDER] = questions.nearest_in_order(most)
    kinds = {"given": questions}
    if settings.alike:
        kinds["alike"] = counted_as_one(questions, settings.alike)
    scores, differences = [], []
    for kind, asked in kinds.items():
        both = retrieval_scores(asked, found, settings.at, settings.bootstrap, job.settings["seed"])
        scores.append(both[0].assign(labels=kind))
        differences.append(both[1].assign(labels=kind))
    table = pd.concat(scores, ignore_index=True)[list(RETRIEVAL_COLUMNS)]
    print(table[table["label"] == MACRO].round(3).to_string(index=False))
    paired = pd.concat(differences, ignore_index=True)[list(RETRIEVAL_DIFFERENCE_COLUMNS)]
    return table, paired, pd.concat(lookalikes, ignore_index=True)


if __name__ == "__main__":
    run_stage(
        "retrieve",
        retrieve,
        inputs=["features", "index"],
        outputs=["scores", "differences", "lookalikes"],
    )
