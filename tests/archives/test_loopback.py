"""The loopback archive itself, seen by a client that is not ours."""

import urllib.error
import urllib.request
import zipfile

import pytest

from skyloom.archives.faults import Fault, mild_faults
from skyloom.archives.fetch import Fetcher
from skyloom.archives.loopback import LoopbackArchive, ZipFiles
from skyloom.archives.simulated import SimulationError, simulated_web, write_simulated
from skyloom.shards import ArchiveFile, Shard

DATA = bytes(range(100))


def ask(url, method="GET", **headers):
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [("bytes=10-", 10, 99), ("bytes=3-5", 3, 5), ("bytes=90-200", 90, 99)],
)
def test_ranges(said, first, last):
    with LoopbackArchive({"a": DATA}) as server:
        status, headers, body = ask(f"{server.url}/a", Range=said)
    assert (status, body) == (206, DATA[first : last + 1])
    assert headers["Content-Range"] == f"bytes {first}-{last}/100"


def test_a_range_behind_the_end_and_a_range_of_an_older_file():
    with LoopbackArchive({"a": DATA}) as server:
        with pytest.raises(urllib.error.HTTPError) as error:
            ask(f"{server.url}/a", Range="bytes=100-")
        assert error.value.code == 416
        assert error.value.headers["Content-Range"] == "bytes */100"
        status, _, body = ask(f"{server.url}/a", **{"Range": "bytes=5-", "If-Range": '"old"'})
        assert (status, body) == (200, DATA)


def test_head_gives_the_size_without_the_body():
    with LoopbackArchive({"a": DATA}) as server:
        status, headers, body = ask(f"{server.url}/a", method="HEAD")
        assert (status, headers["Content-Length"], body) == (200, "100", b"")
        assert server.asked == [("HEAD", "a")]


def test_the_exact_query_comes_before_the_path_alone():
    with LoopbackArchive({"q?x=1": b"one", "q": b"any", "a b": b"space"}) as server:
        assert ask(f"{server.url}/q?x=1")[2] == b"one"
        assert ask(f"{server.url}/q?x=2")[2] == b"any"
        assert ask(f"{server.url}/a%20b")[2] == b"space"


def test_folders_are_shown_as_apache_does():
    with LoopbackArchive({"2014/03/a.gz": b"", "2014/03/b.gz": b"", "2014/x": b""}) as server:
        page = ask(f"{server.url}/2014/")[2].decode()
        assert "<title>Index of /2014/</title>" in page
        assert '<a href="03/">' in page
        assert '<a href="x">' in page
        assert "a.gz" not in page
        with pytest.raises(urllib.error.HTTPError, match="404"):
            ask(f"{server.url}/2015/")


def test_faults_come_in_their_order_and_then_end():
    faults = [Fault("status", "a", times=2, status=429), Fault("corrupted", "a")]
    with LoopbackArchive({"a": DATA}, faults) as server:
        for _ in range(2):
            with pytest.raises(urllib.error.HTTPError, match="429"):
                ask(f"{server.url}/a")
        wrong = ask(f"{server.url}/a")[2]
        assert sum(x != y for x, y in zip(wrong, DATA, strict=True)) == 1
        assert ask(f"{server.url}/a")[2] == DATA


def test_mild_faults_are_drawn_by_the_seed_alone():
    targets = [f"m{number}" for number in range(40)]
    assert mild_faults(targets, 1) == mild_faults(targets[::-1], 1)
    assert mild_faults(targets, 1) != mild_faults(targets, 2)
    assert [fault.kind for fault in mild_faults(targets, 1)] == ["cut", "status", "redirect"]


def test_a_simulated_shard_comes_through_the_genuine_code(tmp_path):
    url = "https://zenodo.org/records/7/files/set one.zip?download=1"
    path, raw = tmp_path / "s.zip", tmp_path / "raw" / "s.zip"
    assert write_simulated(iter([(url, DATA)]), path) == 1
    assert zipfile.ZipFile(path).namelist() == ["records/7/files/set%20one.zip?download=1"]
    with simulated_web(path) as web:
        fetched = Fetcher(web).fetch(Shard("s", ArchiveFile(url), {}), None, raw)
    assert (raw.read_bytes(), fetched.how) == (DATA, "downloaded")


def test_a_simulated_archive_is_the_same_bytes_each_time(tmp_path):
    for name in ("first", "second"):
        write_simulated(iter([("https://x/b", b"b"), ("https://x/a", b"a")]), tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert dict(ZipFiles(tmp_path / "first")) == {"a": b"a", "b": b"b"}


@pytest.mark.parametrize(
    ("files", "part"),
    [([("https://x/a", b""), ("https://y/a", b"")], "two files for /a"), ([], "no file for")],
)
def test_a_simulator_that_no_server_could_serve(tmp_path, files, part):
    with pytest.raises(SimulationError, match=part):
        write_simulated(iter(files), tmp_path / "s.zip")
    assert not list(tmp_path.iterdir())
