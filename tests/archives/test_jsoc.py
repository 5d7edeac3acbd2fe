"""Exports of JSOC through the genuine client, with JSOC's interface on loopback."""

import json
import zipfile
from urllib.parse import parse_qs

import pytest

from skyloom.archives.fetch import Fetcher
from skyloom.archives.jsoc import Jsoc
from skyloom.archives.ledger import Ledger
from skyloom.archives.loopback import LoopbackArchive
from skyloom.archives.verify import FetchError
from skyloom.shards import ArchiveFile, Shard

RECORDS = "mdi.fd_M_96m_lev182[1998.12.01_TAI/1d@96m]{data}"
TIMES = ("19981201_000000", "19981201_013600", "19981201_031200")
FOLDER = "SUM12/D1/S00000"
STRUCT = {
    "status": 0,
    "note": "full disk",
    "primekeys": ["T_REC"],
    "keywords": [{"name": "T_REC", "type": "time"}],
    "links": [],
    "segments": [{"name": "data", "type": "int"}],
}


class JsocOnLoopback:
    """The answers of JSOC's programs: `waits` looks at an export find it running."""

    def __init__(self, waits=0, registered=True, error=None, lost=(), records=3):
        self.waits = waits
        self.registered = registered
        self.error = error
        self.records = records
        self.asked = []
        self.names = [f"mdi.fd_M_96m_lev182.{time}_TAI.data.fits" for time in TIMES]
        self.files = {
            "cgi-bin/ajax/jsoc_info": lambda target, body: json.dumps(STRUCT).encode(),
            "cgi-bin/ajax/jsoc_fetch": self.fetch,
            "cgi-bin/ajax/checkAddress.sh": self.check,
        }
        self.files |= {
            f"{FOLDER}/{name}": f"FITS of {name}".encode()
            for name in self.names[:2]
            if name not in lost
        }

    def check(self, target, body):
        return json.dumps({"status": 2 if self.registered else 4, "msg": ""}).encode()

    def fetch(self, target, body):
        query = {key: value[0] for key, value in parse_qs(target.partition("?")[2]).items()}
        self.asked.append(query)
        return json.dumps(self._state(query)).encode()

    def _state(self, query):
        if self.error:
            return {"status": 4, "error": self.error}
        if query["op"] == "exp_status" and query["requestid"] != "JSOC_1":
            return {"status": 6, "requestid": query["requestid"], "error": "not found"}
        if self.waits:
            self.waits -= 1
            return {"status": 1, "requestid": "JSOC_1", "wait": 0}
        files = [*self.names[:2], "NoDataFile"]
        rows = [
            {"record": f"mdi.fd_M_96m_lev182[{time}]", "filename": name}
            for time, name in zip(TIMES, files, strict=True)
        ][: self.records]
        common = {"method": "url", "protocol": "fits", "dir": f"/{FOLDER}"}
        return {"status": 0, "requestid": "JSOC_1", "count": len(rows), "data": rows, **common}


@pytest.fixture
def passage():
    return Shard("p1", ArchiveFile(f"jsoc:{RECORDS}"), {"region": "7"})


@pytest.fixture(autouse=True)
def email(monkeypatch):
    monkeypatch.setenv("JSOC_EMAIL", "someone@example.org")


def test_a_record_set_is_exported_fetched_and_packed(make_web, tmp_path, passage):
    jsoc = JsocOnLoopback()
    raw, ledger = tmp_path / "raw" / "p1.zip", Ledger(tmp_path / "sheet.sha256")
    with LoopbackArchive(jsoc.files) as server:
        fetched = Fetcher(make_web(server.url), ledger).fetch(passage, None, raw)
    assert (fetched.how, fetched.members, len(fetched.absent)) == ("exported", 3, 1)
    with zipfile.ZipFile(raw) as archive:
        assert archive.namelist() == [*jsoc.names[:2], "members.tsv"]
        assert archive.read(jsoc.names[1]) == f"FITS of {jsoc.names[1]}".encode()
        rows = [line.split("\t") for line in archive.read("members.tsv").decode().splitlines()]
    assert rows[0][-2:] == ["state", "record"]
    assert [row[-2] for row in rows[1:]] == ["present", "present", "absent"]
    assert rows[3][-1] == f"mdi.fd_M_96m_lev182[{TIMES[2]}]"
    assert rows[1][1] == f"http://jsoc.stanford.edu/{FOLDER}/{jsoc.names[0]}"
    request = jsoc.asked[0]
    assert request["ds"] == RECORDS
    assert request["notify"] == "someone@example.org"
    assert (request["method"], request["protocol"].split(",")[0].lower()) == ("url", "fits")


