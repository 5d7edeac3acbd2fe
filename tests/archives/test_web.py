"""Asking politely: waits, retries, mirrors, slots."""

import threading
import time
from datetime import UTC, datetime
from email.utils import formatdate

import pytest

from skyloom.archives.faults import Fault
from skyloom.archives.loopback import LoopbackArchive
from skyloom.archives.patience import Patience, retry_after
from skyloom.archives.slots import connection_slot
from skyloom.archives.web import AbsentError, WebError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("120", 120.0),
        (formatdate(NOON.timestamp() + 90, usegmt=True), 90.0),
        (formatdate(NOON.timestamp() - 90, usegmt=True), 0.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("soon", None),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(header, seconds):
    assert retry_after(header, lambda: NOON) == seconds


def test_waits_double_up_to_the_longest_and_are_the_same_each_time():
    patience = Patience(first=1.0, longest=10.0)
    assert [patience.seconds(attempt) for attempt in range(6)] == [1, 2, 4, 8, 10, 10]


def test_a_server_that_asks_to_wait_is_waited_for(make_web):
    faults = [Fault("status", "a", retry_after="1")]
    with LoopbackArchive({"a": b"here"}, faults) as server:
        start = time.monotonic()
        assert make_web(server.url).text("https://x.org/a") == "here"
    assert time.monotonic() - start >= 1


def test_a_mirror_is_asked_for_path_and_query_as_they_are_written(make_web):
    files = {"api/x?feed=a,b&order=sol%20asc": b'{"n": 1}', "api/x?q=%2C+": b"[2]"}
    with LoopbackArchive(files) as server:
        web = make_web(f"{server.url}/")
        assert web.json("https://x.org/api/x?feed=a,b&order=sol%20asc") == {"n": 1}
        assert web.json("https://x.org/api/x", {"q": ", "}) == [2]


def test_parameters_join_the_query_of_the_address(make_web):
    with LoopbackArchive({"a": lambda target, body: target.encode()}) as server:
        assert make_web(server.url).text("https://x/a?one=1", {"two": "2"}) == "a?one=1&two=2"


def test_post_sends_and_reads_json(make_web):
    with LoopbackArchive({"search": lambda target, body: body}) as server:
        assert make_web(server.url).post("https://x/search", {"size": [1, 2]}) == {"size": [1, 2]}


def test_a_text_that_is_cut_is_asked_for_again(make_web):
    with LoopbackArchive({"a": b"x" * 1000}, [Fault("cut", "a")]) as server:
        assert make_web(server.url).text("https://x/a") == "x" * 1000
        assert len(server.asked) == 2


def test_what_is_no_json_is_shown(make_web):
    with LoopbackArchive({"a": b"<html>maintenance"}) as server:
        web = make_web(server.url)
        with pytest.raises(WebError, match="expected JSON, found '<html>maintenance'"):
            web.json("https://x/a")


def test_absent_is_not_asked_for_twice(make_web):
    with LoopbackArchive({"b": b""}) as server:
        with pytest.raises(AbsentError, match="404"):
            make_web(server.url).text("https://x/a")
        assert len(server.asked) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "ftp://x.org/a", "https://[x/a"])
def test_nobody_answers_or_no_address(make_web, url):
    with pytest.raises(WebError, match=r"Check the network|Correct the shard sheet"):
        make_web().text(url)


def test_user_agent_names_the_project(make_web):
    import http.server

    seen = []

    class Echo(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers["User-Agent"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        make_web().text(f"http://127.0.0.1:{server.server_port}/")
    assert seen[0].startswith("skyloom/")
    assert "scientific workflow" in seen[0]


def test_no_more_connections_to_a_host_than_its_slots(tmp_path, crowd):
    def connect():
        with connection_slot("archive.org", tmp_path, 2):
            crowd.stay()

    threads = [threading.Thread(target=connect) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert crowd.most == 2


def test_requests_and_downloads_share_the_slots_of_a_host(make_web, crowd):
    def slow(target, body):
        crowd.stay()
        return b"x"

    def ask(web):
        web.text("https://x/a")
        with web.open("https://x/a") as response:
            response.read()

    with LoopbackArchive({"a": slow}) as server:
        webs = [make_web(server.url, connections=2) for _ in range(5)]
        threads = [threading.Thread(target=ask, args=[web]) for web in webs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.asked) == 10
    assert crowd.most == 2


def test_slots_hold_between_processes_and_end_with_their_process(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys, time; from pathlib import Path;"
        "from skyloom.archives.slots import connection_slot;"
        "slot = connection_slot('h', Path(sys.argv[1]), 1); slot.__enter__();"
        "print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    got = threading.Event()

    def take():
        with connection_slot("h", tmp_path, 1):
            got.set()

    thread = threading.Thread(target=take)
    thread.start()
    assert not got.wait(0.3)
    process.kill()
    process.wait()
    process.stdout.close()
    assert got.wait(5)
    thread.join()


def test_other_hosts_have_their_own_slots(tmp_path):
    with connection_slot("a.org", tmp_path, 1), connection_slot("b.org:8080", tmp_path, 1):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.org.0", "b.org_8080.0"]
