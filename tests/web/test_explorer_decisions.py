"""Decisions about selections in the explorer, in a real browser."""

import json
from pathlib import Path

import httpx
import pandas as pd
from explored_study import CLASSES, ExploredStudy, item
from playwright.sync_api import Page, expect
from watching import watched

from skyloom.relabel.verdict_log import read_log
from skyloom.relabel.verdicts import standing

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


def test_in_words_why_nothing_can_be_decided(explored: ExploredStudy, page: Page) -> None:
    page.goto(explored.start())
    page.wait_for_selector("#grid .tile[href]")
    page.click(".tile[data-place='0']", modifiers=["Control"])
    expect(page.locator("#decide")).to_contain_text("the queue of round 1 is not there yet")
    page.click("text=select none")
    expect(page.locator("#decide")).to_be_hidden()
    assert not (explored.folder / "reviews").exists()


def test_only_what_is_under_review_is_written(explored: ExploredStudy) -> None:
    explored.write_round(under_review=range(10))
    with httpx.Client(follow_redirects=True) as client:
        base = str(client.get(explored.start()).url).removesuffix("index.html")
        client.headers["Origin"] = base.partition("/mars")[0]

        def take(**said: object) -> httpx.Response:
            body = {"uid": "0" * 32, "at": [9, 10, 11], "label": CLASSES[2], **said}
            return client.post(f"{base}live/decisions/take", json=body)

        assert "1 image: rock" in take().json()["said"]
        assert "2 images not under review" in take().json()["said"]  # sent once more
        assert list(logged(explored)) == [item(9)]
        for change, message in [
            ({"at": [30]}, "none of these images is under review"),
            ({"at": [600]}, "there are 60 images"),
            ({"at": []}, "no decision"),
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
