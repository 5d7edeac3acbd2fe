"""Compare the probes of all encoders on the same images."""

import pandas as pd

from skyloom.analyze.comparison import compare
from skyloom.analyze.nulls import with_nulls
from skyloom.analyze.predictions import PREDICTION_COLUMNS
from skyloom.images import INDEX_COLUMNS
from skyloom.settings.probe import ProbeSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_table, write_table


def compare_encoders(job: Job) -> None:
    """Write curves with intervals and paired differences from the main encoder."""
    names: list[str] = job.settings["encoders"]
    index = pd.concat(
        [read_table(path, INDEX_COLUMNS) for path in job.paths("index")], ignore_index=True
    )
    tables = {
        name: read_table(path, PREDICTION_COLUMNS)
        for name, path in zip(names, job.paths("predictions"), strict=True)
    }
    settings, seed = ProbeSettings.model_validate(job.settings["probe"]), job.settings["seed"]
    compared = with_nulls(tables, index[index["rejected"].isna()], settings, seed)
    curves, differences = compare(compared, names[0], settings.bootstrap, seed)
    write_table(job.path("curves"), curves)
    write_table(job.path("differences"), differences)
    job.facts["seed"] = seed


if __name__ == "__main__":
    run_stage(
        "compare",
        compare_encoders,
        inputs=["predictions", "index"],
        outputs=["curves", "differences"],
    )
