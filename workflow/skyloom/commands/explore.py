"""`skyloom explore`: look at everything the workflow found, live or as files."""

import argparse
from functools import partial
from pathlib import Path

from skyloom.commands.finer_parts import finer_parts
from skyloom.commands.outside_process import embed_apart
from skyloom.commands.review import reviewer_name
from skyloom.commands.run import sentence
from skyloom.commands.study_config import read_plan
from skyloom.plan import Plan
from skyloom.rounds_plan import open_round, surveys_with_rounds
from skyloom.surveys.registry import Links, links_of, survey_part
from skyloom.web.explore.app import explorer_app
from skyloom.web.explore.catalogue import Catalogue, Places
from skyloom.web.explore.clusters_view import ClustersView
from skyloom.web.explore.decisions import Decisions
from skyloom.web.explore.export import export
from skyloom.web.explore.history import History
from skyloom.web.explore.images_view import ImagesView
from skyloom.web.explore.item_sections import ItemSections
from skyloom.web.explore.item_view import ItemView
from skyloom.web.explore.map_view import MapView
from skyloom.web.explore.neighbours_view import NeighboursView
from skyloom.web.explore.probe_predictions import ProbePredictions
from skyloom.web.explore.probes_view import ProbesView
from skyloom.web.explore.properties import properties_of
from skyloom.web.explore.redshifts_view import RedshiftsView
from skyloom.web.explore.rounds_view import RoundsView
from skyloom.web.explore.runs_view import RunsView
from skyloom.web.explore.site import Manner, Site
from skyloom.web.explore.uploads import Embed
from skyloom.web.explore.views import View
from skyloom.web.serve import serve


def explore(given: argparse.Namespace) -> None:
    """Serve the explorer of a study until it is interrupted, or write it as files.

    Raises:
        SkyloomError: there is no such study or survey, or nothing was prepared.
    """
    plan = read_plan(given.configfile, *given.surveys)
    surveys = given.surveys or list(plan.surveys)
    live = given.export is None
    manner = Manner(live, surveys, reviewer_name(given.reviewer) if live else "")
    sites = {survey: site_of(plan, survey, manner, given.configfile) for survey in surveys}
    if given.export is not None:
        export(sites, given.export, given.items)
        print(given.export / "index.html")
        return
    serve(explorer_app(sites), given.host, given.port, Path(plan.results))


def site_of(plan: Plan, survey: str, manner: Manner, config: Path) -> Site:
    """Return the explorer of one survey of the study that a config file describes."""
    reader = plan.config[survey].reader.model_dump()
    catalogue = Catalogue(places_of(plan, survey), survey_part(survey, "display"), reader)
    properties = properties_of(catalogue)
    history = History(catalogue.places)
    predictions = ProbePredictions(catalogue)
    redshifts = RedshiftsView(catalogue)
    sections = ItemSections(catalogue, predictions, redshifts.has_pdf)
    # The images of a simulated archive are in no other.
    links: Links = (lambda row: ()) if plan.is_simulated(survey) else links_of(survey)
    views: list[View] = [
        ImagesView(catalogue, properties),
        MapView(catalogue),
        ClustersView(catalogue, manner.reviewer, partial(finer_parts, catalogue)),
        NeighboursView(catalogue, embed_with(plan, survey, catalogue.places)),
        ProbesView(catalogue, predictions),
        redshifts,
        RoundsView(catalogue, lambda status: sentence(status, config)),
        RunsView(catalogue, predictions, plan.config.seed),
        ItemView(catalogue, history, sections, links),
        Decisions(catalogue, manner.reviewer),
    ]
    return Site(catalogue, views, manner)


def embed_with(plan: Plan, survey: str, places: Places) -> Embed:
    """Return what embeds a file from outside with all encoders of a survey that have features."""
    return lambda file: embed_apart(file, Path(plan.results), survey, places.embedded)


def places_of(plan: Plan, survey: str) -> Places:
    """Return where the files of a survey are."""
    trained = plan.trained_encoders(survey)
    return Places(
        survey=survey,
        home=Path(plan.results, survey),
        reviews=plan.reviews(survey),
        shards=plan.shards(survey),
        encoders=trained,
        baselines=[name for name in plan.encoders(survey) if name not in trained],
        round=open_round(plan, survey) if survey in surveys_with_rounds(plan) else None,
    )
