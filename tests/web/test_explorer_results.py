"""Probes, redshifts, rounds and runs in the explorer, and what an image's page says of them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from explored_study import CLASSES, COUNT, ExploredStudy, item
from explored_tables import (
    WRONG,
    Review,
    density_of,
    write_probes,
    write_redshifts,
    write_trainings,
)
from playwright.sync_api import Browser, Page, expect

from skyloom.__main__ import main
from skyloom.commands.explore import places_of
from skyloom.commands.study_config import read_plan
from skyloom.surveys.registry import survey_part
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.disagreements import shared_neighbours
from skyloom.web.explore.probe_predictions import ProbePredictions, Task
from skyloom.web.explore.redshift_pdfs import RedshiftPdfs
from skyloom.web.explore.review_state import ReviewState, wilson
from skyloom.web.explore.slugs import slug_of

SCORED = range(0, COUNT, 5)
Served = tuple[ExploredStudy, str]


@pytest.fixture
def page(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    return opened


def watched(page: Page) -> list[str]:
    """Return the list that what goes wrong on the page is written to."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
    return wrong


def opened(study: ExploredStudy, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Return the images of a study, read in its folder."""
    monkeypatch.chdir(study.folder)
    places = places_of(read_plan(Path("study.yaml"), "mars"), "mars")
    return Catalogue(places, survey_part("mars", "display"))


def fill(study: ExploredStudy) -> Review:
    """Write everything that the views show; return the rounds, the first one open."""
    study.write_features()
    study.write_clusters()
    write_probes(study)
    write_redshifts(study)
    write_trainings(study)
    review = Review(study)
    review.open(1, range(12))
    review.decide(1, 0, "rock")
    review.decide(1, 1, "dune", hidden=True)
    return review


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A study with everything, and the address at which it is served."""
    study = ExploredStudy(tmp_path_factory.mktemp("served"))
    fill(study)
    yield study, study.start()
    study.kill()


def enter(served: Served, page: Page) -> str:
    """Let the browser in; return the address of the survey's folder."""
    page.goto(served[1])
    page.wait_for_selector("html[data-keys] #grid .tile[href]")
    return page.url.removesuffix("index.html")


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


def test_a_confusion_leads_to_its_images(served: Served, page: Page) -> None:
    wrong = watched(page)
    page.goto(f"{enter(served, page)}probes.html")
    expect(page.locator("h2", has_text="Wrong and sure").first).to_contain_text("2 of 12 are wrong")
    tile = page.wait_for_selector(".worst .tile[data-place='0'][href]")
    assert tile.get_attribute("title") == item(max(WRONG["simclr"]))
    shown = page.locator("figure img").first
    assert shown.evaluate("image => image.naturalWidth") > 100
    page.select_option("#task", "split-val-ridge")
    expect(page.locator("section[data-task='split-val-logistic']").first).to_be_hidden()
    assert "task=split-val-ridge" in page.url
    page.click(".tabs a:text('second')")
    page.wait_for_selector("html[data-keys] section:not([hidden]) h2:text('second, all labels')")
    assert page.input_value("#task") == "split-val-ridge"
    page.select_option("#task", "split-val-logistic")
    cell = "a[title^='dune taken for rock']"
    page.click(f"section:not([hidden]) {cell}")
    expect(page.locator("#title")).to_have_text("dune taken for rock")
    expect(page.locator("#count")).to_have_text("1 image")
    page.wait_for_selector(f"#grid .tile[title='{item(10)}']")
    page.select_option("#true", "")
    page.select_option("#said", "")
    expect(page.locator("#count")).to_have_text(f"{len(SCORED)} images")
    assert not wrong


def test_redshifts_and_the_density_of_a_galaxy(served: Served, page: Page) -> None:
    wrong = watched(page)
    base = enter(served, page)
    page.click("nav a:text('Redshifts')")
    expect(page.locator("th", has_text="sigma_MAD less that of linear")).to_be_visible()
    tile = page.wait_for_selector("#grid .tile[data-place='0'][href]")
    assert tile.get_attribute("title") == item(7)
    expect(page.locator("#off")).to_contain_text("1 of 60 are outliers")
    page.select_option("#model", "boosting")
    expect(page.locator("#off")).to_contain_text("0 of 60")
    page.goto(f"{base}items/{slug_of(item(7))}.html")
    expect(page.locator("#pdf svg[role='img']")).to_have_attribute(
        "aria-label", "densities of redshift; the true one is 0.0532"
    )
    curves = page.locator("#pdf svg[role='img'] path[fill-opacity]")
    expect(curves).to_have_count(2)
    page.click("#pdf button:has-text('linear')")
    expect(curves).to_have_count(1)
    assert not wrong


def test_rounds_are_told_while_people_decide(served: Served, page: Page) -> None:
    wrong = watched(page)
    base = enter(served, page)
    page.click("nav a:text('Rounds')")
    expect(page.locator(".light")).to_have_count(4)
    expect(page.locator("[data-number='done']")).to_have_text("2 of 12")
    expect(page.locator(".next pre")).to_contain_text("skyloom review mars --configfile study.yaml")
    expect(page.locator("dt:text('minutes spent') + dd")).to_have_text("0.1 (3.0 s a verdict)")
    tile = page.wait_for_selector("#grid .tile[href]")
    assert tile.inner_text() == "crater \u2192 rock, round 1"
    Review(served[0]).decide(1, 2, "crater")
    answer = page.request.get(f"{base}live/rounds/open").json()
    assert answer["done"] == "3 of 12"
    assert answer["lights"][1]["value"] == f"{2 / 3:.0%}"
    assert not wrong


def test_two_encoders_side_by_side(served: Served, page: Page) -> None:
    wrong = watched(page)
    enter(served, page)
    page.keyboard.press("g")
    page.keyboard.press("t")
    row = page.locator("tr", has=page.locator("b:text('simclr')"))
    expect(row).to_contain_text("48 (train)")
    expect(row).to_contain_text("node7")
    expect(row).to_contain_text("with changes")
    page.click("a:text('simclr and second')")
    expect(page.locator("tr", has_text="pretrain")).to_contain_text("not trained")
    differ = set(WRONG["simclr"]) ^ set(WRONG["second"])
    expect(page.locator("h2", has_text="Probes disagree")).to_contain_text(f"{len(differ)} of 12")
    page.wait_for_selector("#answers .tile[href]")
    titles = {tile.get_attribute("title") for tile in page.query_selector_all("#answers .tile")}
    assert titles == {item(place) for place in differ}
    accuracy = page.locator("tr", has_text="accuracy").first
    expect(accuracy).to_contain_text(f"{10 / 12:.3f}")
    expect(accuracy).to_contain_text(f"{9 / 12:.3f}")
    expect(page.locator("#shared")).to_contain_text("60 images")
    assert not wrong


def test_an_image_tells_its_clusters_probes_links_and_origin(served: Served, page: Page) -> None:
    wrong = watched(page)
    page.goto(f"{enter(served, page)}items/{slug_of(item(5))}.html")
    expect(page.locator("tr", has_text="simclr").first.locator(".differs")).to_have_text("crater")
    link = page.locator("a[href$='encoders/second/clusters/kmeans-2.html']")
    expect(link).to_have_text("cluster 2")
    page.click("#why summary")
    expect(page.locator("#trees pre").first).to_contain_text("prepare -> results/mars/images/")
    expect(page.locator("#trees pre").first).to_contain_text("skyloom audit")
    assert not wrong


def test_an_export_holds_all_of_it(
    tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ExploredStudy(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(["explore", "--configfile", "study.yaml", "--export", "site"]) == 0
    page.context.set_offline(True)
    wrong = watched(page)
    base = (tmp_path / "site" / "mars").as_uri()
    page.goto(f"{base}/probes.html")
    page.wait_for_selector(".worst .tile[href]")
    page.click("a[title^='rock taken for crater']")
    page.wait_for_selector(f"#grid .tile[title='{item(5)}'][href]")
    page.goto(f"{base}/redshifts.html")
    page.wait_for_selector("#grid .tile[href]")
    page.goto(f"{base}/rounds.html")
    page.wait_for_selector("#grid .tile[href]")
    page.goto(f"{base}/runs/simclr-and-second.html")
    page.wait_for_selector("#neighbours .tile[href]")
    page.goto(f"{base}/items/{slug_of(item(5))}.html")
    page.wait_for_selector("#pdf path[fill-opacity]")
    page.click("#why summary")
    page.wait_for_selector("#trees pre")
    assert not wrong
    for table in ("probes-curves", "redshifts-estimates", "corrections"):
        assert (tmp_path / f"site/mars/tables/{table}.csv").exists()


@pytest.mark.parametrize("labelled", [True, False])
def test_a_study_with_images_alone_says_what_to_run(
    tmp_path: Path, page: Page, labelled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ExploredStudy(tmp_path, count=6, labelled=labelled)
    monkeypatch.chdir(tmp_path)
    assert main(["explore", "--configfile", "study.yaml", "--export", "site"]) == 0
    wrong = watched(page)
    base = (tmp_path / "site" / "mars").as_uri()
    page.goto(f"{base}/probes.html")
    what = "snakemake probes" if labelled else "nothing to probe"
    expect(page.locator(".empty")).to_contain_text(what)
    expect(page.locator("nav a:text('Redshifts')")).to_have_count(0)
    page.goto(f"{base}/rounds.html")
    expect(page.locator(".empty")).to_contain_text("skyloom run mars")
    page.goto(f"{base}/runs.html")
    expect(page.locator(".empty")).to_contain_text("snakemake features")
    page.goto(f"{base}/items/{slug_of(item(3))}.html")
    page.click("#why summary")
    expect(page.locator("#trees pre")).to_contain_text("no record speaks of")
    assert not wrong
