"""Who is let in, what is refused, and what the server gives away."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from made_study import CLASSES, ITEMS, Study, item

from skyloom.commands.explore import site_of
from skyloom.commands.study_config import read_plan
from skyloom.web.explore.site import Manner
from skyloom.web.guard import Guard
from skyloom.web.serve import ServeError, kept_token, listen


@pytest.fixture
def address(study: Study) -> str:
    return study.start()


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    parts = urlsplit(address)
    base = f"{parts.scheme}://{parts.netloc}"
    with httpx.Client(base_url=base, follow_redirects=True) as let_in:
        assert let_in.get(f"/?{parts.query}").status_code == 200
        let_in.headers["Origin"] = base
        yield let_in


def _answer(**more) -> dict:
    return {"answers": [{"uid": "abcdefgh", "item": item(3), "label": CLASSES[0], **more}]}


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=ü"])
@pytest.mark.parametrize(
    "path", ["/", "/api/queue", "/static/review.js", "/film", "/api/answers", "/../x"]
)
def test_without_the_token_there_is_nothing(address: str, path: str, query: str) -> None:
    base = f"http://{urlsplit(address).netloc}"
    reply = httpx.get(base + path + query)
    assert reply.status_code == 403
    assert "skyloom review" in reply.text
    assert httpx.post(base + path + query, json=_answer()).status_code == 403


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_cannot_use(address: str) -> None:
    reply = httpx.get(address)
    assert reply.status_code == 307
    assert "token" not in reply.headers["location"]
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert f"skyloom_{urlsplit(address).port}=" in cookie


def test_every_reply_has_the_policy(client: httpx.Client) -> None:
    for path in ("/", "/static/review.css", "/api/queue", "/nothing"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_other_names_of_the_host_are_refused(client: httpx.Client, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 421


def test_a_tunnels_port_is_let_in(client: httpx.Client) -> None:
    assert client.get("/", headers={"Host": "localhost:9999"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "text/plain; application/json"},
        {"Content-Type": "application/octet-stream", "Origin": "http://evil.example"},
        {"Content-Type": "application/octet-stream", "Origin": ""},
    ],
)
@pytest.mark.parametrize("path", ["/api/answers", "/api/close"])
def test_other_sites_cannot_change_anything(
    client: httpx.Client, study: Study, path: str, headers: dict[str, str]
) -> None:
    reply = client.post(path, json=_answer(), headers=headers)
    assert reply.status_code == 403
    assert study.log() == []


@pytest.mark.parametrize(
    "path",
    [
        "/static/../templates/review.html",
        "/static/%2e%2e/guard.py",
        "/static/..%2fguard.py",
        "/static//etc/passwd",
        "/static/..%5cguard.py",
    ],
)
def test_files_outside_static_are_not_served(client: httpx.Client, path: str) -> None:
    request = client.build_request("GET", path)
    request.url = request.url.copy_with(raw_path=path.encode())
    reply = client.send(request)
    assert reply.status_code == 404
    assert "import" not in reply.text


@pytest.mark.parametrize("name", ["../../etc/passwd", "", item(0) + "/..", "nothing"])
@pytest.mark.parametrize("path", ["/film", "/thumbnail", "/api/item"])
def test_only_images_of_the_survey_are_shown(client: httpx.Client, path: str, name: str) -> None:
    reply = client.get(path, params={"item": name})
    assert reply.status_code == 422
    assert "there is no image" in reply.json()["error"]


@pytest.mark.parametrize("name", ["../../x", "ann\n", "", " ann"])
def test_a_reviewers_name_is_no_path(client: httpx.Client, study: Study, name: str) -> None:
    reply = client.post("/api/answers", params={"as": name}, json=_answer())
    assert reply.status_code == 422
    assert "cannot name a reviewer" in reply.json()["error"]
    assert not (study.folder / "reviews").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"item": "unknown"}, "'unknown' is not in the queue of round 1"),
        ({"label": "emergency"}, "Did you mean 'emergence'"),
        ({"item": "", "label": None, "undoes": "zzzzzzzz"}, "there is no row zzzzzzzz of yours"),
    ],
)
def test_what_cannot_be_taken_is_refused_alone(
    client: httpx.Client, study: Study, more: dict, message: str
) -> None:
    good = {"uid": "good-row-1", "item": item(4), "label": CLASSES[1], "ms": 10}
    body = {"answers": [*_answer(**more)["answers"], good]}
    reply = client.post("/api/answers", json=body).json()
    assert message in reply["refused"][0]["error"]
    assert [row.uid for row in study.log()] == ["good-row-1"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"uid": "x"}, "uid: String should have at least 8"),
        ({"label": None}, "a class has a label"),
        ({"choice": "maybe"}, "choice: Input should be"),
        ({"ms": -1}, "ms: Input should be greater"),
        ({"extra": 1}, "extra: Extra inputs"),
        ({"note": "\ud800"}, "note: "),
    ],
)
def test_a_row_that_is_no_decision_is_refused_alone(
    client: httpx.Client, study: Study, more: dict, message: str
) -> None:
    good = {"uid": "good-row-1", "item": item(4), "label": CLASSES[1]}
    body = {"answers": [*_answer(**more)["answers"], 7, good]}
    kind = {"Content-Type": "application/json"}
    reply = client.post("/api/answers", content=json.dumps(body), headers=kind).json()
    assert [row["uid"] for row in reply["refused"]] == [more.get("uid", "abcdefgh"), ""]
    assert message in reply["refused"][0]["error"]
    assert [row.uid for row in study.log()] == ["good-row-1"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"answers": 1}', f'{{"answers": {[1] * 1001}}}'])
def test_a_body_without_rows_is_refused(client: httpx.Client, body: str) -> None:
    kind = {"Content-Type": "application/json"}
    reply = client.post("/api/answers", content=body, headers=kind)
    assert reply.status_code == 422
    assert "no decisions" in reply.json()["error"]


def test_an_answer_counts_for_ten_minutes_at_most(client: httpx.Client, study: Study) -> None:
    client.post("/api/answers", json=_answer(ms=40 * 3600 * 1000))
    client.post("/api/answers", json=_answer(uid="quick-row", ms=1234))
    assert [row.ms for row in study.log()] == [600_000, 1234]


def test_a_row_that_is_sent_twice_is_written_once(client: httpx.Client, study: Study) -> None:
    for _ in range(2):
        reply = client.post("/api/answers", json=_answer()).json()
        assert [row["uid"] for row in reply["taken"]] == ["abcdefgh"]
    assert len(study.log()) == 1


def test_the_server_decides_what_was_kept_and_what_was_shown(
    client: httpx.Client, study: Study
) -> None:
    client.post("/api/answers", json=_answer())  # item 3 has the label of class 1
    row = study.log()[0]
    assert (row.verdict, row.label) == ("fix", CLASSES[0])
    assert row.shown is not None
    assert (row.shown.label, row.shown.pred, row.shown.p) == (CLASSES[1], CLASSES[1], 0.8)


def test_a_hidden_items_label_does_not_leave_the_server(client: httpx.Client) -> None:
    hidden = client.get("/api/item", params={"item": item(5)})
    assert hidden.json()["hidden"]
    assert not {"label", "predicted", "reason", "probability"} & set(hidden.json())
    assert "meridian" not in hidden.text
    assert "label" in client.get("/api/item", params={"item": item(6)}).json()
    queue = client.get("/api/queue").json()
    assert all(set(one) == {"item", "shared"} for one in queue["items"])


def test_films_are_whole_and_have_units(client: httpx.Client) -> None:
    reply = client.get("/film", params={"item": item(0)})
    assert reply.headers["x-shape"] == "12,20,20,1"
    assert len(reply.content) == 12 * 20 * 20
    assert "+400 G" in reply.headers["x-scale"]
    other = client.get("/film", params={"item": item(0), "limit": "1000"})
    assert "+1000 G" in other.headers["x-scale"]
    # A fifth of the range is 400 gauss: white at the one limit, not at the other.
    assert max(reply.content) == 255
    assert 160 < max(other.content) < 200
    unknown = client.get("/film", params={"item": item(0), "limit": "7"})
    assert "+400 G" in unknown.headers["x-scale"]


@pytest.fixture
def halved(study: Study) -> Path:
    """A study whose reader stores 500 gauss as 1."""
    config = study.folder / "study.yaml"
    more = config.read_text().replace("frames: 12,", "frames: 12, saturation_gauss: 500,")
    config.write_text(more)
    return config


def test_films_follow_the_saturation_of_the_reader(
    halved: Path, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fifth of the range is 200 gauss here: half way to white at 400."""
    reply = client.get("/film", params={"item": item(0)})
    assert "+400 G" in reply.headers["x-scale"]
    assert 190 < max(reply.content) < 205
    monkeypatch.chdir(halved.parent)
    catalogue = site_of(read_plan(halved), "sun", Manner(False, ["sun"]), halved).catalogue
    assert 190 < catalogue.pictures.film(item(0), None).frames.max() < 205


