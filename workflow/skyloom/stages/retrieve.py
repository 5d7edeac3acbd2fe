"""Measure the search by likeness by class: all encoders of a survey, and their nulls."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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

OUTPUTS = ("retrieval", "retrieval_differences", "lookalikes")


def retrieve(job: Job) -> None:
    """Write precision by class, paired differences, and the neighbours of every query."""
    settings = RetrievalSettings.model_validate(job.settings["retrieval"])
    index = read_tables(job.paths("index"), INDEX_COLUMNS)
    index = index[index["rejected"].isna()].reset_index(drop=True)
    questions = questions_of(index, job.settings["by"], settings, job.settings["seed"])
    for name, table in zip(OUTPUTS, _measure(job, questions, settings), strict=True):
        write_table(job.path(name), table)
    remarks = mirror_remarks(
        set(questions.labels), job.settings["mirroring"], settings, job.settings["survey"]
    )
    for remark in remarks:
        print(f"WARNING: {remark}")
    job.facts |= {"seed": job.settings["seed"], "queries": len(questions.queries)}
    job.facts["remarks"] = remarks


def _measure(
    job: Job, questions: Questions, settings: RetrievalSettings
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return scores, differences and neighbours; one encoder's features are held at a time."""
    if not len(questions.queries):
        print(
            f"{len(questions.ids)} labelled images, none of them of split '{settings.split}' "
            f"({job.settings['by']}): nothing to ask with"
        )
        columns = (RETRIEVAL_COLUMNS, RETRIEVAL_DIFFERENCE_COLUMNS, LOOKALIKE_COLUMNS)
        scores, differences, lookalikes = (pd.DataFrame(columns=list(names)) for names in columns)
        return scores, differences, lookalikes
    most, shards, found = max(settings.at), len(job.paths("index")), {}
    for place, name in enumerate(job.settings["encoders"]):
        files = job.paths("features")[place * shards : (place + 1) * shards]
        found[name] = questions.nearest(read_features(files, job.paths("index")), most)
    lookalikes = [questions.lookalikes(name, places) for name, places in found.items()]
    found[ORDER] = questions.nearest_in_order(most)
    both = _score(questions, found, settings, job.settings["seed"])
    return *both, pd.concat(lookalikes, ignore_index=True)


def _score(
    questions: Questions,
    found: dict[str, NDArray[np.int64]],
    settings: RetrievalSettings,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores and differences, of the classes as given and then as they count as one."""
    kinds = {"given": questions}
    if settings.alike:
        kinds["alike"] = counted_as_one(questions, settings.alike)
    scores, differences = [], []
    for kind, asked in kinds.items():
        both = retrieval_scores(asked, found, settings.at, settings.bootstrap, seed)
        scores.append(both[0].assign(labels=kind))
        differences.append(both[1].assign(labels=kind))
    table = pd.concat(scores, ignore_index=True)[list(RETRIEVAL_COLUMNS)]
    print(table[table["label"] == MACRO].round(3).to_string(index=False))
    paired = pd.concat(differences, ignore_index=True)
    return table, paired[list(RETRIEVAL_DIFFERENCE_COLUMNS)]


if __name__ == "__main__":
    run_stage(
        "retrieve",
        retrieve,
        inputs=["features", "index"],
        outputs=OUTPUTS,
    )
