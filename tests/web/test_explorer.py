"""The explorer's server and export, in a real browser."""

import re
import shutil
from pathlib import Path

import httpx
import pandas as pd
import pytest
from explored_study import CLASSES, COUNT, ExploredStudy, item
from playwright.sync_api import Page, expect
from watching import watched

from skyloom.__main__ import main
from skyloom.shard_writer import ShardWriter
from skyloom.web.explore.bundle import BundleError, bundle
from skyloom.web.explore.slugs import name_of, slug_of


@pytest.mark.parametrize("name", ["a-b_C.9", "sol 1/ML", ".hidden", "~7e", "Ünë", "a..b"])
def test_slugs_are_names_that_files_can_have(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*", slug_of(name))
    assert name_of(slug_of(name)) == name


def test_images_are_filtered_sorted_and_opened(explored: ExploredStudy, page: Page) -> None:
    wrong = watched(page)
    page.goto(explored.start())
    page.wait_for_selector("#grid .tile[href]")
    assert page.inner_text("#shown") == f"{COUNT} images"
    page.select_option("#filter", "index/label")
    page.select_option("#value", "dune")
    page.select_option("#sort", "index/time")
    page.check("#descending")
    expect(page.locator("#shown")).to_have_text(f"{COUNT // len(CLASSES)} of {COUNT} images")
    expect(page.locator("#grid .tile[data-place='0']")).to_have_attribute("title", item(58))
    assert "filter=index%2Flabel&value=dune&descending=1" in page.url
    page.reload()
    page.wait_for_selector("html[data-keys]")
    expect(page.locator("#shown")).to_have_text(f"{COUNT // len(CLASSES)} of {COUNT} images")
    page.keyboard.press("/")
    page.keyboard.type(item(7))
    page.keyboard.press("Enter")
    page.wait_for_selector(f"html[data-keys] h1:text('{item(7)}')")
    page.keyboard.press("j")
    page.wait_for_selector(f"h1:text('{item(8)}')")
    assert not wrong


def test_an_export_opens_from_disk_without_a_network(
    explored: ExploredStudy, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(explored.folder)
    assert main(["explore", "--configfile", "study.yaml", "--export", "out/site"]) == 0
    page.context.set_offline(True)
    wrong = watched(page)
    page.goto((explored.folder / "out/site/mars/index.html").as_uri())
    page.wait_for_selector("#grid .tile[href]")
    page.select_option("#filter", "index/label")
    page.select_option("#value", "rock")
    expect(page.locator("#shown")).to_have_text(f"{COUNT // len(CLASSES)} of {COUNT} images")
    page.click("#grid .tile[data-place='1']")
    page.wait_for_selector(f"h1:text('{item(5)}')")
    expect(page.locator("#film")).to_have_attribute("width", "24")
    assert not wrong
    assert main(["explore", "--configfile", "study.yaml", "--export", "out/site"]) == 0
    (explored.folder / "other").mkdir()
    assert main(["explore", "--configfile", "study.yaml", "--export", "other"]) == 1
    assert not list((explored.folder / "other").iterdir())


def test_what_is_not_there_is_said(explored: ExploredStudy) -> None:
    with httpx.Client(follow_redirects=True) as client:
        base = str(client.get(explored.start()).url).removesuffix("index.html")
        for wrong in ("no.html", "items/nobody.html", "data/nothing", "thumbnails/60.jpg"):
            answer = client.get(base + wrong, headers={"accept": "text/html"})
            assert answer.status_code == 404
            assert "there " in answer.text
        assert client.get(f"{base}live/images/names?at=0,-1").status_code == 422
        assert client.get(f"{base}live/images/names?at=1,0").json() == {"names": [item(1), item(0)]}
        assert client.get(f"{base}tables/images.csv").text.count("\n") == COUNT + 1


def test_a_bundle_refuses_what_would_break_it(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nexport const a = b;\n')
    (tmp_path / "b.js").write_text("export const b = 1;\n")
    text = bundle(tmp_path / "a.js")
    assert text.index("const b = 1") < text.index("const a = b")
    assert "import" not in text
    (tmp_path / "b.js").write_text("export const b = 1;\nconst a = 2;\n")
    with pytest.raises(BundleError, match="both define 'a'"):
        bundle(tmp_path / "a.js")
    (tmp_path / "b.js").write_text("export default 1;\n")
    with pytest.raises(BundleError, match="export default 1"):
        bundle(tmp_path / "a.js")


def test_an_export_of_some_images_leads_to_no_page_that_is_not_there(
    explored: ExploredStudy, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(explored.folder)
    assert main(["explore", "--configfile", "study.yaml", "--export", "some", "--items", "7"]) == 0
    home = explored.folder / "some" / "mars"
    pages = sorted((home / "items").glob("*.html"))
    assert len(pages) == 7
    wrong = watched(page)
    for one in pages:
        page.goto(one.as_uri())
        page.wait_for_selector("html[data-keys]")
        expect(page.locator("#nearestAll li")).to_have_count(12)
        for link in page.locator("a[href]:visible").all():
            address = str(link.evaluate("one => one.href")).partition("#")[0].partition("?")[0]
            if address.startswith("file:"):
                assert Path(address.removeprefix("file://")).exists(), address
    assert not wrong


def test_a_survey_of_which_nothing_could_be_read_says_why(
    explored: ExploredStudy, page: Page
) -> None:
    images = explored.home / "images"
    index = pd.read_parquet(images / "a.parquet").drop(columns="row")
    with ShardWriter(images / "a.npy", images / "a.parquet") as writer:
        writer.close(index.assign(rejected="cut short"))
    shutil.rmtree(explored.home / "thumbnails")
    page.goto(explored.start())
    expect(page.locator(".empty")).to_contain_text(f"{COUNT} x cut short")