def test_two_reviewers_have_different_orders_of_the_same_items(client: httpx.Client) -> None:
    orders = [
        [one["item"] for one in client.get("/api/queue", params={"as": name}).json()["items"]]
        for name in ("ann", "bob")
    ]
    assert sorted(orders[0]) == sorted(orders[1])
    assert len(orders[0]) == ITEMS
    assert orders[0] != orders[1]


def test_a_closed_round_takes_nothing_more(client: httpx.Client, study: Study) -> None:
    study.write_queue([3])
    client.get("/api/state")
    client.post("/api/answers", json=_answer())
    assert client.post("/api/close", json={}).json()["closed"] == 1
    late = client.post("/api/answers", json=_answer(uid="too-late-1")).json()
    assert "is closed" in late["refused"][0]["error"]
    assert client.get("/api/state").json()["closed"]
    assert len(study.log()) == 1


def test_address_and_token_stay_the_same_after_a_restart(study: Study, address: str) -> None:
    study.kill()
    assert study.start() == address


def test_a_token_that_others_may_read_is_refused(tmp_path) -> None:
    token = kept_token(tmp_path / "state" / "token")
    assert len(token) >= 32
    assert kept_token(tmp_path / "state" / "token") == token
    assert (tmp_path / "state" / "token").stat().st_mode & 0o777 == 0o600
    (tmp_path / "state" / "token").chmod(0o644)
    with pytest.raises(ServeError, match="others may read"):
        kept_token(tmp_path / "state" / "token")


