"""The grid of the explorer's pages with the keyboard, in a real browser."""

from collections.abc import Iterator

import pytest
from explored_study import COUNT, ExploredStudy, item
from playwright.sync_api import Page, expect
from watching import watched

FOCUSED = "document.activeElement.dataset.place ?? document.activeElement.id"


@pytest.fixture
def small(explored: ExploredStudy, page: Page) -> Iterator[Page]:
    """All images in a window that shows a few."""
    wrong = watched(page)
    page.set_viewport_size({"width": 500, "height": 420})
    page.goto(explored.start())
    page.wait_for_selector("#grid .tile[href]")
    yield page
    assert not wrong


def scroll(page: Page, top: int) -> None:
    page.locator("#grid").evaluate("(box, top) => (box.scrollTop = top)", top)
    page.wait_for_timeout(200)


def test_tab_reaches_the_grid_wherever_it_is_scrolled_to(small: Page) -> None:
    reached = small.locator("#grid .tile[tabindex='0']")
    expect(reached).to_have_attribute("data-place", "0")
    scroll(small, 100_000)
    expect(reached).to_have_count(1)
    expect(reached).to_be_in_viewport()
    small.locator("#filter").focus()
    small.keyboard.press("Tab")
    while not small.evaluate(FOCUSED).isdecimal():
        assert small.evaluate("document.activeElement !== document.body")
        small.keyboard.press("Tab")
    expect(reached).to_be_focused()
    expect(reached).to_be_in_viewport()


def test_the_tile_with_the_focus_keeps_it_while_the_grid_is_scrolled(small: Page) -> None:
    small.locator(".tile[data-place='1']").focus()
    scroll(small, 100_000)
    assert small.evaluate(FOCUSED) == "1"
    small.keyboard.press("ArrowRight")
    assert small.evaluate(FOCUSED) == "2"
    expect(small.locator("#grid .tile[tabindex='0']")).to_have_attribute("data-place", "2")
    expect(small.locator(".tile[data-place='2']")).to_be_in_viewport()
    small.keyboard.press("End")
    assert small.evaluate(FOCUSED) == str(COUNT - 1)


def test_arrows_lead_from_the_box_to_the_first_tile_in_sight(small: Page) -> None:
    scroll(small, 500)
    small.locator("#grid").focus()
    small.keyboard.press("ArrowDown")
    place = int(small.evaluate(FOCUSED))
    assert place > 0
    top = small.locator("#grid").evaluate("box => box.getBoundingClientRect().top")
    box = small.locator(f".tile[data-place='{place}']").bounding_box()
    above = small.locator(f".tile[data-place='{place - 1}']").bounding_box()
    assert box is not None
    assert above is not None
    assert above["y"] < top <= box["y"]


def test_readers_of_the_screen_are_told_what_is_selected(small: Page) -> None:
    chosen = small.get_by_role("listbox").get_by_role("option", selected=True)
    expect(chosen).to_have_count(0)
    small.locator(".tile[data-place='3']").focus()
    small.keyboard.press(" ")
    expect(chosen).to_have_count(1)
    expect(chosen).to_have_accessible_name(f"{item(3)} crater")
    expect(chosen).to_have_attribute("aria-posinset", "4")
    expect(chosen).to_have_attribute("aria-setsize", str(COUNT))
