"""Decisions about selections in the explorer, in a real browser."""

import json
from pathlib import Path

import httpx
import pandas as pd
from explored_study import CLASSES, ExploredStudy, item
from playwright.sync_api import Page, expect
from watching import watched

from skyloom.digest import sha256_of_text
from skyloom.relabel.verdict_log import read_log
from skyloom.relabel.verdicts import standing
from skyloom.tables import read_metadata, read_table, write_table

expect.set_options(timeout=15_000)


def logged(explored: ExploredStudy) -> dict[str, tuple[str | None, str | None, bool]]:
    """What stands in ann's log of the open round, by item."""
    path = explored.folder / "reviews" / "mars" / "log" / "round_01" / "ann.jsonl"
    rows = standing(read_log(path))
    return {name: (row.verdict, row.label, row.batch) for name, row in rows.items()}


def wanted(explored: ExploredStudy) -> list[str]:
    path = explored.folder / "reviews" / "mars" / "wanted" / "round_01.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    undone = {row["undoes"] for row in rows}
    return [row["item"] for row in rows if not row["undoes"] and row["uid"] not in undone]


def test_selected_images_get_a_label_or_go_to_the_queue(
    explored: ExploredStudy, page: Page
) -> None:
    explored.write_round()
    wrong = watched(page)
    page.goto(explored.start())
    page.wait_for_selector("#grid .tile[href]")
    expect(page.locator("#decide")).to_be_hidden()
    page.click(".tile[data-place='0']", modifiers=["Control"])
    page.focus(".tile[data-place='1']")
    page.keyboard.press("Space")
    expect(page.locator("#decide b")).to_have_text("2 selected")
    page.keyboard.press("c")
    page.locator("#decide select").select_option("crater")
    page.click("text=give all this label")
    expect(page.locator("#notice")).to_have_text("2 images: crater, when round 1 is closed.")
    expect(page.locator("#decide")).to_be_hidden()
    labelled = {item(0): ("keep", "crater", True), item(1): ("fix", "crater", True)}
    assert logged(explored) == labelled
    page.click(".tile[data-place='7']", modifiers=["Control"])
    page.click("text=send to the queue of round 2")
    expect(page.locator("#notice")).to_have_text("1 image asked for in the queue of round 2.")
    assert wanted(explored) == [item(7)]
    page.keyboard.press("u")
    expect(page.locator("#notice")).to_have_text("undone: 1 image")
    assert wanted(explored) == []
    assert logged(explored) == labelled
    page.reload()
    page.wait_for_selector("html[data-keys]")
    page.keyboard.press("u")
    expect(page.locator("#notice")).to_have_text("undone: 2 images")
    assert logged(explored) == {}
    assert not wrong


def turn_around(explored: ExploredStudy) -> None:
    """Give every image the name of the one as far from the other end."""
    path = explored.home / "images" / "a.parquet"
    table = read_table(path)
    names = table["image_id"].tolist()[::-1]
    write_table(path, table.assign(image_id=names), read_metadata(path))
    (explored.home / "thumbnails" / "a.arrow").unlink()


def test_a_page_of_other_images_decides_nothing(explored: ExploredStudy, page: Page) -> None:
    explored.write_round()
    address = explored.start()
    page.goto(address)
    page.wait_for_selector("#grid .tile[href]")
    page.click(".tile[data-place='0']", modifiers=["Control"])
    page.locator("#decide select").select_option("crater")
    explored.kill()
    turn_around(explored)
    assert explored.start() == address
    page.click("text=give all this label")
    expect(page.locator("#notice")).to_contain_text("Reload the page and select again.")
    assert logged(explored) == {}
    page.reload()
    page.wait_for_selector("#grid .tile[href]")
    page.click(".tile[data-place='0']", modifiers=["Control"])
    page.locator("#decide select").select_option("crater")
    page.click("text=give all this label")
    expect(page.locator("#notice")).to_contain_text("1 image: crater")
    assert logged(explored) == {item(explored.count - 1): ("fix", "crater", False)}


