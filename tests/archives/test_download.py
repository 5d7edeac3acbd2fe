"""One file over HTTP: every fault has its outcome, and nothing half looks whole."""

import os
import signal
import subprocess
import sys
import time

import httpx
import pytest
from fault_table import CASES, CONTENT, SHA256, TARGET, URL, outcome_of

from skyloom.archives.download import download
from skyloom.archives.faults import Fault
from skyloom.archives.loopback import LoopbackArchive
from skyloom.archives.partial import Partial
from skyloom.archives.verify import FetchError
from skyloom.archives.web import WebError
from skyloom.shards import ArchiveFile


def nothing(size):
    pass


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fault_has_its_outcome(tmp_path, case):
    found = outcome_of(case, tmp_path)
    assert case.outcome in found.said
    assert found.requests == case.requests
    assert found.kept == case.kept
    assert case.sent is None or found.sent == pytest.approx(case.sent, abs=0.001)
    if case.outcome == "complete" and "nothing is known" not in case.name:
        assert found.content == CONTENT
    if case.outcome != "complete":
        assert found.content is None


def test_a_later_call_goes_on_where_the_first_was_cut(tmp_path, make_web):
    target = tmp_path / "a.bin"
    faults = [Fault("cut", TARGET, share=0.75), Fault("status", TARGET, status=403)]
    with LoopbackArchive({TARGET: CONTENT}, faults) as server:
        web = make_web(server.url)
        with pytest.raises(WebError, match="403"):
            download(web, ArchiveFile(URL), target, nothing)
        assert sorted(p.name for p in tmp_path.glob("a.*")) == [
            "a.bin.partial",
            "a.bin.partial.json",
        ]
        sizes = []
        download(web, ArchiveFile(URL), target, sizes.append)
        assert server.sent == len(CONTENT)
    assert sizes[0] > 0.75 * len(CONTENT)
    assert target.read_bytes() == CONTENT
    assert [p.name for p in tmp_path.glob("a.*")] == ["a.bin"]


def test_a_file_that_changed_between_two_pieces_is_taken_anew(tmp_path, make_web):
    versions = iter([b"old" * 50_000, b"new!" * 50_000, b"new!" * 50_000])
    with LoopbackArchive({"a": lambda target, body: next(versions)}, [Fault("cut", "a")]) as server:
        download(make_web(server.url), ArchiveFile("https://x/a"), tmp_path / "a", nothing)
    assert (tmp_path / "a").read_bytes() == b"new!" * 50_000


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ({"ETag": '"1"', "Last-Modified": "Mon", "Content-Range": "bytes 3-8/9"}, True),
        ({"ETag": '"2"', "Last-Modified": "Mon", "Content-Range": "bytes 3-8/9"}, False),
        ({"ETag": '"1"', "Last-Modified": "Tue", "Content-Range": "bytes 3-8/9"}, False),
        ({"ETag": '"1"', "Last-Modified": "Mon", "Content-Range": "bytes 3-8/10"}, False),
        ({"Content-Range": "bytes 3-8/*", "Content-Length": "6"}, True),
        ({"Content-Range": "bytes 3-8/*", "Content-Length": "7"}, False),
        ({}, True),
    ],
)
def test_a_rest_is_of_the_file_that_was_begun(tmp_path, said, same):
    partial = Partial(tmp_path / "a", ArchiveFile("https://x/a"))
    begun = {"ETag": '"1"', "Last-Modified": "Mon", "Content-Length": "9"}
    partial.restart(httpx.Response(200, headers=begun))
    assert partial.goes_on_with(httpx.Response(206, headers=said)) is same


def test_another_address_does_not_continue_an_old_partial(tmp_path, make_web):
    (tmp_path / "a.bin.partial").write_bytes(b"of another file")
    (tmp_path / "a.bin.partial.json").write_text('{"url": "https://x/other"}')
    with LoopbackArchive({TARGET: CONTENT}) as server:
        known = ArchiveFile(URL, len(CONTENT), SHA256)
        download(make_web(server.url), known, tmp_path / "a.bin", nothing)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_partial_longer_than_the_file_is_started_again(tmp_path, make_web):
    (tmp_path / "a.bin.partial").write_bytes(CONTENT + b"more")
    (tmp_path / "a.bin.partial.json").write_text(f'{{"url": "{URL}"}}')
    with LoopbackArchive({TARGET: CONTENT}) as server:
        known = ArchiveFile(URL, len(CONTENT), SHA256)
        download(make_web(server.url), known, tmp_path / "a.bin", nothing)
        assert len(server.asked) == 2  # 416, then the whole file
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_what_is_packed_on_the_server_stays_packed(tmp_path, make_web):
    """Servers label .pgm.gz files with Content-Encoding; unpacking them would change the file."""
    import gzip
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    packed = gzip.compress(b"frames", mtime=0)

    class Labels(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Labels) as server:
        Thread(target=server.handle_request, daemon=True).start()
        web = make_web(f"http://127.0.0.1:{server.server_port}")
        download(web, ArchiveFile("https://x/a.pgm.gz"), tmp_path / "a.pgm.gz", nothing)
    assert (tmp_path / "a.pgm.gz").read_bytes() == packed


def test_a_full_disk_leaves_the_partial_and_no_file(tmp_path, make_web, monkeypatch):
    def full(self, blocks):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Partial, "append", full)
    with (
        LoopbackArchive({TARGET: CONTENT}) as server,
        pytest.raises(OSError, match="No space left"),
    ):
        download(make_web(server.url), ArchiveFile(URL), tmp_path / "a.bin", nothing)
    assert not (tmp_path / "a.bin").exists()


KILLED = """
import sys
from pathlib import Path
from skyloom.archives.download import download
from skyloom.archives.web import Web
from skyloom.shards import ArchiveFile
target = Path(sys.argv[3])
with Web(sys.argv[1], slots=target.parent / "slots") as web:
    download(web, ArchiveFile(sys.argv[2]), target, lambda size: None)
"""


def test_kill_9_in_the_middle_of_a_download_and_resume(tmp_path, make_web):
    target = tmp_path / "a.bin"
    partial = tmp_path / "a.bin.partial"
    with LoopbackArchive({TARGET: CONTENT}, [Fault("stall", TARGET, share=0.6)]) as server:
        process = subprocess.Popen([sys.executable, "-c", KILLED, server.url, URL, str(target)])
        end = time.monotonic() + 30
        while time.monotonic() < end and not (partial.exists() and partial.stat().st_size):
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not target.exists()
        received = partial.stat().st_size
        assert 0 < received < len(CONTENT)
        download(make_web(server.url), ArchiveFile(URL), target, nothing)
        assert server.sent == int(0.6 * len(CONTENT)) + len(CONTENT) - received
    assert target.read_bytes() == CONTENT


def test_a_checksum_error_names_both_values_and_the_remedy(tmp_path, make_web):
    known = ArchiveFile(URL, sha256="a" * 64)
    with LoopbackArchive({TARGET: CONTENT}) as server, pytest.raises(FetchError) as error:
        download(make_web(server.url), known, tmp_path / "a.bin", nothing)
    for part in (URL, SHA256, "a" * 64, "correct the shard sheet"):
        assert part in str(error.value)
