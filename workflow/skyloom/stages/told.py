"""What both stages that learn redshifts write of what their model tells."""

from collections.abc import Sequence

import pandas as pd

from skyloom.analyze.redshift.draw import Rows
from skyloom.analyze.redshift.pdfs import write_pdfs, write_qp
from skyloom.analyze.redshift.predictors import Predictor
from skyloom.analyze.redshift.told import behind_dust, pdfs_told
from skyloom.bins import Bins
from skyloom.settings.redshift import ToldSettings
from skyloom.stages.job import Job
from skyloom.tables import write_table


def bins_of(settings: ToldSettings) -> Bins:
    """Return the bins of the settings."""
    return Bins(*settings.range, settings.bins)


def write_told(
    job: Job,
    predictor: Predictor,
    index: pd.DataFrame,
    rows: Rows,
    settings: ToldSettings,
    extinction: Sequence[float],
) -> None:
    """Write the PDFs of the scored images in both formats, and what dust would do to them.

    Where the survey names no extinction per band, the table of dust stays empty.
    """
    ids, bins = index["image_id"].to_numpy(dtype=str), bins_of(settings)
    pdfs = pdfs_told(predictor, ids, rows.scored, bins)
    facts = {"draw": job.word("draw"), "labels": len(rows.train), "seed": job.settings["seed"]}
    write_pdfs(job.path("pdfs"), pdfs, {key: str(value) for key, value in facts.items()})
    write_qp(job.path("qp"), pdfs)
    dust = settings.dust if extinction else ()
    write_table(job.path("dust"), behind_dust(predictor, ids, rows.scored, bins, dust))
    job.facts |= facts
