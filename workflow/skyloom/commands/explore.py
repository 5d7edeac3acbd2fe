"""`skyloom explore`: look at everything the workflow found, live or as files."""

import argparse
from functools import partial
from pathlib import Path

from skyloom.commands.finer_parts import finer_parts
from skyloom.commands.review import reviewer_name
from skyloom.commands.study_config import read_plan
from skyloom.plan import Plan
from skyloom.surveys.registry import survey_part
from skyloom.web.explore.app import explorer_app
from skyloom.web.explore.catalogue import Catalogue, Places
from skyloom.web.explore.clusters_view import ClustersView
from skyloom.web.explore.decisions import Decisions
from skyloom.web.explore.export import export
from skyloom.web.explore.history import History
from skyloom.web.explore.images_view import ImagesView
from skyloom.web.explore.item_view import ItemView
from skyloom.web.explore.properties import properties_of
from skyloom.web.explore.site import Manner, Site
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
    sites = {survey: site_of(plan, survey, manner) for survey in surveys}
    if given.export is not None:
        export(sites, given.export, given.items)
        print(given.export / "index.html")
        return
    serve(explorer_app(sites), given.host, given.port, Path(plan.results))


def site_of(plan: Plan, survey: str, manner: Manner) -> Site:
    """Return the explorer of one survey."""
    catalogue = Catalogue(places_of(plan, survey), survey_part(survey, "display"))
    properties = properties_of(catalogue)
    history = History(catalogue.places)
    views: list[View] = [
        ImagesView(catalogue, properties),
        ClustersView(catalogue, manner.reviewer, partial(finer_parts, catalogue)),
        ItemView(catalogue, history),
        Decisions(catalogue, manner.reviewer),
    ]
    return Site(catalogue, views, manner)


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
        round=plan.current_round(survey) if survey in plan.reviewed_surveys else None,
    )
