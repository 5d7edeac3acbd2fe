"""Fixtures that several tests share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from made import ROOT
from skyloom.shards import ArchiveFile, Shard
from skyloom.surveys.mars.settings import SimulatorSettings
from skyloom.surveys.mars.simulator import simulate_shard

BROWSER = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files, where this machine has it."""
    path = Path(os.environ.get("SKYLOOM_REALDATA", ROOT.parent / "shared" / "realdata"))
    if not (path / "mars" / "msl_v1").is_dir():
        pytest.skip(f"no real data: {path}/mars/msl_v1 is not there (set SKYLOOM_REALDATA)")
    return path


@pytest.fixture(scope="session")
def simulated_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated MSL set."""
    settings = SimulatorSettings(
        images=90, sols=30, val_from=16, test_from=24, image_size=48, copies=0.2, damaged=0.03
    )
    shard = Shard("simulated", ArchiveFile("simulated.zip"), {"first_sol": "1"})
    ((address, content),) = simulate_shard(shard, settings, seed=3).files
    path = tmp_path_factory.mktemp("archive") / address
    path.write_bytes(content)
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=BROWSER)
        yield started
        started.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser; what a test opened in it is closed after it, since films would play on."""
    yield chromium
    for context in chromium.contexts:
        context.close()


@pytest.fixture
def page(browser: Browser) -> Page:
    """An empty page, 1280 x 720, that waits 15 seconds for what it is asked for."""
    opened = browser.new_page(viewport={"width": 1280, "height": 720})
    opened.set_default_timeout(15_000)
    return opened