@pytest.mark.parametrize("content", ["", "\n", "half-a-token\n"])
def test_a_token_that_was_cut_short_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(ServeError, match=r"characters, expected a token of 32 or more.*Delete it"):
        kept_token(path)
    with pytest.raises(ValueError, match="expected 32 or more"):
        Guard(lambda scope, receive, send: None, content.strip(), "cookie")


def test_many_that_start_at_once_have_one_whole_token(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token"
    with ThreadPoolExecutor(16) as pool:
        tokens = set(pool.map(kept_token, [path] * 64))
    assert tokens == {path.read_text().strip()}
    assert [each.name for each in path.parent.iterdir()] == ["token"]


def test_a_kill_while_the_token_is_written_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token"

    def killed(size: int) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("secrets.token_urlsafe", killed)
    with pytest.raises(KeyboardInterrupt):
        kept_token(path)
    monkeypatch.undo()
    assert len(kept_token(path)) >= 32


def test_a_taken_port_is_named_and_the_next_one_found(tmp_path) -> None:
    first = listen("127.0.0.1", None, tmp_path)
    port = first.getsockname()[1]
    second = listen("127.0.0.1", None, tmp_path)
    assert second.getsockname()[1] > port
    with pytest.raises(ServeError, match=rf"port {port} of 127\.0\.0\.1 is taken"):
        listen("127.0.0.1", port, tmp_path)
    first.close()
    second.close()


def test_pages_need_neither_networks_nor_gpus() -> None:
    heavy = ("torch", "sklearn", "faiss", "skyloom.learn")
    code = (
        "import sys, skyloom.web.review_app, skyloom.web.serve; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
