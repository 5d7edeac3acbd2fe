"""The numbers behind the explorer's pages of results."""

from pathlib import Path

import numpy as np
import pytest
from explored_study import CLASSES, COUNT, ExploredStudy, item
from explored_tables import WRONG, Review, density_of, write_probes, write_redshifts

from skyloom.commands.explore import places_of, site_of
from skyloom.commands.study_config import read_plan
from skyloom.surveys.registry import survey_part
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.disagreements import shared_neighbours
from skyloom.web.explore.history import History
from skyloom.web.explore.probe_predictions import ProbePredictions, Task
from skyloom.web.explore.redshift_pdfs import RedshiftPdfs
from skyloom.web.explore.review_state import ReviewState, wilson
from skyloom.web.explore.site import Manner
from skyloom.web.explore.slugs import slug_of

SCORED = range(0, COUNT, 5)


def opened(study: ExploredStudy, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Return the images of a study, read in its folder."""
    monkeypatch.chdir(study.folder)
    places = places_of(read_plan(Path("study.yaml"), "mars"), "mars")
    return Catalogue(places, survey_part("mars", "display"))


def test_predictions_with_all_labels_are_kept_small(
    explored: ExploredStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_probes(explored)
    found = ProbePredictions(opened(explored, monkeypatch))
    assert found.encoders == ["simclr", "second"]
    assert found.tasks() == [Task("split", "val", "logistic"), Task("split", "val", "ridge")]
    said = found.of("second")[found.tasks()[0]]
    assert said.positions.tolist() == list(SCORED)
    assert said.positions[said.wrong].tolist() == list(WRONG["second"])
    counts = said.counts()
    assert counts.sum() == len(SCORED)
    assert counts.trace() == len(SCORED) - len(WRONG["second"])
    # Image 10 is of the second class and taken for the third.
    assert counts[1, 2] == sum(explored.classes[place] == 1 for place in WRONG["second"])
    assert np.isnan(found.of("second")[found.tasks()[1]].probability).all()


def test_neighbours_in_common_are_those_of_other_groups(
    explored: ExploredStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = opened(explored, monkeypatch)
    asked, shared = shared_neighbours(catalogue, "simclr", "simclr")
    assert asked.tolist() == list(range(COUNT))
    assert (shared == 1).all()
    _, shared = shared_neighbours(catalogue, "simclr", "second")
    # Both see the 18 of an image's class in other groups first; the rest is noise.
    assert ((shared >= 18 / 20) & (shared <= 1)).all()


def test_densities_are_read_row_by_row(
    explored: ExploredStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_redshifts(explored)
    pdfs = RedshiftPdfs(opened(explored, monkeypatch))
    found = pdfs.of(7, ["boosting", "absent", "linear"], "100-0")
    assert found is not None
    assert found.models == ["boosting", "linear"]
    assert np.allclose(found.values[1], density_of(explored, "linear", 7))
    assert pdfs.of(7, ["linear"], "50-0") is None
    assert pdfs.has(7, ["linear"], "100-0")


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    # Newcombe 1998, table I, method 3 (score): 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 0) == (0, 1)


def test_the_lights_follow_the_verdicts(
    explored: ExploredStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, review = opened(explored, monkeypatch), Review(explored)
    assert ReviewState(catalogue.places).lights() == []
    review.open(1, range(12))
    fresh = ReviewState(catalogue.places)
    assert [light.holds for light in fresh.lights()] == [False, None, None, None]
    for place in range(12):
        right = CLASSES[explored.classes[place]]
        review.decide(1, place, "rock" if place == 0 else right, hidden=place < 2)
    review.close(1)
    review.open(2, range(20, 32))
    review.decide(2, 21, "rock")
    now = ReviewState(opened(explored, monkeypatch).places)
    disagreements, present, stable, audit = now.lights()
    assert disagreements.value == "4"
    assert "before: 9 in round 1" in disagreements.why
    assert present.value == f"{2 / 13:.0%}"
    assert not present.holds
    # One of 60 labels was changed, and the models of both rounds say the same.
    assert stable.value == f"{1 / 60:.1%} changed"
    assert "kappa of its models and those now: 1.000" in stable.why
    assert audit.holds is None
    assert [(one.item, one.after, one.round) for one in now.corrections()] == [
        (item(0), "rock", 1),
        (item(21), "rock", 2),
    ]


def test_a_correction_counts_once_while_its_round_is_open_and_when_it_is_closed(
    explored: ExploredStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, review = opened(explored, monkeypatch), Review(explored)
    review.open(1, range(4))
    for by in ("ann", "bob"):
        review.decide(1, 0, "rock", by=by)
    state = ReviewState(catalogue.places)
    assert [(one.item, one.after) for one in state.corrections()] == [(item(0), "rock")]
    review.close(1)  # the server that asks next was started before
    state = ReviewState(catalogue.places)
    assert state.is_closed
    assert [(one.item, one.after) for one in state.corrections()] == [(item(0), "rock")]


def test_an_images_history_follows_the_closing_of_a_round(
    explored: ExploredStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, review = opened(explored, monkeypatch), Review(explored)
    review.open(1, range(4))
    review.decide(1, 0, "rock")
    history = History(catalogue.places)
    assert [(one.what, one.label) for one in history.of(item(0))] == [
        ("fix (not closed yet)", "rock")
    ]
    review.close(1)
    assert [(one.what, one.label) for one in history.of(item(0))] == [("fix (ranked)", "rock")]


@pytest.mark.parametrize("simulated", [False, True])
def test_only_images_of_real_archives_have_links(
    explored: ExploredStudy, monkeypatch: pytest.MonkeyPatch, simulated: bool
) -> None:
    config = explored.folder / "study.yaml"
    if simulated:
        config.write_text(config.read_text().replace("mars:", "mars:\n  simulate: {}"))
    monkeypatch.chdir(explored.folder)
    monkeypatch.setattr(
        "skyloom.commands.explore.links_of",
        lambda survey: lambda row: [(f"sol {row['sol']}", "https://archive.example/?sol=0&a")],
    )
    site = site_of(read_plan(config), "mars", Manner(False, ["mars"]), config)
    html = site.html(f"items/{slug_of(item(3))}.html") or ""
    link = (
        '<a href="https://archive.example/?sol=0&amp;a" target="_blank" rel="noopener noreferrer">'
    )
    assert (f"{link}sol 0</a>" in html) is not simulated
