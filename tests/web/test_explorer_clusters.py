"""The explorer's clusters: cards, names, new clusterings, export, in a real browser."""

import json
from pathlib import Path

import httpx
import pandas as pd
import pytest
from explored_study import CLASSES, COUNT, ExploredStudy
from playwright.sync_api import Browser, Page, expect
from watching import watched

from skyloom.__main__ import main

expect.set_options(timeout=15_000)  # looking for finer structure loads a library


def opened(explored: ExploredStudy, page: Page, address: str = "clusters.html") -> str:
    """Start the server, open a page about the clusters of simclr; return where those are."""
    started = explored.start()
    page.goto(started)
    base = f"{started.partition('/?')[0]}/mars/encoders/simclr/"
    page.goto(base + address)
    page.wait_for_selector("html[data-keys]")
    return base


def rows(explored: ExploredStudy) -> list[dict[str, object]]:
    log = explored.folder / "reviews" / "mars" / "clusters" / "simclr.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def test_clusters_are_named_merged_and_undone_with_keys(
    explored: ExploredStudy, page: Page
) -> None:
    explored.write_cluster_facts()
    wrong = watched(page)
    opened(explored, page)
    cards = page.locator(".card")
    expect(cards).to_have_count(len(CLASSES))
    expect(page.locator("#count")).to_have_text("3 clusters")
    expect(cards.nth(0)).to_contain_text("crater 100 %")
    expect(cards.nth(0)).to_contain_text("camera ML 100 % (all 50 %)")
    expect(cards.nth(0).locator("figure").nth(0).locator("img")).to_have_count(9)
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.type("craters  of all sizes")
    page.keyboard.press("Enter")
    expect(cards.nth(0).locator("h2")).to_contain_text("craters of all sizes")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(cards.nth(1).locator(".mark")).to_have_text("junk")
    page.keyboard.press("u")
    expect(cards.nth(1).locator(".mark")).to_have_count(0)
    page.keyboard.press("m")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    cards.nth(1).locator("select").select_option("0")
    expect(cards.nth(1).get_by_role("button", name="merge")).to_be_visible()
    page.keyboard.press("Enter")
    expect(cards.nth(1).locator("h2")).to_contain_text("craters of all sizes")
    expect(cards.nth(1).locator(".mark")).to_have_text("one with cluster 0")
    assert [row["act"] for row in rows(explored)] == ["name", "junk", None, "merge"]
    assert {row["by"] for row in rows(explored)} == {"ann"}
    folder = explored.folder / "reviews" / "mars" / "clusters" / "simclr"
    assert [path.stem for path in folder.iterdir()] == [rows(explored)[0]["membership"]]
    page.click("text=use these names")
    expect(page.locator("#notice")).to_contain_text("names_01.csv")
    page.click("text=HDBSCAN")
    expect(page.locator("#count")).to_have_text("3 clusters, 6 images in none")
    page.reload()
    expect(page.locator("#count")).to_have_text("3 clusters, 6 images in none")
    assert "algorithm=hdbscan" in page.url
    assert not wrong


def test_keys_act_once_and_leave_dialog_buttons_and_headings_alone(
    explored: ExploredStudy, page: Page
) -> None:
    wrong = watched(page)
    opened(explored, page)
    cards = page.locator(".card")
    for act in ("split", "junk"):
        cards.nth(0).get_by_role("button", name=act).click()
        expect(page.locator("#rows li").first).to_contain_text("junk" if act == "junk" else "not")
    for _ in range(10):  # all but the first are repeats: the key is held down
        page.keyboard.down("u")
    page.keyboard.up("u")
    expect(cards.nth(0).locator(".mark")).to_have_text("not one thing")
    page.keyboard.press("?")
    page.keyboard.press("u")
    page.keyboard.press("Escape")
    page.locator("#rows summary").focus()
    for key, is_open in [("Enter", True), (" ", False)]:
        page.keyboard.press(key)
        assert page.locator("#rows").evaluate("box => box.open") is is_open
    cards.nth(0).get_by_role("button", name="junk").focus()
    page.keyboard.press(" ")
    expect(cards.nth(0).locator(".mark")).to_have_text("junk")
    assert [row["act"] for row in rows(explored)] == ["split", "junk", None, "junk"]
    cards.nth(1).focus()
    page.keyboard.press("m")
    for key in ("ArrowDown", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert len(rows(explored)) == 4
    cards.nth(1).locator("select").select_option("2")
    cards.nth(1).get_by_role("button", name="merge").click()
    expect(cards.nth(1).locator(".mark")).to_have_text("one with cluster 2")
    cards.nth(2).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/clusters/kmeans-*.html")
    assert not wrong


def test_a_page_for_each_cluster(explored: ExploredStudy, page: Page) -> None:
    wrong = watched(page)
    opened(explored, page, "clusters/hdbscan-1.html")
    expect(page.locator("#members")).to_have_text("Members (18)")
    page.wait_for_selector("#grid .tile[href]")
    expect(page.locator("#nearest .near")).to_have_count(2)
    page.select_option("#caption", "index/label")
    expect(page.locator("#grid .tile span").first).to_have_text("dune")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator(".mark")).to_have_text("not one thing")
    page.click("#look")
    expect(page.locator("#parts > p")).to_contain_text("k-means with")
    page.locator("#parts button").first.click()
    expect(page.locator("#members")).to_contain_text("Part 1 of the proposal")
    assert [row["act"] for row in rows(explored)] == ["split"]  # nothing but what was said
    assert not wrong


