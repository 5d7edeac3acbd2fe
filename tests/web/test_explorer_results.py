"""Probes, redshifts, rounds and runs in the explorer, and what an image's page says of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from explored_study import COUNT, ExploredStudy, item
from explored_tables import (
    WRONG,
    Review,
    write_probes,
    write_redshifts,
    write_trainings,
)
from playwright.sync_api import Page, expect
from watching import watched

from skyloom.__main__ import main
from skyloom.web.explore.slugs import slug_of

SCORED = range(0, COUNT, 5)
Served = tuple[ExploredStudy, str]


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


def test_a_confusion_leads_to_its_images(served: Served, page: Page) -> None:
    wrong = watched(page)
    page.goto(f"{enter(served, page)}probes.html")
    expect(page.locator("h2", has_text="Wrong and sure").first).to_contain_text("2 of 12 are wrong")
    tile = page.locator(".worst .tile[data-place='0']").first
    expect(tile).to_have_attribute("title", item(max(WRONG["simclr"])))
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
    expect(page.locator("#grid .tile[data-place='0']")).to_have_attribute("title", item(7))
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


def test_a_round_that_is_closed_meanwhile_is_called_closed(
    explored: ExploredStudy, page: Page
) -> None:
    review = Review(explored)
    review.open(1, range(2))
    for place in range(2):
        review.decide(1, place, "rock")
    wrong = watched(page)
    page.clock.install()
    page.goto(explored.start())
    page.click("nav a:text('Rounds')")
    page.wait_for_selector("#grid .tile[href]")
    expect(page.locator("#whole")).to_be_visible()
    review.close(1)
    page.clock.fast_forward(16_000)
    for _ in range(2):  # as the page finds out, and as it says when it is loaded
        expect(page.locator("#closed")).to_contain_text("round 1 was closed since")
        expect(page.locator("#whole")).to_be_hidden()
        expect(page.locator("h2", has_text="Corrected labels")).to_have_text("Corrected labels: 2")
        page.reload()
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
    expect(row).to_contain_text("other.yaml")
    expect(page.locator("tr", has_text="snakemake features")).to_contain_text("not ended")
    page.click("a:text('simclr and second')")
    expect(page.locator("tr", has_text="pretrain")).to_contain_text("not trained")
    differ = set(WRONG["simclr"]) ^ set(WRONG["second"])
    expect(page.locator("h2", has_text="Probes disagree")).to_contain_text(f"{len(differ)} of 12")
    expect(page.locator("#answers .tile[href]")).to_have_count(len(differ))
    for place in differ:
        expect(page.locator(f"#answers .tile[title='{item(place)}']")).to_have_count(1)
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
