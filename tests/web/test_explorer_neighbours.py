"""Search by likeness in the explorer, in a real browser."""

import io
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import numpy as np
import pandas as pd
import pytest
import uvicorn
from explored_study import CLASSES, ENCODERS, SHAS, ExploredStudy, item
from playwright.sync_api import Page, expect
from watching import watched

from skyloom.__main__ import main
from skyloom.commands.explore import places_of
from skyloom.commands.study_config import read_plan
from skyloom.errors import SkyloomError
from skyloom.surveys.registry import survey_part
from skyloom.web.explore import uploads
from skyloom.web.explore.app import explorer_app
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.decisions import Decisions
from skyloom.web.explore.encoded import Encoders
from skyloom.web.explore.images_view import ImagesView
from skyloom.web.explore.nearest import nearest_of, nearest_of_many
from skyloom.web.explore.neighbours_view import NeighboursView
from skyloom.web.explore.properties import properties_of
from skyloom.web.explore.site import Manner, Site
from skyloom.web.explore.uploads import Upload, plain_name
from skyloom.web.guard import Guard
from skyloom.web.serve import listen

PAGE = "mars/encoders/simclr/neighbours.html"
SECRET = "secret" * 6


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page on which nothing may go wrong."""
    wrong = watched(page)
    yield page
    assert not wrong


def base_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


def enter(page: Page, address: str, path: str = PAGE) -> None:
    page.goto(address)
    page.goto(base_of(address) + path)
    page.wait_for_selector("html[data-keys]")


@contextmanager
def let_in(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_of(address), follow_redirects=True) as client:
        client.get(f"/?{urlsplit(address).query}")
        client.headers["Origin"] = base_of(address).rstrip("/")
        yield client


def titles(page: Page) -> list[str]:
    """Names of what is shown, in order, read at one moment."""
    page.wait_for_selector("#grid .tile[href]")
    pairs = "tiles => tiles.map(tile => [Number(tile.dataset.place), tile.title])"
    return [name for _, name in sorted(page.eval_on_selector_all("#grid .tile[href]", pairs))]


def expect_links(page: Page, strip: str, names: list[str]) -> None:
    """Wait until a strip leads to these images and no others."""
    links = page.locator(f"#{strip} a")
    expect(links).to_have_count(len(names))
    for place, name in enumerate(names):
        expect(links.nth(place)).to_have_attribute("title", name)


def expect_first(page: Page, names: list[str]) -> None:
    """Wait until the first answers are these."""
    for place, name in enumerate(names):
        tile = page.locator(f"#grid .tile[data-place='{place}']")
        expect(tile).to_have_attribute("title", name)


def ranked(study: ExploredStudy, like: list[int], unlike: list[int], seed: int = 0) -> list[str]:
    """All other images by similarity, computed another way."""
    vectors = study.vectors(seed).astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    towards = vectors[like].mean(axis=0)
    if unlike:
        towards = towards - 0.5 * vectors[unlike].mean(axis=0)
    order = np.argsort(-(vectors @ towards / np.linalg.norm(towards)))
    return [item(place) for place in order if place not in (*like, *unlike)]


def test_examples_come_and_go_by_name_button_and_key(explored: ExploredStudy, page: Page) -> None:
    address = explored.start()
    enter(page, address)
    expect(page.locator("#examples")).to_contain_text("Add an example")
    page.keyboard.press("a")
    page.keyboard.type("SOL 00")
    expect(page.locator("#offers option")).to_have_count(10)
    page.fill("#example", item(3))
    page.keyboard.press("Enter")
    expect(page.locator("#shown")).to_have_text("50 most alike")
    found = ranked(explored, [3], [])
    expect_first(page, found[:10])
    second = int(found[1][4:7])
    page.hover("#grid .tile[data-place='1']")
    page.click(".tileButtons >> text=+")
    expect(page.locator(".chip.like")).to_have_count(2)
    of_both = ranked(explored, [3, second], [])
    expect_first(page, of_both[:10])
    away = of_both[4]
    page.focus("#grid .tile[data-place='4']")
    page.keyboard.press("-")
    expect(page.locator(".chip.unlike .called")).to_have_text(away)
    expected = ranked(explored, [3, second], [int(away[4:7])])
    page.wait_for_selector(f"#grid .tile[data-place='0'][title='{expected[0]}']")
    expect_first(page, expected[:10])
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"like": [item(3), item(second)], "unlike": [away]}
    page.reload()  # the address is enough
    page.wait_for_selector(f"#grid .tile[data-place='0'][title='{expected[0]}']")
    page.click(f".chip.like:has-text('{item(3)}') button[title^='take']")
    page.click(".chip.unlike button[title^='more like']")
    expect(page.locator(".chip.like .called")).to_have_text([item(second), away])
    page.click("#clear")
    expect(page.locator("#examples")).to_contain_text("Add an example")
    assert urlsplit(page.url).query == ""


def test_answers_are_bounded_measured_and_taken_along(explored: ExploredStudy, page: Page) -> None:
    address = explored.start()
    enter(page, address, f"{PAGE}?like={item(3)}&like={item(9)}&groups=other&count=20")
    expect(page.locator("#shown")).to_have_text("20 most alike")
    groups = {item(place): place // 6 for place in range(explored.count)}
    assert not {groups[name] for name in titles(page)} & {0, 1}
    page.fill("#within", "1")
    page.select_option("#unit", "days")
    expect(page.locator("#shown")).to_have_text("20 most alike")
    page.wait_for_function(
        "() => [...document.querySelectorAll('#grid .tile[href]')]"
        ".every(tile => Number(tile.title.slice(4, 7)) > 9 + 24)"
    )
    page.fill("#least", "0.9")
    page.keyboard.press("Tab")
    expect(page.locator("#shown")).not_to_have_text("20 most alike")
    caption = page.inner_text("#grid .tile[data-place='0'] span").split()
    assert float(caption[0]) >= 0.9
    assert float(caption[2]) == pytest.approx(np.sqrt(2 - 2 * float(caption[0])), abs=0.01)
    assert caption[3] in CLASSES
    with let_in(address) as client:
        links = [page.get_attribute(f"#{kind}", "href") for kind in ("csv", "parquet")]
        taken = [client.get("mars/" + link.removeprefix("../../")).content for link in links]
    tables = [pd.read_csv(io.BytesIO(taken[0])), pd.read_parquet(io.BytesIO(taken[1]))]
    for table in tables:
        assert table["image_id"].tolist() == titles(page)
        assert table["similarity"].is_monotonic_decreasing
        assert {"distance", "label", "group", "time", "sol"} <= set(table.columns)
    page.select_option("#encoder", "second")
    page.wait_for_url("**/second/neighbours.html?**")
    expect(page.locator(".chip.like")).to_have_count(2)
    assert "within=1&unit=days" in page.url
    page.wait_for_selector("#grid .tile[href]")


def test_what_cannot_be_searched_is_said(explored: ExploredStudy) -> None:
    with let_in(explored.start()) as client:
        ask = "mars/live/neighbours/search?encoder=simclr"
        for query, status, words in [
            ("", 422, "at least one example"),
            ("&like=nobody", 404, "no image 'nobody'"),
            (f"&like={item(1)}&count=0", 422, "greater than or equal to 1"),
            (f"&like={item(1)}&colour=red", 422, "unknown key"),
            (f"&like={item(1)}&file=0123", 422, "drop it again"),
            (f"&like={item(1)}&encoder=other", 404, "snakemake features"),
        ]:
            reply = client.get(ask + query)
            assert reply.status_code == status
            assert words in reply.json()["error"]
        near = client.get("mars/live/neighbours/search?encoder=second&like=" + item(5)).json()
        assert near["examples"] == {item(5): 5}
        assert client.get("mars/encoders/nothing/neighbours.html").status_code == 404


def test_features_without_a_search_folder_and_none_at_all(tmp_path: Path, page: Page) -> None:
    study = ExploredStudy(tmp_path)
    study.write_features(ENCODERS[:1])
    for path in (study.home / "simclr" / "search").iterdir():
        path.unlink()
    address = study.start()
    try:
        enter(page, address, f"{PAGE}?like={item(4)}")
        expect(page.locator("#shown")).to_have_text("50 most alike")
        assert titles(page)[:5] == ranked(study, [4], [])[:5]
        enter(page, address, "mars/encoders/second/neighbours.html")
        expect(page.locator(".empty")).to_contain_text("snakemake features")
    finally:
        study.kill()


def test_an_images_page_lists_its_nearest(explored: ExploredStudy, page: Page) -> None:
    address = explored.start()
    enter(page, address, "mars/items/sol~20003~2fML.html")
    expect(page.locator("#nearestAll li")).to_have_count(12)
    expect_links(page, "nearestAll", ranked(explored, [3], [])[:12])
    page.select_option("#nearestEncoder", "second")
    others = [name for name in ranked(explored, [3], [], seed=1) if int(name[4:7]) >= 6][:12]
    expect_links(page, "nearestOthers", others)
    page.keyboard.press("n")
    page.wait_for_url("**/second/neighbours.html?like=**")
    expect(page.locator(".chip.like .called")).to_have_text(item(3))


def test_an_export_has_the_same_lists(
    explored: ExploredStudy, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(explored.folder)
    assert main(["explore", "--configfile", "study.yaml", "--export", "out"]) == 0
    page.context.set_offline(True)
    page.goto((explored.folder / "out" / PAGE).as_uri())
    expect(page.locator(".panel")).to_contain_text("needs the server")
    page.click(f"#starts .tile[title='{item(7)}']")
    expect(page.locator("#nearestAll li")).to_have_count(12)
    found = ranked(explored, [7], [])
    others = [name for name in found if int(name[4:7]) // 6 != 1]
    for strip, expected in (("nearestAll", found), ("nearestOthers", others)):
        expect_links(page, strip, expected[:12])
    assert page.locator("#similar").count() == 0


@pytest.fixture
def served(explored: ExploredStudy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable]:
    """Serve the explorer in this process, with a stand-in for the process that embeds a file."""
    monkeypatch.chdir(explored.folder)
    running: list[uvicorn.Server] = []

    def start(embed: Callable[[Path], Upload]) -> str:
        plan = read_plan(Path("study.yaml"))
        catalogue = Catalogue(places_of(plan, "mars"), survey_part("mars", "display"))
        views = [
            ImagesView(catalogue, properties_of(catalogue)),
            NeighboursView(catalogue, embed),
            Decisions(catalogue, "ann"),
        ]
        app = explorer_app({"mars": Site(catalogue, views, Manner(True, ["mars"], "ann"))})
        listening = listen("127.0.0.1", 0, explored.folder)
        config = uvicorn.Config(Guard(app, SECRET, "near"), log_level="warning")
        running.append(uvicorn.Server(config))
        threading.Thread(target=running[0].run, kwargs={"sockets": [listening]}).start()
        while not running[0].started:
            time.sleep(0.02)
        return f"http://127.0.0.1:{listening.getsockname()[1]}/?token={SECRET}"

    yield start
    for server in running:
        server.should_exit = True


def test_a_dropped_file_is_an_example_and_is_not_kept(
    explored: ExploredStudy, served: Callable, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def embed(path: Path) -> Upload:
        seen.append(path)
        if path.read_bytes() != b"a picture":
            raise SkyloomError(f"{path.name} cannot be used: no picture.")
        rows = pd.DataFrame({"image_id": ["mine"], "group": [None], "time": [pd.NaT]})
        jpeg = (explored.home / "first.jpg").read_bytes()
        vectors = {name: explored.vectors(seed)[[8]] for seed, name in enumerate(ENCODERS)}
        return Upload(path.name, rows, jpeg, vectors, SHAS)

    address = served(embed)
    with let_in(address) as client:
        thumbnail = client.get("mars/thumbnails/8.jpg").content
        (explored.home / "first.jpg").write_bytes(thumbnail)
    enter(page, address)
    good = {"name": "mine.png", "mimeType": "image/png", "buffer": b"a picture"}
    page.set_input_files("#file", good)
    expect(page.locator(".chip.file .called")).to_have_text("mine.png")
    page.wait_for_selector(f"#grid .tile[data-place='0'][title='{item(8)}']")
    expect(page.locator("#grid .tile[data-place='0'] span")).to_contain_text("1.000  d 0.000")
    page.select_option("#encoder", "second")
    page.wait_for_url("**/second/**")
    expect(page.locator(".chip.file img")).to_have_js_property("complete", True)
    page.wait_for_selector(f"#grid .tile[data-place='0'][title='{item(8)}']")
    assert not seen[0].exists()
    with let_in(address) as client:
        upload = "mars/live/neighbours/file?name=../../etc/no.png"
        octets = {"Content-Type": "application/octet-stream"}
        reply = client.post(upload, content=b"no picture", headers=octets)
        assert reply.status_code == 422
        assert reply.json()["error"] == "no.png cannot be used: no picture."
        assert client.post(upload, content=b"", headers=octets).status_code == 422
        monkeypatch.setattr(uploads, "LARGEST", 8)
        parts = (b"a pic", b"ture")
        reply = client.post(upload, content=iter(parts), headers=octets)  # its length is not told
        assert reply.status_code == 422
        assert "no.png is larger than" in reply.json()["error"]
        assert not any(path.exists() for path in seen)
        for headers in (
            {**octets, "Origin": "http://evil.example"},
            {**octets, "Origin": "null"},
            {"Content-Type": "multipart/form-data; boundary=x"},
            {"Content-Type": "text/plain"},
            {},
        ):
            client.headers.pop("content-type", None)
            assert client.post(upload, content=b"a picture", headers=headers).status_code == 403
        asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
        preflight = client.options(upload, headers=asked)
        assert preflight.status_code == 403
        assert "access-control-allow-origin" not in preflight.headers
    assert len(seen) == 2  # what was refused before it was read never came so far


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a/b/c.JPG", "c.JPG"),
        ("C:\\x\\y.fits", "y.fits"),
        ("..", "file"),
        ("", "file"),
        ("a\0b\n.png", "a_b_.png"),
        ("ü" * 300 + ".zip", "ü" * 98 + ".zip"),
    ],
)
def test_names_of_files_are_names_alone(given: str, kept: str) -> None:
    assert plain_name(given) == kept


def test_the_search_needs_no_network() -> None:
    heavy = ("torch", "sklearn", "skyloom.learn.encoder_file")
    code = (
        "import sys, skyloom.commands.explore; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_lists_of_many_images_are_those_of_each(
    explored: ExploredStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(explored.folder)
    plan = read_plan(Path("study.yaml"))
    catalogue = Catalogue(places_of(plan, "mars"), survey_part("mars", "display"))
    encoded = Encoders(catalogue)["second"]
    names = [item(place) for place in (5, 0, 59, 17)]
    many = dict(nearest_of_many(catalogue, encoded, names))
    assert list(many) == names
    for name, content in many.items():
        ours, theirs = listed(content), listed(nearest_of(catalogue, encoded, name))
        assert ours[::2].tolist() == theirs[::2].tolist()
        similarity = ours[1::2].view(np.float32)
        assert similarity == pytest.approx(theirs[1::2].view(np.float32))
        assert (np.diff(similarity) <= 0).all()


def listed(content: bytes) -> np.ndarray:
    """Positions and similarities (as bits) of the twelve of all, and of the twelve of others."""
    return np.frombuffer(content, "<u4", offset=4 + int.from_bytes(content[:4], "little")).reshape(
        4, 12
    )
