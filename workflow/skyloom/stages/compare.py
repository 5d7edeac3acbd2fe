"""Compare the probes of all encoders on the same images."""

import pandas as pd

from skyloom.analyze.comparison import compare, with_majority
from skyloom.images import INDEX_COLUMNS
from skyloom.stages.job import Job, run_stage
from skyloom.tables import read_table, write_table


def compare_encoders(job: Job) -> None:
    """Write curves with intervals and paired differences from the main encoder."""
    names: list[str] = job.settings["encoders"]
    index = pd.concat([read_table(path, INDEX_COLUMNS) for path in job.paths("index")])
    tables = dict(zip(names, map(read_table, job.paths("predictions")), strict=True))
    settings = job.settings
    curves, differences = compare(
        with_majority(tables, index), names[0], settings["bootstrap"], settings["seed"]
    )
    write_table(job.path("curves"), curves)
    write_table(job.path("differences"), differences)
    job.facts["seed"] = settings["seed"]


if __name__ == "__main__":
    run_stage(
        "compare",
        compare_encoders,
        inputs=["predictions", "index"],
        outputs=["curves", "differences"],
    )