def test_names_stay_with_their_images_and_the_rest_is_listed(
    explored: ExploredStudy, page: Page
) -> None:
    table = explored.home / "simclr" / "clusters" / "kmeans.parquet"
    base = opened(explored, page)
    page.keyboard.press("j")
    for name in ("dust", "sand"):
        page.keyboard.press("n")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator(".card h2", has_text=name)).to_have_count(1)
        page.keyboard.press("j")
    explored.kill()
    changed = pd.read_parquet(table)
    changed["cluster"] = [7 if one == 0 else place for place, one in enumerate(changed["cluster"])]
    changed.to_parquet(table)
    page.goto(explored.start())
    page.goto(base + "clusters.html")
    named = page.locator(".card[data-number='7'] h2")
    expect(named).to_contain_text("dust")
    page.click("#lost summary")
    expect(page.locator("#lost li")).to_contain_text('cluster 1 is "sand"')
    page.click("#lost button")
    expect(page.locator("#lost")).to_be_hidden()


def test_what_was_said_elsewhere_or_wrongly_is_refused(explored: ExploredStudy) -> None:
    with httpx.Client(follow_redirects=True) as client:
        base = str(client.get(explored.start()).url).removesuffix("index.html")
        client.headers["Origin"] = base.partition("/mars")[0]
        said = {"encoder": "simclr", "algorithm": "kmeans", "uid": "uid-12345678"}
        said |= {"membership": "0" * 64, "act": "name", "cluster": 0, "name": "dune"}
        for change, message in [
            ({}, "found anew since"),
            ({"algorithm": "other"}, "not understood"),
            ({"encoder": "nobody"}, "no clusters 'kmeans' of 'nobody'"),
        ]:
            answer = client.post(f"{base}live/clusters/say", json=said | change)
            assert answer.status_code in (404, 422)
            assert message in answer.json()["error"]
        used = client.post(f"{base}live/clusters/use?encoder=simclr&algorithm=kmeans", json={})
        assert "no cluster of simclr has a name" in used.json()["error"]
    assert rows(explored) == []


def test_branches_of_the_tree_are_proposed(explored: ExploredStudy) -> None:
    folder = explored.home / "simclr" / "clusters"
    table = pd.read_parquet(folder / "hdbscan.parquet")
    # Cluster 1 is node 2 with the branches 4 and 5; a third of its images left from 2 itself.
    table["node"] = [(2, 4, 5)[place // 3 % 3] for place in range(COUNT)]
    table.to_parquet(folder / "hdbscan.parquet")
    nodes = {"node": range(6), "parent": [-1, 0, 0, 0, 2, 2], "cluster": [-1, 0, 1, 2, -1, -1]}
    pd.DataFrame(nodes).to_parquet(folder / "tree.parquet")
    members = table[table["cluster"] == 1]
    with httpx.Client(follow_redirects=True) as client:
        base = str(client.get(explored.start()).url).removesuffix("index.html")
        asked = {"encoder": "simclr", "algorithm": "hdbscan", "cluster": 1}
        found = client.get(f"{base}live/clusters/finer", params=asked).json()
        other = client.get(f"{base}live/clusters/finer", params=asked | {"cluster": 77})
    assert "condensed tree" in found["how"]
    counts = members["node"].value_counts()
    assert [part["images"] for part in found["parts"]] == sorted([counts[4], counts[5]])[::-1]
    assert found["left"] == counts[2]
    assert other.status_code == 404


def test_an_export_shows_clusters_and_no_verbs(
    explored: ExploredStudy, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(explored.folder)
    assert main(["explore", "--configfile", "study.yaml", "--export", "site"]) == 0
    page.context.set_offline(True)
    wrong = watched(page)
    base = explored.folder / "site" / "mars" / "encoders" / "second"
    page.goto((base / "clusters.html").as_uri())
    expect(page.locator(".card")).to_have_count(len(CLASSES))
    expect(page.locator(".verbs")).to_have_count(0)
    page.click(".card h2 a >> nth=0")
    expect(page.locator("#members")).to_have_text(f"Members ({COUNT // len(CLASSES)})")
    page.wait_for_selector("#grid .tile[href]")
    assert not wrong


def test_without_clusters_the_page_says_what_to_run(browser: Browser, tmp_path: Path) -> None:
    bare = ExploredStudy(tmp_path, labelled=False)
    page = browser.new_page()
    try:
        page.goto(bare.start())
        page.click("nav a:text('Clusters')")
        expect(page.locator(".empty")).to_contain_text("snakemake clusters")
    finally:
        bare.kill()