def test_a_selection_is_not_handed_to_a_map_of_other_images(
    explored: ExploredStudy, page: Page
) -> None:
    address = explored.start()
    page.goto(address)
    page.goto(f"{address.partition('/?')[0]}/mars/encoders/simclr/map.html")
    page.wait_for_selector("#legend :first-child")
    page.keyboard.press("s")
    expect(page.locator("#chosen")).to_have_text(f"{explored.count} selected")
    explored.kill()
    turn_around(explored)
    explored.start()
    page.select_option("#encoder", "second")
    page.wait_for_url("**/encoders/second/map.html?*")
    while page.evaluate("sessionStorage.getItem('skyloom selection')") is not None:
        page.wait_for_timeout(50)
    expect(page.locator("#chosen")).to_have_text("Nothing selected")


def test_in_words_why_nothing_can_be_decided(explored: ExploredStudy, page: Page) -> None:
    page.goto(explored.start())
    page.wait_for_selector("#grid .tile[href]")
    page.click(".tile[data-place='0']", modifiers=["Control"])
    expect(page.locator("#decide")).to_contain_text("the queue of round 1 is not there yet")
    page.click("text=select none")
    expect(page.locator("#decide")).to_be_hidden()
    assert not (explored.folder / "reviews").exists()


def test_what_is_possible_is_asked_again_after_a_failure(
    explored: ExploredStudy, page: Page
) -> None:
    page.goto(explored.start())
    page.wait_for_selector("#grid .tile[href]")
    page.route("**/decisions/state*", lambda route: route.abort())
    page.click(".tile[data-place='0']", modifiers=["Control"])
    expect(page.locator("#notice")).to_contain_text("Failed to fetch")
    page.unroute_all()
    page.click(".tile[data-place='1']", modifiers=["Control"])
    expect(page.locator("#decide")).to_contain_text("the queue of round 1 is not there yet")
    explored.write_round()
    page.click(".tile[data-place='2']", modifiers=["Control"])
    expect(page.locator("#decide")).to_contain_text("3 selected")
    expect(page.locator("#decide select")).to_be_visible()


def test_only_what_is_under_review_is_written(explored: ExploredStudy) -> None:
    explored.write_round(under_review=range(10))
    with httpx.Client(follow_redirects=True) as client:
        base = str(client.get(explored.start()).url).removesuffix("index.html")
        client.headers["Origin"] = base.partition("/mars")[0]

        def take(**said: object) -> httpx.Response:
            about = {"catalogue": sha256_of_text("\n".join(explored.names)), "at": [9, 10, 11]}
            body = {"uid": "0" * 32, "label": CLASSES[2], **about, **said}
            return client.post(f"{base}live/decisions/take", json=body)

        assert "1 image: rock" in take().json()["said"]
        assert "2 images not under review" in take().json()["said"]  # sent once more
        assert list(logged(explored)) == [item(9)]
        for change, message in [
            ({"at": [30]}, "none of these images is under review"),
            ({"at": [600]}, "there are 60 images"),
            ({"at": []}, "no decision"),
            ({"catalogue": "0" * 64}, "Reload the page"),
            ({"label": "rok"}, "no class 'rok'. Did you mean 'rock'"),
        ]:
            answer = take(uid="1" * 32, **change)
            assert answer.status_code == 422
            assert message in answer.json()["error"]
        assert list(logged(explored)) == [item(9)]
        closed = explored.folder / "reviews" / "mars" / "closed" / "round_01.csv"
        closed.parent.mkdir()
        closed.write_text("closed meanwhile")
        assert "round 1 was closed" in take(uid="2" * 32).json()["error"]


def test_labels_that_are_not_reviewed_say_so(explored: ExploredStudy) -> None:
    config = explored.folder / "study.yaml"
    config.write_text(config.read_text().replace("  relabel: {folds: 3}\n", ""))
    with httpx.Client(follow_redirects=True) as client:
        base = str(client.get(explored.start()).url).removesuffix("index.html")
        state = client.get(f"{base}live/decisions/state").json()
    assert "the labels of mars are not reviewed" in state["why"]
    assert not Path(explored.folder, "reviews").exists()
    assert pd.read_parquet(explored.home / "images" / "a.parquet")["label"].notna().all()
