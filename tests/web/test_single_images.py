"""The review page of a survey of single images."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_study import CLASSES, Study
from playwright.sync_api import Browser, expect

SHOWN = 'body[data-item]:not([data-item=""])'


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = Study(tmp_path, frames=1)
    yield made
    made.kill()


def test_single_images_have_class_keys_and_nothing_about_time(
    study: Study, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(study.start())
    page.wait_for_selector(SHOWN)
    expect(page.locator("#time")).to_be_hidden()
    expect(page.locator("#when")).to_be_empty()
    for key in (" ", "ArrowRight", "ArrowLeft", "s", "c"):
        page.keyboard.press(key)
    said = {}
    for key in ("2", "1", "0"):
        name = page.locator("body").get_attribute("data-item")
        page.keyboard.press(key)
        expect(page.locator("body")).not_to_have_attribute("data-item", name or "")
        page.wait_for_selector(SHOWN)
        said[name] = key
    expect(page.locator("#saved")).to_have_text("saved")
    labels = {"1": CLASSES[0], "2": CLASSES[1], "0": None}
    assert {row.item: row.label for row in study.log()} == {
        name: labels[key] for name, key in said.items()
    }
    assert problems == []
