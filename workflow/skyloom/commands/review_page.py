"""`skyloom review <survey>`: serve the review page of the open round."""

from pathlib import Path

from skyloom.commands.review import ReviewError, open_queue
from skyloom.commands.run import round_folder
from skyloom.images import ImageStore
from skyloom.plan import Plan
from skyloom.surveys.registry import survey_part
from skyloom.web.pictures import Pictures, read_curves
from skyloom.web.review_app import ReviewPage
from skyloom.web.serve import serve
from skyloom.web.session import Round, Session


def open_page(
    plan: Plan, survey: str, reviewer: str, config: Path, host: str, port: int | None
) -> None:
    """Serve the review page until it is interrupted.

    Raises:
        ReviewError: there is no queue, or nothing in it.
    """
    queue, _ = open_queue(plan, survey)
    if queue.facts.converged or len(queue.rows) == 0:
        raise ReviewError(
            f"round {queue.facts.round} of {survey} has no items: "
            f"{'the rounds have converged' if queue.facts.converged else 'the queue is empty'}."
        )
    folder = round_folder(plan, survey)
    indices = [
        Path(plan.results, survey, "images", f"{one}.parquet") for one in plan.shards(survey)
    ]
    page = ReviewPage(
        session=Session(Round(survey, folder, plan.reviews(survey))),
        pictures=Pictures(
            ImageStore.beside(indices),
            survey_part(survey, "display"),
            plan.config[survey].reader.model_dump(),
        ),
        curves=read_curves(folder / "emergence.parquet"),
        reviewer=reviewer,
        next_command=f"skyloom run {survey} --configfile {config}",
    )
    serve(page.app(), host, port, plan.reviews(survey))
