"""The review page in a real browser."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
from made_study import CLASSES, FRAMES, ITEMS, Study, item
from playwright.sync_api import Browser, Page, expect

from skyloom.relabel.amendments import OpenRound
from skyloom.relabel.decision_log import DecisionLog
from skyloom.relabel.queue import QueueFacts
from skyloom.relabel.sealed import log_folder
from skyloom.relabel.verdicts import standing

SHOWN = 'body[data-item]:not([data-item=""])'
SIZE = {"width": 1280, "height": 720}
WATCH = """
window.presses = [];
addEventListener("keydown", (event) => {
  window.presses.push([event.key, document.body.dataset.item ?? ""]);
}, true);
"""


def _open(browser: Browser, address: str, more: str = "") -> Page:
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.add_init_script(WATCH)
    page.goto(address + more)
    page.wait_for_selector(SHOWN)
    return page


def _shown(page: Page) -> str:
    page.wait_for_selector(SHOWN)
    return page.locator("body").get_attribute("data-item") or ""


def _decide(page: Page, key: str) -> str:
    """Press a key on the item that is shown, wait for another one; return the item."""
    name = _shown(page)
    page.keyboard.press(key)
    expect(page.locator("body")).not_to_have_attribute("data-item", name)
    return name


def _saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("saved")


def test_rapid_keys_over_a_slow_link_land_on_the_item_that_was_shown(
    study: Study, browser: Browser
) -> None:
    page = _open(browser, study.start())
    link = page.context.new_cdp_session(page)
    link.send("Network.enable")
    slow = {"offline": False, "latency": 80, "downloadThroughput": -1, "uploadThroughput": -1}
    link.send("Network.emulateNetworkConditions", slow)
    for place in range(60):
        page.keyboard.press("12"[place % 2])
        page.wait_for_timeout(15)
    _saved(page)
    pressed = [(key, name) for key, name in page.evaluate("window.presses") if name]
    assert len(pressed) >= 5
    rows = study.log()
    assert [(row.label, row.item) for row in rows] == [
        (CLASSES[int(key) - 1], name) for key, name in pressed
    ]
    assert len({row.item for row in rows}) == len(rows)


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    study: Study, browser: Browser
) -> None:
    page = _open(browser, study.start())
    before = [_decide(page, "1") for _ in range(3)]
    _saved(page)
    study.kill()
    assert [row.item for row in study.log()] == before
    # Three more items were fetched ahead; what is decided now waits in the browser.
    meanwhile = [_shown(page)]
    page.keyboard.press("2")
    expect(page.locator("#saved")).to_have_text("1 waiting, will retry")
    study.start()
    _saved(page)
    assert [row.item for row in study.log()] == before + meanwhile
    assert study.log()[-1].label == CLASSES[1]


def test_a_log_that_cannot_be_read_loses_no_decision(study: Study, browser: Browser) -> None:
    page = _open(browser, study.start())
    before = [_decide(page, "1")]
    _saved(page)
    log = log_folder(study.folder / "reviews" / "sun", 1) / "ann.jsonl"
    whole = log.read_text()
    log.write_text(whole[:20] + "\n" + whole)
    meanwhile = [_shown(page)]
    page.keyboard.press("2")
    expect(page.locator("#saved")).to_have_text("1 waiting, will retry")
    log.write_text(whole)
    _saved(page)
    assert [row.item for row in study.log()] == before + meanwhile


def test_what_waits_survives_a_reload(study: Study, browser: Browser) -> None:
    address = study.start()
    page = _open(browser, address)
    study.kill()
    name = _shown(page)
    page.keyboard.press("2")
    expect(page.locator("#saved")).to_contain_text("waiting")
    study.start()
    page.goto(address)
    page.wait_for_selector(SHOWN)
    _saved(page)
    assert [row.item for row in study.log()] == [name]


def test_what_waits_in_two_tabs_is_sent_by_a_third(study: Study, browser: Browser) -> None:
    address = study.start()
    first = _open(browser, address)
    second = first.context.new_page()
    second.goto(address)
    _shown(second)
    for _ in range(4):
        second.keyboard.press("j")
        second.wait_for_timeout(300)
    study.kill()
    names = []
    for page, keys in ((first, "121"), (second, "2"), (first, "1")):
        for key in keys:
            names.append(_shown(page))
            page.keyboard.press(key)
            page.wait_for_timeout(100)
    expect(first.locator("#saved")).to_contain_text("4 waiting")
    first.context.new_page()
    first.close()
    second.close()
    study.start()
    third = browser.contexts[-1].pages[0]
    third.goto(address)
    _shown(third)
    _saved(third)
    assert [row.item for row in study.log()] == names
    assert third.evaluate("localStorage.length") == 0


def test_undo_works_after_a_reload_as_often_as_one_likes(study: Study, browser: Browser) -> None:
    page = _open(browser, study.start())
    names = [_decide(page, key) for key in "120"]
    _saved(page)
    page.reload()
    page.wait_for_selector(SHOWN)
    for name in reversed(names):
        page.keyboard.press("u")
        expect(page.locator("body")).to_have_attribute("data-item", name)
    _saved(page)
    rows = study.log()
    assert [row.verdict is None for row in rows] == [False] * 3 + [True] * 3
    assert standing(rows) == {}


def test_two_reviewers_at_once_write_their_own_logs(study: Study, browser: Browser) -> None:
    address = study.start()
    ann, bob = _open(browser, address), _open(browser, address, "&as=bob")
    expect(bob.locator("header .right b")).to_have_text("bob")
    for _ in range(4):
        _decide(ann, "1")
        _decide(bob, "2")
    _saved(ann)
    _saved(bob)
    assert {row.by for row in study.log("ann")} == {"ann"}
    assert {row.by for row in study.log("bob")} == {"bob"}
    expect(ann.locator("#others")).to_contain_text("bob is here")
    # What one has decided the other is asked only where it is shared.
    ann.reload()
    bob_decided = {row.item for row in study.log("bob")}
    while (name := ann.locator("body").get_attribute("data-item")) != "" or not _is_end(ann):
        if name:
            shared = int(name[3:7]) % 3 == 0
            assert shared or name not in bob_decided
            ann.keyboard.press("1")
        ann.wait_for_timeout(30)
    _saved(ann)
    both = {row.item for row in study.log("ann")} & bob_decided
    assert all(int(name[3:7]) % 3 == 0 for name in both)


def test_the_summary_tells_how_far_reviewers_agree(study: Study, browser: Browser) -> None:
    study.write_queue(range(4), shared=1)
    address = study.start()
    pages = _open(browser, address), _open(browser, address, "&as=bob")
    for page, answers in zip(pages, ({}, {item(3): "2"}), strict=True):
        for _ in range(3):
            _decide(page, answers.get(_shown(page), "1"))
        page.keyboard.press(answers.get(_shown(page), "1"))
        expect(page.locator("#end h1")).to_contain_text("every item has a verdict")
        _saved(page)
    row = pages[1].locator("#end tr", has_text="ann and bob agree")
    # Agree 3/4; chance 1 x 3/4: kappa 0. Uses 7/8 and 1/8: chance 7/32, AC1 17/25.
    expect(row).to_contain_text("3 of 4 (75 %); kappa 0.00, AC1 0.68")


def _is_end(page: Page) -> bool:
    return page.locator("#end").is_visible()


def test_a_rebuilt_queue_keeps_the_verdicts(study: Study, browser: Browser) -> None:
    page = _open(browser, study.start())
    names = [_decide(page, "1") for _ in range(3)]
    _saved(page)
    study.write_queue(range(2, ITEMS + 2))
    expect(page.locator("#notice")).to_contain_text("rebuilt the queue")
    kept = [name for name in names if int(name[3:7]) >= 2]
    expect(page.locator("#numbers")).to_contain_text(f"{len(kept)} of {ITEMS}")
    assert {row.item for row in study.log()} == set(names)


def test_no_request_leaves_the_host(study: Study, browser: Browser) -> None:
    address = study.start()
    page = browser.new_context(viewport=SIZE).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_selector(SHOWN)
    for key in ("c", "g", "Escape", "1", "e"):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
    assert len(asked) > 10
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(address).netloc}


def test_hidden_items_show_neither_label_nor_prediction(study: Study, browser: Browser) -> None:
    page = _open(browser, study.start())
    for _ in range(ITEMS):
        name = _shown(page)
        hidden = int(name[3:7]) % 5 == 0
        text = page.locator(".decide").inner_text()
        assert ("are hidden for this one" in text) is hidden
        assert ("label and models differ" in text) is not hidden
        if hidden:
            page.keyboard.press("1")
            _saved(page)
            shown = study.log()[-1].shown
            assert shown is not None
            assert shown.hidden
            return
        page.keyboard.press("j")
        expect(page.locator("body")).not_to_have_attribute("data-item", name)
    raise AssertionError("no hidden item")


def test_a_round_is_done_and_closed_by_keyboard_alone(study: Study, browser: Browser) -> None:
    study.write_queue(range(6))
    page = _open(browser, study.start())
    page.keyboard.press("n")
    page.keyboard.type("1 is a key, but not in a note")
    page.keyboard.press("Enter")
    page.keyboard.press("f")
    noted = _decide(page, "2")
    for _ in range(4):
        _decide(page, "1")
    page.keyboard.press("x")
    expect(page.locator("#end h1")).to_contain_text("every item has a verdict")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(":focus").inner_text() == "Close the round":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#end h1")).to_contain_text("is closed")
    expect(page.locator("#end code")).to_contain_text("skyloom run sun --configfile study.yaml")
    row = next(row for row in study.log() if row.item == noted)
    assert row.note == "1 is a key, but not in a note"
    assert row.flag
    closed = study.folder / "reviews" / "sun" / "closed" / "round_01.csv"
    assert len(closed.read_text().splitlines()) == 8
    assert "other" in closed.read_text()


def test_a_grid_accepts_all_but_the_selected(study: Study, browser: Browser) -> None:
    page = _open(browser, study.start())
    page.keyboard.press("g")
    expect(page.locator("#tiles .tile").first).to_be_visible()
    names = [tile.get_attribute("title") for tile in page.locator("#tiles .tile").all()]
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    page.keyboard.press("Enter")
    page.wait_for_selector(SHOWN)
    _saved(page)
    rows = study.log()
    assert [row.item for row in rows] == [names[0], *names[2:]]
    assert all(row.batch and row.verdict == "keep" for row in rows)
    assert not any(int(row.item[3:7]) % 5 == 0 for row in rows)


def test_everything_that_decides_is_on_one_screen(study: Study, browser: Browser) -> None:
    study.write_curves()
    page = _open(browser, study.start())
    for name in ("#film", "#keogram", "#curve", "#cards", "#verdicts", "#undo", "#note", "#speed"):
        box = page.locator(name).bounding_box()
        assert box is not None, name
        assert box["y"] + box["height"] <= SIZE["height"], name
        assert box["x"] + box["width"] <= SIZE["width"], name
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]


def test_the_player_steps_plays_and_seeks(study: Study, browser: Browser) -> None:
    study.write_curves()
    page = _open(browser, study.start())
    when, shown = page.locator("#when"), _shown(page)
    page.keyboard.press("ArrowLeft")
    start = json.loads(page.locator("#keogram").get_attribute("aria-valuenow") or "")
    page.keyboard.press("ArrowRight")
    expect(when).to_contain_text(f"frame {min(start + 1, FRAMES)} of {FRAMES}")
    expect(page.locator("#begins")).to_contain_text("at frame 6 (day 1.0; models 5 to 8)")
    page.keyboard.press(" ")
    page.wait_for_timeout(600)
    page.keyboard.press(" ")
    assert f"frame {start + 1} of" not in when.inner_text()
    box = page.locator("#keogram").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 6.5 / FRAMES, box["y"] + 5)
    expect(when).to_contain_text(f"frame 7 of {FRAMES}, day 1.2")
    expect(page.locator("#scale")).to_contain_text("white +400 G")
    page.keyboard.press("l")
    expect(page.locator("#scale")).to_contain_text("white +100 G")
    expect(when).to_contain_text("frame 7")
    page.keyboard.press("s")
    expect(page.locator("#speed")).to_contain_text("16 frames/s")
    assert _shown(page) == shown


@pytest.mark.parametrize("place", [1, 2])
def test_decided_items_show_what_was_chosen(study: Study, browser: Browser, place: int) -> None:
    page = _open(browser, study.start())
    name = _decide(page, str(place))
    page.keyboard.press("u")
    expect(page.locator("body")).to_have_attribute("data-item", name)
    assert page.locator("#verdicts .chosen").count() == 0
    page.keyboard.press(str(3 - place))
    _saved(page)
    assert standing(study.log())[name].label == CLASSES[2 - place]


def test_screens_hold_no_item_outside_the_queue(study: Study, browser: Browser, tmp_path: Path):
    page = _open(browser, study.start())
    page.screenshot(path=tmp_path / "screen.png")
    assert _shown(page) in {item(place) for place in range(ITEMS)}


def test_whoever_was_away_for_days_holds_nothing_up(study: Study, browser: Browser) -> None:
    page = browser.new_context(viewport=SIZE).new_page()
    page.clock.install()
    page.goto(study.start())
    names = [_shown(page)]
    page.clock.fast_forward(3 * 24 * 3600 * 1000)
    with page.expect_request("**/api/answers*") as sent:
        page.keyboard.press("1")
    assert json.loads(sent.value.post_data or "")["answers"][0]["ms"] == 600_000
    expect(page.locator("body")).not_to_have_attribute("data-item", names[0])
    names.append(_decide(page, "2"))
    _saved(page)
    assert [(row.item, row.ms < 60_000) for row in study.log()] == [
        (names[0], False),
        (names[1], True),
    ]


def _amend(study: Study, places: tuple[int, ...]) -> None:
    """Write that items are of the first class, as the explorer does."""
    facts = QueueFacts("sun", 1, CLASSES, 200, 7, 0, 0, "e1", converged=False)
    names = [item(place) for place in places]
    labels = pd.Series(CLASSES[1], index=names)
    log = DecisionLog(study.folder / "reviews" / "sun", 1, "ann")
    log.label(OpenRound(facts, "", labels, {}), names, CLASSES[0], "0" * 32)


def test_undo_leaves_alone_what_the_explorer_decided(study: Study, browser: Browser) -> None:
    _amend(study, (6, 7, ITEMS + 1))
    page = _open(browser, study.start())
    expect(page.locator("#numbers")).to_contain_text(f"2 of {ITEMS} · 0 corrected")
    assert _shown(page) not in {item(6), item(7)}
    page.keyboard.press("u")
    expect(page.locator("#notice")).to_have_text("There is no decision of yours to undo.")
    name = _decide(page, "1")
    page.keyboard.press("u")
    expect(page.locator("body")).to_have_attribute("data-item", name)
    _saved(page)
    assert set(standing(study.log())) == {item(6), item(7), item(ITEMS + 1)}


def test_undo_leaves_alone_what_the_queue_no_longer_holds(study: Study, browser: Browser) -> None:
    page = _open(browser, study.start())
    name = _decide(page, "1")
    _saved(page)
    study.write_queue([place for place in range(ITEMS) if item(place) != name])
    expect(page.locator("#notice")).to_contain_text("rebuilt the queue")
    page.keyboard.press("u")
    expect(page.locator("#notice")).to_have_text("There is no decision of yours to undo.")
    assert set(standing(study.log())) == {name}


def test_an_item_that_is_refused_is_asked_for_once(study: Study, browser: Browser) -> None:
    page = _open(browser, study.start())
    asked: list[str] = []
    refusal = {"status": 422, "content_type": "application/json", "body": '{"error": "broken"}'}
    page.route("**/api/item?*", lambda route: (asked.append(""), route.fulfill(**refusal)))
    name = _shown(page)
    while page.locator("body").get_attribute("data-item") != "":  # those fetched ahead
        page.keyboard.press("j")
        page.wait_for_timeout(100)
    expect(page.locator("#notice")).to_contain_text("cannot be shown: broken")
    expect(page.locator("#notice")).not_to_contain_text("Trying again")
    count = len(asked)
    page.wait_for_timeout(2000)
    assert len(asked) == count
    page.unroute_all()
    page.keyboard.press("j")
    assert _shown(page) != name
