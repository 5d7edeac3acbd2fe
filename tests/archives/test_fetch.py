import hashlib
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from skyloom.archives.fetch import FetchError, fetch, pack_folder
from skyloom.archives.locate import NotInArchiveError, locate

CONTENT = b"raw bytes of an archive " * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self):
        type(self).asked.append(self.path)
        if self.path == "/moved.zip":
            self.send_response(302)
            self.send_header("Location", "/good.zip")
            self.end_headers()
            return
        if self.path == "/absent.zip":
            self.send_error(404)
            return
        said = len(CONTENT) + 10 if self.path == "/cut.zip" else len(CONTENT)
        self.send_response(200)
        self.send_header("Content-Length", str(said))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    _Handler.asked = []
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def bring(origin, folder, sha256=None, size=None):
    return fetch(origin, folder / "raw.zip", sha256, size, folder / ".kept" / "raw.zip")


@pytest.mark.parametrize("name", ["good.zip", "moved.zip"])
def test_download_is_verified(server, tmp_path, name):
    fetched = bring(f"{server}/{name}", tmp_path, SHA256, len(CONTENT))
    assert (tmp_path / "raw.zip").read_bytes() == CONTENT
    assert (fetched.sha256, fetched.how) == (SHA256, "downloaded")


@pytest.mark.parametrize(
    ("name", "sha256", "size", "part"),
    [
        ("absent.zip", None, None, "404"),
        ("cut.zip", None, None, "cut.zip"),
        ("good.zip", "0" * 64, None, "sha256 is"),
        ("good.zip", None, 5, "size is"),
    ],
)
def test_bad_download_leaves_what_was_there(server, tmp_path, name, sha256, size, part):
    (tmp_path / "raw.zip").write_bytes(b"old and good")
    with pytest.raises(FetchError, match=part):
        bring(f"{server}/{name}", tmp_path, sha256, size)
    assert [p.name for p in tmp_path.iterdir()] == ["raw.zip"]
    assert (tmp_path / "raw.zip").read_bytes() == b"old and good"


def test_nobody_answers(tmp_path):
    with pytest.raises(FetchError, match="Check the network"):
        bring("http://127.0.0.1:9/x.zip", tmp_path)
    assert not list(tmp_path.iterdir())


def test_good_file_is_not_fetched_again(server, tmp_path):
    bring(f"{server}/good.zip", tmp_path, SHA256)
    (tmp_path / "raw.zip").unlink()
    fetched = bring(f"{server}/good.zip", tmp_path, SHA256)
    assert fetched.how == "already here, verified"
    assert (tmp_path / "raw.zip").read_bytes() == CONTENT
    assert _Handler.asked == ["/good.zip"]


def test_kept_file_that_was_altered_is_fetched_again(server, tmp_path):
    bring(f"{server}/good.zip", tmp_path, SHA256)
    (tmp_path / "raw.zip").unlink()
    (tmp_path / ".kept" / "raw.zip").write_bytes(b"altered")
    assert bring(f"{server}/good.zip", tmp_path, SHA256).how == "downloaded"
    assert (tmp_path / "raw.zip").read_bytes() == CONTENT


def test_folder_is_packed_the_same_whatever_its_times(tmp_path):
    digests = []
    for name in ("first", "second"):
        folder = tmp_path / name
        (folder / "images").mkdir(parents=True)
        for file in ("b.txt", "a.txt") if name == "first" else ("a.txt", "b.txt"):
            (folder / "images" / file).write_text(file)
        pack_folder(folder, tmp_path / f"{name}.zip")
        digests.append((tmp_path / f"{name}.zip").read_bytes())
    assert digests[0] == digests[1]
    assert zipfile.ZipFile(tmp_path / "first.zip").namelist() == ["images/a.txt", "images/b.txt"]


def test_locate(tmp_path):
    url = "https://archive.org/records/7/set.zip"
    assert locate(url, None, "mars", "s") == url
    assert locate(url, "http://127.0.0.1:8/", "mars", "s") == "http://127.0.0.1:8/records/7/set.zip"
    assert str(locate("file:///data/a%20b.zip", None, "mars", "s")) == "/data/a b.zip"
    with pytest.raises(NotInArchiveError, match=r"mars/set\.zip"):
        locate(url, str(tmp_path), "mars", "s")
    (tmp_path / "mars").mkdir()
    (tmp_path / "mars" / "set.zip").touch()
    assert locate(url, str(tmp_path), "mars", "s") == tmp_path / "mars" / "set.zip"
    (tmp_path / "mars" / "s").mkdir()
    assert locate(url, str(tmp_path), "mars", "s") == tmp_path / "mars" / "s"
