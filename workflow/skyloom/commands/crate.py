"""`skyloom crate`: describe results as a crate where they are."""

from pathlib import Path

from skyloom.provenance.crate.build import build_crate, write_in_place
from skyloom.provenance.crate.study import study_of
from skyloom.provenance.records import NoRecordsError, read_records


def describe_in_place(results: Path) -> Path:
    """Write `ro-crate-metadata.json` above the results; return its path.

    Raises:
        NoRecordsError: no run has noted the configuration of these results.
    """
    records = read_records(results)
    runs = [run for run in records.runs if run.head]
    if not runs:
        raise NoRecordsError(f"no run of the workflow is recorded in {results}. Run: snakemake")
    config = {**runs[-1].head["config"], "results": records.shown(results)}
    study = study_of(config, records)
    return write_in_place(build_crate(study), study)
