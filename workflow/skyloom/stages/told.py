"""What both stages that learn redshifts begin with, and write of what their model tells."""

from dataclasses import dataclass

from skyloom.analyze.redshift.draw import Rows, rows_of
from skyloom.analyze.redshift.pdfs import write_pdfs, write_qp
from skyloom.analyze.redshift.predictors import Predictor
from skyloom.analyze.redshift.told import behind_dust, pdfs_told
from skyloom.bins import Bins
from skyloom.images import ImageStore
from skyloom.label_draws import Draw
from skyloom.settings.redshift import ToldSettings
from skyloom.settings.views import ViewSettings
from skyloom.stages.job import Job
from skyloom.surveys.registry import survey_part
from skyloom.tables import write_table


@dataclass(frozen=True)
class Drawn:
    """The images of a survey, and which of them a draw learns from and is scored on."""

    settings: ToldSettings
    draw: Draw
    store: ImageStore
    rows: Rows
    views: ViewSettings

    @property
    def bins(self) -> Bins:
        """The bins of redshift."""
        return Bins(*self.settings.range, self.settings.bins)


def drawn_images(job: Job) -> Drawn:
    """Open the images of a job and choose those of its draw.

    Raises:
        RedshiftError: no redshift is known where some must be.
    """
    settings = ToldSettings.model_validate(job.settings["told"])
    draw, store = Draw.named(job.word("draw")), ImageStore.beside(job.paths("index"))
    rows = rows_of(store.index, settings, draw, job.settings["seed"])
    views = survey_part(job.word("survey"), "views").VIEWS
    return Drawn(settings, draw, store, rows, views)


def write_told(job: Job, predictor: Predictor, drawn: Drawn) -> None:
    """Write the PDFs of the scored images in both formats, and what dust would do to them.

    Where the survey names no extinction per band, the table of dust stays empty.
    """
    rows, bins = drawn.rows, drawn.bins
    ids = drawn.store.index["image_id"].to_numpy(dtype=str)
    pdfs = pdfs_told(predictor, ids, rows.scored, bins)
    facts = {"draw": job.word("draw"), "labels": len(rows.train), "seed": job.settings["seed"]}
    write_pdfs(job.path("pdfs"), pdfs, {key: str(value) for key, value in facts.items()})
    write_qp(job.path("qp"), pdfs)
    dust = drawn.settings.dust if drawn.views.extinction else ()
    write_table(job.path("dust"), behind_dust(predictor, ids, rows.scored, bins, dust))
    job.facts |= facts