def test_an_export_that_is_here_is_not_asked_for_again(make_web, tmp_path, passage):
    jsoc = JsocOnLoopback()
    raw, path = tmp_path / "raw" / "p1.zip", tmp_path / "sheet.sha256"
    with LoopbackArchive(jsoc.files) as server:
        Fetcher(make_web(server.url), Ledger(path)).fetch(passage, None, raw)
        raw.unlink()
        fetched = Fetcher(make_web(server.url), Ledger(path)).fetch(passage, None, raw)
    assert fetched.how == "already here, verified"
    assert len(jsoc.asked) == 1


def test_an_export_in_the_queue_is_waited_for(tmp_path):
    jsoc = JsocOnLoopback(waits=3)
    with LoopbackArchive(jsoc.files) as server:
        export = Jsoc(server.url, poll=0.01).export(RECORDS, tmp_path)
    assert [member.name for member in export.members] == jsoc.names[:2]
    assert [query["op"] for query in jsoc.asked] == ["exp_request", *["exp_status"] * 3]


def test_a_later_call_goes_on_with_the_same_export(tmp_path):
    jsoc = JsocOnLoopback(waits=10**6)
    with LoopbackArchive(jsoc.files) as server:
        with pytest.raises(FetchError, match=r"export JSOC_1 .* goes on with the same export"):
            Jsoc(server.url, patience=0.05, poll=0.01).export(RECORDS, tmp_path)
        jsoc.waits = 0
        assert len(Jsoc(server.url, poll=0.01).export(RECORDS, tmp_path).members) == 2
    assert [query["op"] for query in jsoc.asked].count("exp_request") == 1


def test_an_export_that_jsoc_has_forgotten_is_asked_for_anew(tmp_path):
    (tmp_path / "export-request").write_text("JSOC_0")
    jsoc = JsocOnLoopback()
    with LoopbackArchive(jsoc.files) as server:
        assert len(Jsoc(server.url, poll=0.01).export(RECORDS, tmp_path).members) == 2
    assert [query["op"] for query in jsoc.asked] == ["exp_status", "exp_request"]


def test_exported_files_that_are_gone_are_no_absent_records(make_web, tmp_path, passage):
    lost = "mdi.fd_M_96m_lev182.19981201_013600_TAI.data.fits"
    raw = tmp_path / "raw" / "p1.zip"
    with (
        LoopbackArchive(JsocOnLoopback(lost=[lost]).files) as server,
        pytest.raises(FetchError, match="1 of 2 exported files are gone"),
    ):
        Fetcher(make_web(server.url)).fetch(passage, None, raw)
    assert not raw.exists()
    assert not list(raw.parent.rglob("export-request"))


def test_an_email_address_is_needed_and_must_be_registered(tmp_path, monkeypatch):
    with LoopbackArchive(JsocOnLoopback(registered=False).files) as server:
        with pytest.raises(FetchError, match=r"not registered.*register_email\.html"):
            Jsoc(server.url).export(RECORDS, tmp_path)
        monkeypatch.delenv("JSOC_EMAIL")
        with pytest.raises(FetchError, match=r"export JSOC_EMAIL=you@example\.org"):
            Jsoc(server.url).export(RECORDS, tmp_path)


def test_what_jsoc_refuses_is_said_in_its_words(tmp_path):
    with (
        LoopbackArchive(JsocOnLoopback(error="series is unknown").files) as server,
        pytest.raises(FetchError, match=r"refuses to export .*series is unknown"),
    ):
        Jsoc(server.url).export(RECORDS, tmp_path)


@pytest.mark.parametrize("begun", [False, True])
def test_a_page_in_place_of_an_answer_is_no_question_of_e_mail(tmp_path, begun):
    if begun:
        (tmp_path / "export-request").write_text("JSOC_1")
    page = b"<html>down for maintenance</html>"
    programs = {f"cgi-bin/ajax/{name}": page for name in ("jsoc_fetch", "checkAddress.sh")}
    with LoopbackArchive(programs) as server, pytest.raises(FetchError) as error:
        Jsoc(server.url).export(RECORDS, tmp_path)
    assert "down for maintenance. Run again later" in str(error.value)
    assert "JSOC_EMAIL" not in str(error.value)


def test_a_record_set_without_a_record_is_refused_by_name(make_web, tmp_path, passage):
    jsoc = JsocOnLoopback(records=0)
    raw = tmp_path / "raw" / "p1.zip"
    with (
        LoopbackArchive(jsoc.files) as server,
        pytest.raises(FetchError, match=r"no record in mdi\.fd_M.*Correct its dates"),
    ):
        Fetcher(make_web(server.url)).fetch(passage, None, raw)
    assert not list(tmp_path.rglob("export-request"))


def test_jsoc_that_does_not_answer(tmp_path):
    with pytest.raises(FetchError, match="JSOC does not answer"):
        Jsoc("http://127.0.0.1:9").export(RECORDS, tmp_path)
