"""A round to review, and a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from explored_study import ExploredStudy
from made_study import Study
from playwright.sync_api import Browser, Page, sync_playwright

BROWSER = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = Study(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def explored(tmp_path: Path) -> Iterator[ExploredStudy]:
    """A study with images, features, maps and clusters; its server is not started."""
    made = ExploredStudy(tmp_path)
    made.write_features()
    made.write_map()
    made.write_clusters()
    yield made
    made.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=BROWSER)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page, 1280 x 720, that waits 15 seconds for what it is asked for."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    yield opened
    context.close()
