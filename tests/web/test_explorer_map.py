"""The map of the explorer: points, colours, selections, in a real browser and as files."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from explored_study import CLASSES, COUNT, ExploredStudy, item
from matplotlib.path import Path as Line
from playwright.sync_api import Page, expect
from test_explorer import watched

from skyloom.__main__ import main
from skyloom.tables import read_table, write_table

OF_A_CLASS = COUNT // len(CLASSES)
BINS = 48


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ExploredStudy, str]]:
    """A study with maps of two encoders, and the address of its server."""
    study = ExploredStudy(tmp_path_factory.mktemp("mapped"))
    study.write_map()
    study.write_clusters()
    yield study, study.start()
    study.kill()


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html[data-keys]")
    page.wait_for_selector("#legend :first-child")


def lasso(page: Page) -> None:
    """Draw along the border of the map, below its buttons."""
    box = page.locator("#marks").bounding_box()
    assert box is not None
    left, top = box["x"] + 4, box["y"] + 44
    right, bottom = box["x"] + box["width"] - 4, box["y"] + box["height"] - 4
    page.keyboard.down("Shift")
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in [(right, top), (right, bottom), (left, bottom)]:
        page.mouse.move(x, y, steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")


def saved(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.click("#save")
    path = download.value.path()
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_points_are_coloured_selected_and_taken_along(
    served: tuple[ExploredStudy, str], page: Page
) -> None:
    wrong = watched(page)
    page.goto(served[1])
    page.wait_for_selector("html[data-keys]")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_selector("#map")
    expect(page.locator("#seen")).to_have_text(f"{COUNT} images")
    expect(page.locator("#legend .count")).to_have_text([str(OF_A_CLASS)] * len(CLASSES))
    expect(page.get_by_text("Distances on a UMAP are not distances")).to_be_visible()
    page.get_by_label("dune").uncheck()
    expect(page.locator("#seen")).to_have_text(f"{2 * OF_A_CLASS} of {COUNT} images in view")
    expect(page).to_have_url(re.compile("off=dune"))
    page.reload()
    expect(page.locator("#seen")).to_have_text(f"{2 * OF_A_CLASS} of {COUNT} images in view")
    assert not page.get_by_label("dune").is_checked()
    lasso(page)
    expect(page.locator("#chosen")).to_have_text(f"{2 * OF_A_CLASS} selected")
    expect(page.locator("#counts tr").first).to_have_text(f"crater{OF_A_CLASS}of {OF_A_CLASS}")
    page.wait_for_selector(f"#selected .tile[title='{item(0)}']")
    rows = saved(page)
    assert [row["image_id"] for row in rows] == [item(n) for n in range(COUNT) if n % 3 != 1]
    assert rows[1] | {"label": "rock", "sol": "0", "time": "2012-08-08T02:00:00.000Z"} == rows[1]
    page.locator("#marks").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#chosen")).to_have_text("Nothing selected")
    page.keyboard.press("x")
    expect(page).to_have_url(re.compile("by=pca"))
    expect(page.get_by_text("The first two principal components")).to_be_visible()
    assert not wrong


def test_a_point_is_named_and_opened(served: tuple[ExploredStudy, str], page: Page) -> None:
    wrong = watched(page)
    study, entrance = served
    x, y = read_table(study.home / "second" / "map.parquet").loc[7, ["umap_x", "umap_y"]]
    base = entrance.partition("/?")[0]
    page.goto(entrance)
    with page.expect_request("**/thumbnails/7.jpg"):
        opened(page, f"{base}/mars/encoders/second/map.html?view={x}~{y}~300&colour=index/sol")
    expect(page.locator("#legend figcaption")).to_have_text("sol")
    expect(page.locator("#seen")).to_have_text(f"1 of {COUNT} images in view")
    page.locator("#marks").hover()
    expect(page.locator("#card")).to_contain_text(item(7))
    expect(page.locator("#card")).to_contain_text("sol: 1")
    page.mouse.move(0, 0)
    expect(page.locator("#card")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"h1:text('{item(7)}')")
    assert not wrong


def test_brushing_a_histogram_selects_also_for_the_other_encoder(
    served: tuple[ExploredStudy, str], page: Page
) -> None:
    wrong = watched(page)
    page.goto(served[1])
    opened(page, f"{served[1].partition('/?')[0]}/mars/encoders/simclr/map.html")
    box = page.locator("figure canvas").first.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 23.5 / BINS, middle, steps=4)
    page.mouse.up()
    hours = np.arange(COUNT)
    expected = int((hours / hours.max() * BINS < 24).sum())
    expect(page.locator("#chosen")).to_have_text(f"{expected} selected")
    page.select_option("#encoder", "second")
    page.wait_for_url("**/encoders/second/map.html?*")
    expect(page.locator("#chosen")).to_have_text(f"{expected} selected")
    page.locator("figure canvas").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("figure canvas").first).to_have_attribute(
        "aria-label", re.compile("selected: ")
    )
    assert not wrong
    check_points(page)
    check_colours(page)


def check_points(page: Page) -> None:
    """Hold what the page finds among points against matplotlib and brute force."""
    rng = np.random.default_rng(0)
    spots = rng.normal(size=(3000, 2)).astype(np.float32)
    spots[::100] = np.nan
    line = [[-1.0, -1.0], [1.5, -0.8], [0.2, 0.1], [1.2, 1.3], [-0.9, 1.0]]
    found = page.evaluate(
        """async ([spots, line]) => {
          const { MapPoints } = await import("/static/explore/map_points.js");
          const column = (which) => Float32Array.from(spots, (spot) => spot?.[which] ?? NaN);
          const points = new MapPoints(column(0), column(1));
          const near = points.nearest(0.3, 0.2, 9, () => true);
          const box = { left: 0, right: 1, bottom: -1, top: 0.5 };
          const visited = [];
          points.each(box, (k) => visited.push(points.position[k]));
          return { length: points.length, near: points.position[near], visited,
            inside: Array.from(points.enclosed(line)) };
        }""",
        [json.loads(json.dumps(spots.tolist()).replace("[NaN, NaN]", "null")), line],
    )
    assert found["length"] == 3000 - 30
    assert found["inside"] == Line(line).contains_points(spots).astype(int).tolist()
    assert found["near"] == np.nanargmin(np.hypot(spots[:, 0] - 0.3, spots[:, 1] - 0.2))
    x, y = spots.T
    assert (
        sorted(found["visited"])
        == np.flatnonzero((x >= 0) & (x <= 1) & (y >= -1) & (y <= 0.5)).tolist()
    )


def check_colours(page: Page) -> None:
    """The most frequent of many categories have colours; those switched off give theirs away."""
    told = page.evaluate(
        """async () => {
          const { categoryColours } = await import("/static/explore/map_colours.js");
          const counts = Uint32Array.from({ length: 14 }, (_, place) => 100 - place);
          const all = Array(14).fill(true);
          const fewer = all.map((_, place) => place > 1);
          return [categoryColours(counts, all), categoryColours(counts, fewer)];
        }"""
    )
    assert [colour is None for colour in told[0]] == [False] * 12 + [True] * 2
    assert told[1][:12] == told[0][:12]
    assert told[1][12:] == told[0][:2]


def test_the_map_of_an_export_needs_no_server(
    explored: ExploredStudy, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = read_table(explored.home / "simclr" / "map.parquet")
    write_table(
        explored.home / "simclr" / "map.parquet", table[::-1].iloc[:-1]
    )  # all but the first
    (explored.home / "second" / "map.parquet").unlink()
    monkeypatch.chdir(explored.folder)
    assert main(["explore", "--configfile", "study.yaml", "--export", "site"]) == 0
    page.context.set_offline(True)
    wrong = watched(page)
    opened(page, (explored.folder / "site/mars/encoders/simclr/map.html").as_uri())
    expect(page.locator("#seen")).to_have_text(f"{COUNT - 1} images")
    page.keyboard.press("s")
    expect(page.locator("#chosen")).to_have_text(f"{COUNT - 1} selected")
    assert [row["image_id"] for row in saved(page)] == [item(n) for n in range(1, COUNT)]
    page.goto((explored.folder / "site/mars/encoders/second/map.html").as_uri())
    page.wait_for_selector("html[data-keys]")
    expect(page.locator(".empty")).to_contain_text("snakemake clusters")
    expect(page.locator(".empty a")).to_have_text("simclr")
    assert not wrong
