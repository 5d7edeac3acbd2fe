"""Score the redshifts of all models and draws of a survey."""

from collections import defaultdict

import numpy as np
import pandas as pd

from skyloom.analyze.redshift.comparison import (
    Key,
    Scored,
    dust_table,
    label_curves,
    label_factors,
    replicates_of,
)
from skyloom.analyze.redshift.draw import magnitudes_of
from skyloom.analyze.redshift.table import SCORE_COLUMNS, score_table
from skyloom.analyze.redshift.told import Told, point_estimates, read_told
from skyloom.analyze.scores import resample_groups
from skyloom.images import INDEX_COLUMNS
from skyloom.label_draws import Draw
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_table, read_tables, write_table

BINS = 5
"""Bins of equal count in which redshift, magnitude and E(B-V) are cut."""


def redshift_scores(job: Job) -> None:
    """Score all models on the same galaxies, with intervals over sky fields."""
    said = job.settings
    index = _scored_index(job)
    ids = index["image_id"].to_numpy(dtype=str)
    names, groups = np.unique(index["group"].to_numpy(dtype=str), return_inverse=True)
    weights = resample_groups(len(names), said["bootstrap"], said["seed"])
    scored = Scored(index["target"].to_numpy(), groups, weights)
    told: dict[Key, list[Told]] = defaultdict(list)
    for path in job.paths("pdfs"):
        told[path.parts[-3], Draw.named(path.parts[-2]).fraction].append(read_told(path, ids))
    replicates = {key: replicates_of(draws, scored) for key, draws in told.items()}
    write_table(job.path("scores"), _scores(job, told, index))
    write_table(job.path("curves"), label_curves(replicates, said["baseline"]))
    write_table(job.path("factors"), label_factors(replicates, said["baseline"]))
    reddened = defaultdict(list)
    for path in job.paths("reddened"):
        if Draw.named(path.parts[-2]).fraction == _all_labels(told):
            reddened[path.parts[-3]].append(read_table(path, ["image_id", "ebv", "redshift"]))
    write_table(job.path("dust"), dust_table(reddened, scored, ids))
    write_table(job.path("estimates"), _estimates(told, index))
    job.facts |= {"galaxies": len(index), "fields": len(names), "seed": said["seed"]}


def _scored_index(job: Job) -> pd.DataFrame:
    """Return the index rows of the images on which models are scored, in the index's order."""
    index = read_tables(job.paths("index"), INDEX_COLUMNS)
    chosen = index["rejected"].isna() & index["target"].notna()
    return index[chosen & index["split"].isin(job.settings["scored"])].reset_index(drop=True)


def _scores(job: Job, told: dict[Key, list[Told]], index: pd.DataFrame) -> pd.DataFrame:
    """Return the score tables of all models; strata and intervals with all labels alone."""
    said, truth = job.settings, index["target"].to_numpy()
    groups, strata = index["group"].to_numpy(dtype=str), _strata(job, index)
    parts = []
    for (model, fraction), draws in told.items():
        full = fraction == _all_labels(told)
        for number, each in enumerate(draws):
            table = score_table(
                each.pdfs,
                truth,
                strata if full else strata[[]],
                groups,
                said["seed"],
                said["bootstrap"] if full else 0,
            )
            about = {"model": model, "fraction": fraction, "draw": number, "labels": each.labels}
            parts.append(table.assign(**about))
    return pd.concat(parts, ignore_index=True)[
        ["model", "fraction", "draw", "labels", *SCORE_COLUMNS]
    ]


def _estimates(told: dict[Key, list[Told]], index: pd.DataFrame) -> pd.DataFrame:
    """Return the redshifts that each model tells with all labels (first draw), and their PIT."""
    full = _all_labels(told)
    truth = index["target"].to_numpy()
    return pd.concat(
        [
            point_estimates(draws[0].pdfs, truth).assign(model=model)
            for (model, fraction), draws in told.items()
            if fraction == full
        ],
        ignore_index=True,
    )


def _all_labels(told: dict[Key, list[Told]]) -> float:
    """Return the largest share of the labels, as the names of draws tell it."""
    return max(fraction for _, fraction in told)


def _strata(job: Job, index: pd.DataFrame) -> pd.DataFrame:
    """Return the bins of equal count in which scores are split: redshift, magnitude, E(B-V)."""
    said = job.settings
    columns = {said[key]: key for key in ("magnitude", "reddening") if said[key] is not None}
    values = {name: magnitudes_of(index, [name], key)[:, 0] for name, key in columns.items()}
    every = {"redshift": index["target"].to_numpy(), **values}
    return pd.DataFrame(
        {name: pd.qcut(column, BINS, duplicates="drop") for name, column in every.items()}
    )


if __name__ == "__main__":
    run_stage(
        "redshift_scores",
        redshift_scores,
        inputs=["pdfs", "reddened", "index"],
        outputs=["scores", "curves", "factors", "dust", "estimates"],
    )
