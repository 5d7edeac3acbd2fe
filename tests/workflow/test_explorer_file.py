"""The explorer on a finished study: search by a file, embedded as the study's own images."""

import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from skyloom.images import ImageStore

OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def client(finished, tmp_path_factory) -> Iterator[httpx.Client]:
    server = subprocess.Popen(
        [sys.executable, "-m", "skyloom", "explore", "--configfile", "tiny.yaml"],
        cwd=finished.folder,
        env={**finished.environment, "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state"))},
        stdout=subprocess.PIPE,
        text=True,
    )
    address = server.stdout.readline().strip()
    parts = urlsplit(address)
    base = f"{parts.scheme}://{parts.netloc}"
    with httpx.Client(base_url=f"{base}/mars/live/neighbours/", timeout=120) as let_in:
        for _ in range(200):
            try:
                let_in.get(address)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        let_in.headers["Origin"] = base
        yield let_in
    server.terminate()
    server.wait()


def test_a_file_finds_the_image_that_it_shows_with_every_encoder(finished, client, tmp_path):
    home = finished.folder / "results/tiny/mars"
    store = ImageStore.beside([home / f"images/{shard}.parquet" for shard in "ab"])
    path = tmp_path / "mine.png"
    pixels = Image.fromarray(store.batch([7])[0].transpose(1, 2, 0))
    pixels.resize((160, 160), Image.Resampling.NEAREST).save(path)
    reply = client.post(
        "file", params={"name": "mine.png"}, content=path.read_bytes(), headers=OCTETS
    )
    assert reply.status_code == 200, reply.text
    token = reply.json().pop("token")
    assert reply.json() == {"token": token, "name": "mine.png", "images": 1}
    for encoder in ("simclr", "pixels", "untrained"):
        found = client.get("search", params={"encoder": encoder, "file": token, "count": 3}).json()
        assert found["positions"][0] == 7
        assert found["similarity"][0] > 0.95
    assert client.get(f"files/{token}.jpg").content.startswith(b"\xff\xd8")


@pytest.mark.parametrize("name", ["x.png", "x.log", "x.zip"])
def test_a_file_that_is_no_picture_is_refused_in_words(client, name):
    reply = client.post("file", params={"name": name}, content=b"no picture", headers=OCTETS)
    assert reply.status_code == 422
    assert reply.json()["error"].startswith(f"{name} cannot be used: ")
    assert "Traceback" not in reply.text
    assert "/tmp" not in reply.text
