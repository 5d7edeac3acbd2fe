"""Raw files of shards: one file, many members, local copies; first checksums and second names."""

import hashlib
import zipfile
from dataclasses import replace

import pytest

from skyloom.archives.faults import ALWAYS, Fault
from skyloom.archives.fetch import Fetcher
from skyloom.archives.ledger import Ledger
from skyloom.archives.locate import NotInArchiveError, local_copy, mirror
from skyloom.archives.loopback import LoopbackArchive
from skyloom.archives.pack import pack_folder
from skyloom.archives.verify import FetchError
from skyloom.archives.web import AbsentError, WebError
from skyloom.shards import ArchiveFile, Member, Shard

CONTENT = b"raw bytes of an archive " * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = "https://archive.org/records/7/set.zip"
BASE = "https://archive.org/2014/03/10/"
NAMES = ("gill/a.pgm.gz", "gill/b.pgm.gz", "rank/c.pgm.gz")
NIGHT = {f"2014/03/10/{name}": name.encode() * 500 for name in NAMES}


def shard(url=URL, members=(), **said):
    return Shard("s", ArchiveFile(url, **said), {}, tuple(members))


def members(**said):
    return [
        Member(name, ArchiveFile(BASE + name, **said), {"site": name[:4], "minute": str(number)})
        for number, name in enumerate(NAMES)
    ]


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "raw" / "s.zip"


@pytest.fixture
def ledger_path(tmp_path):
    return tmp_path / "sheet.sha256"


def visible(raw):
    return [path.name for path in raw.parent.iterdir() if not path.name.startswith(".")]


def test_a_file_is_downloaded_verified_and_recorded(make_web, raw, ledger_path):
    with LoopbackArchive({"records/7/set.zip": CONTENT}) as server:
        fetcher = Fetcher(make_web(server.url), Ledger(ledger_path))
        fetched = fetcher.fetch(shard(bytes=len(CONTENT)), None, raw)
    assert raw.read_bytes() == CONTENT
    assert (fetched.how, fetched.sha256, fetched.bytes) == ("downloaded", SHA256, len(CONTENT))
    assert fetched.origin == f"{server.url}/records/7/set.zip"
    assert not fetched.checked
    assert ledger_path.read_text() == f"{SHA256}\ts\t{URL}\n"
    assert not list((raw.parent / ".incoming").iterdir())


def test_a_missing_checksum_is_enforced_after_the_first_fetch(make_web, raw, ledger_path):
    with LoopbackArchive({"records/7/set.zip": CONTENT}) as server:
        Fetcher(make_web(server.url), Ledger(ledger_path)).fetch(shard(), None, raw)
    (raw.parent / ".kept" / "s.zip").unlink()
    with LoopbackArchive({"records/7/set.zip": b"a new version"}) as server:
        fetcher = Fetcher(make_web(server.url), Ledger(ledger_path))
        with pytest.raises(FetchError, match=rf"expected {SHA256}.*line in its \.sha256 file"):
            fetcher.fetch(shard(), None, raw)
    assert raw.read_bytes() == CONTENT


def test_a_file_known_by_the_ledger_is_not_fetched_again(make_web, raw, ledger_path):
    with LoopbackArchive({"records/7/set.zip": CONTENT}) as server:
        for _ in range(2):
            fetched = Fetcher(make_web(server.url), Ledger(ledger_path)).fetch(shard(), None, raw)
            raw.unlink()
        assert len(server.asked) == 1
    assert fetched.how == "already here, verified"
    assert fetched.checked


def test_a_kept_file_that_was_altered_is_fetched_again(make_web, raw, ledger_path):
    with LoopbackArchive({"records/7/set.zip": CONTENT}) as server:
        Fetcher(make_web(server.url), Ledger(ledger_path)).fetch(shard(), None, raw)
        raw.unlink()
        (raw.parent / ".kept" / "s.zip").write_bytes(b"altered")
        fetched = Fetcher(make_web(server.url), Ledger(ledger_path)).fetch(shard(), None, raw)
    assert fetched.how == "downloaded"
    assert raw.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ({"sha256": "0" * 64}, "sha256 is"),
        ({"md5": "0" * 32}, "md5 is"),
        ({"bytes": 5}, "size in bytes is 24000, expected 5"),
    ],
)
def test_another_file_than_the_sheet_says_leaves_what_was_there(make_web, raw, said, part):
    raw.parent.mkdir()
    raw.write_bytes(b"old and good")
    with (
        LoopbackArchive({"records/7/set.zip": CONTENT}) as server,
        pytest.raises(FetchError, match=part),
    ):
        Fetcher(make_web(server.url)).fetch(shard(**said), None, raw)
    assert raw.read_bytes() == b"old and good"
    assert visible(raw) == ["s.zip"]
    assert not list(raw.parent.rglob("*.partial"))


def test_members_become_one_zip_that_depends_on_them_alone(make_web, tmp_path):
    digests = []
    for run in ("first", "second"):
        raw = tmp_path / run / "s.zip"
        faults = [Fault("cut", "2014/03/10/gill/b.pgm.gz")] if run == "second" else []
        with LoopbackArchive(NIGHT, faults) as server:
            night = shard(BASE, members())
            fetched = Fetcher(make_web(server.url)).fetch(night, None, raw)
        digests.append(raw.read_bytes())
    assert digests[0] == digests[1]
    assert (fetched.members, fetched.absent) == (3, ())
    with zipfile.ZipFile(raw) as archive:
        assert archive.namelist() == ["gill/a.pgm.gz", "gill/b.pgm.gz", "members.tsv", *NAMES[2:]]
        assert archive.read(NAMES[1]) == NIGHT[f"2014/03/10/{NAMES[1]}"]
        rows = [line.split("\t") for line in archive.read("members.tsv").decode().splitlines()]
    assert rows[0] == ["name", "url", "bytes", "sha256", "state", "site", "minute"]
    content = NIGHT[f"2014/03/10/{NAMES[1]}"]
    digest = hashlib.sha256(content).hexdigest()
    expected = [NAMES[1], BASE + NAMES[1], str(len(content)), digest, "present", "gill", "1"]
    assert rows[2] == expected


def test_a_member_that_the_archive_lacks_is_recorded(make_web, raw, ledger_path):
    there = {name: content for name, content in NIGHT.items() if "b.pgm" not in name}
    with LoopbackArchive(there) as server:
        fetcher = Fetcher(make_web(server.url), Ledger(ledger_path))
        fetched = fetcher.fetch(shard(BASE, members()), None, raw)
    assert fetched.absent == ("gill/b.pgm.gz",)
    with zipfile.ZipFile(raw) as archive:
        assert "gill/b.pgm.gz" not in archive.namelist()
        line = archive.read("members.tsv").decode().splitlines()[2]
    assert line.split("\t") == [NAMES[1], BASE + NAMES[1], "", "", "absent", "gill", "1"]
    assert [line.split("\t")[1] for line in ledger_path.read_text().splitlines()] == [
        "s/gill/a.pgm.gz",
        "s/rank/c.pgm.gz",
    ]


def test_nothing_there_at_all_is_an_error(make_web, raw):
    with LoopbackArchive({"else": b""}) as server:
        fetcher = Fetcher(make_web(server.url))
        with pytest.raises(FetchError, match="none of the 3 files is in the archive"):
            fetcher.fetch(shard(BASE, members()), None, raw)
        with pytest.raises(AbsentError, match="404"):
            fetcher.fetch(shard(), None, raw)
    assert not visible(raw)


def test_complete_members_are_kept_over_an_interruption(make_web, raw):
    broken = [Fault("status", f"2014/03/10/{NAMES[2]}", times=4, status=500)]
    with LoopbackArchive(NIGHT, broken) as server:
        fetcher = Fetcher(make_web(server.url))
        with pytest.raises(WebError, match="500"):
            fetcher.fetch(shard(BASE, members()), None, raw)
        assert not visible(raw)
        before = len(server.asked)
        fetcher.fetch(shard(BASE, members()), None, raw)
        assert {target for _, target in server.asked[before:]} == {f"2014/03/10/{NAMES[2]}"}
    assert visible(raw) == ["s.zip"]
    assert not list((raw.parent / ".incoming").iterdir())


def test_what_came_from_another_address_is_not_taken_up(make_web, raw):
    broken = [Fault("status", f"2014/03/10/{NAMES[2]}", times=4, status=500)]
    moved = [
        replace(member, file=ArchiveFile(member.file.url.replace("/10/", "/11/")))
        for member in members()
    ]
    other = {name.replace("/10/", "/11/"): b"of the eleventh" for name in NIGHT}
    with LoopbackArchive({**NIGHT, **other}, broken) as server:
        fetcher = Fetcher(make_web(server.url))
        with pytest.raises(WebError, match="500"):
            fetcher.fetch(shard(BASE, members()), None, raw)
        fetcher.fetch(shard(BASE.replace("/10/", "/11/"), moved), None, raw)
    assert zipfile.ZipFile(raw).read(NAMES[0]) == b"of the eleventh"
    assert not list((raw.parent / ".incoming").iterdir())


def test_members_known_by_the_ledger_are_taken_from_the_kept_file(make_web, raw, ledger_path):
    with LoopbackArchive(NIGHT) as server:
        Fetcher(make_web(server.url), Ledger(ledger_path)).fetch(shard(BASE, members()), None, raw)
        first = raw.read_bytes()
        raw.unlink()
        fetcher = Fetcher(make_web(server.url), Ledger(ledger_path))
        assert fetcher.fetch(shard(BASE, members()), None, raw).checked
        assert len(server.asked) == 3
    assert raw.read_bytes() == first


@pytest.mark.parametrize(("place", "asked_again"), [(b"gill/a.pgm.gzgill", 1), (b"PK\x01\x02", 3)])
def test_members_that_the_kept_file_holds_damaged_are_fetched_again(
    make_web, raw, ledger_path, place, asked_again
):
    """The kept file is a hard link to the raw file: a bit that flips on the disk flips in both."""
    with LoopbackArchive(NIGHT) as server:
        Fetcher(make_web(server.url), Ledger(ledger_path)).fetch(shard(BASE, members()), None, raw)
        first = raw.read_bytes()
        damaged = bytearray(first)
        damaged[first.index(place) + len(place) - 1] ^= 1
        raw.write_bytes(damaged)
        raw.unlink()
        Fetcher(make_web(server.url), Ledger(ledger_path)).fetch(shard(BASE, members()), None, raw)
        assert len(server.asked) == 3 + asked_again
    assert raw.read_bytes() == first


def test_a_member_that_changed_in_the_archive_is_refused(make_web, raw, ledger_path):
    with LoopbackArchive(NIGHT) as server:
        Fetcher(make_web(server.url), Ledger(ledger_path)).fetch(shard(BASE, members()), None, raw)
    (raw.parent / ".kept" / "s.zip").unlink()
    changed = {**NIGHT, f"2014/03/10/{NAMES[0]}": b"other"}
    with LoopbackArchive(changed) as server:
        fetcher = Fetcher(make_web(server.url), Ledger(ledger_path))
        with pytest.raises(FetchError, match=r"gill/a\.pgm\.gz: sha256 is"):
            fetcher.fetch(shard(BASE, members()), None, raw)


def test_no_more_requests_at_once_than_the_host_may_have(make_web, raw, crowd):
    def slow(target, body):
        crowd.stay()
        return target.encode()

    parts = [Member(f"m{n}", ArchiveFile(f"{BASE}m{n}"), {}) for n in range(12)]
    with LoopbackArchive({f"2014/03/10/m{n}": slow for n in range(12)}) as server:
        Fetcher(make_web(server.url)).fetch(shard(BASE, parts), None, raw)
    assert 2 <= crowd.most <= 4


def test_an_archive_that_breaks_stops_the_rest_of_the_members(make_web, raw):
    parts = [Member(f"m{n}", ArchiveFile(f"{BASE}m{n}"), {}) for n in range(50)]
    faults = [Fault("status", f"2014/03/10/m{n}", ALWAYS, status=403) for n in range(50)]
    with LoopbackArchive({f"2014/03/10/m{n}": b"x" for n in range(50)}, faults) as server:
        with pytest.raises(WebError, match="403"):
            Fetcher(make_web(server.url)).fetch(shard(BASE, parts), None, raw)
        assert len(server.asked) < 25


def test_a_local_file_is_copied_and_compared(make_web, tmp_path, raw, ledger_path):
    local = tmp_path / "set.zip"
    local.write_bytes(CONTENT)
    fetcher = Fetcher(make_web(), Ledger(ledger_path))
    assert fetcher.fetch(shard(sha256=SHA256), local, raw).how == "copied"
    assert not ledger_path.exists(), "the ledger keeps what the archive gave, not a copy"
    with pytest.raises(FetchError, match="sha256 is"):
        fetcher.fetch(shard(sha256="0" * 64), local, raw)
    with pytest.raises(FetchError, match="is not there"):
        fetcher.fetch(shard(), tmp_path / "none.zip", raw)
    assert raw.read_bytes() == CONTENT


def test_a_local_folder_is_packed_and_not_compared(make_web, tmp_path, raw):
    (tmp_path / "set" / "images").mkdir(parents=True)
    (tmp_path / "set" / "images" / "a.txt").write_text("a")
    fetched = Fetcher(make_web()).fetch(shard(sha256=SHA256), tmp_path / "set", raw)
    assert (fetched.how, fetched.checked) == ("packed folder", False)
    assert zipfile.ZipFile(raw).namelist() == ["images/a.txt"]


@pytest.mark.parametrize("place", ["mars/s/{name}", "raw-images/msss/1 & 2/{name}"])
def test_of_a_local_folder_the_members_alone_are_packed(make_web, tmp_path, raw, place):
    """All sols of Mars have one address above them, so a mirror has one folder for all."""
    base, names = "https://mars.example/raw-images/", ("a.jpg", "b.jpg")
    for name in (*names, "of another sol.jpg"):
        path = tmp_path / "copy" / place.format(name=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    known = {name: hashlib.sha256(name.encode()).hexdigest() for name in names}
    listed = [
        Member(name, ArchiveFile(f"{base}msss/1%20&%202/{name}", sha256=known.get(name)), {})
        for name in (*names, "lost.jpg")
    ]
    sol = shard(base, listed)
    local = local_copy(sol, str(tmp_path / "copy"), "mars")
    fetched = Fetcher(make_web()).fetch(sol, local, raw)
    assert (fetched.how, fetched.origin) == ("packed folder", str(local))
    assert (fetched.members, fetched.absent) == (3, ("lost.jpg",))
    with zipfile.ZipFile(raw) as archive:
        assert archive.namelist() == [*names, "members.tsv"]
        rows = [line.split("\t") for line in archive.read("members.tsv").decode().splitlines()]
    assert [row[3:5] for row in rows[1:]] == [
        [known["a.jpg"], "present"],
        [known["b.jpg"], "present"],
        ["", "absent"],
    ]


def test_members_of_a_local_folder_are_verified(make_web, tmp_path, raw):
    (tmp_path / "gill").mkdir()
    for name in NAMES[:2]:
        (tmp_path / name).write_bytes(b"of the folder")
    known = hashlib.sha256(b"of the folder").hexdigest()
    fetcher = Fetcher(make_web())
    assert fetcher.fetch(shard(BASE, members(sha256=known)), tmp_path, raw).checked
    packed = raw.read_bytes()
    with pytest.raises(FetchError, match=rf"a\.pgm\.gz \(of .*sha256 is {known}, expected 0000"):
        fetcher.fetch(shard(BASE, members(sha256="0" * 64)), tmp_path, raw)
    with pytest.raises(FetchError, match=r"has none of the 1 files of the shard, such as rank/c"):
        fetcher.fetch(shard(BASE, members()[2:]), tmp_path, raw)
    assert raw.read_bytes() == packed


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


def test_an_empty_folder_is_no_shard(tmp_path):
    with pytest.raises(FetchError, match="is an empty folder"):
        pack_folder(tmp_path, tmp_path.with_suffix(".zip"))


def test_where_a_shard_is_taken_from(tmp_path):
    assert local_copy(shard(), None, "mars") is None
    assert local_copy(shard(), "http://127.0.0.1:8/", "mars") is None
    assert mirror("http://127.0.0.1:8/") == "http://127.0.0.1:8/"
    assert mirror(str(tmp_path)) is None
    assert str(local_copy(shard("file:///data/a%20b.zip"), None, "mars")) == "/data/a b.zip"
    with pytest.raises(NotInArchiveError, match=r"mars/set\.zip"):
        local_copy(shard(), str(tmp_path), "mars")
    (tmp_path / "mars").mkdir()
    (tmp_path / "mars" / "set.zip").touch()
    assert local_copy(shard(), str(tmp_path), "mars") == tmp_path / "mars" / "set.zip"
    (tmp_path / "mars" / "s").mkdir()
    assert local_copy(shard(), str(tmp_path), "mars") == tmp_path / "mars" / "s"


@pytest.mark.parametrize("url", ["https://archive.org/", "jsoc:mdi.fd_M[1998.12.01_TAI/15d]{data}"])
def test_an_address_without_a_file_name_is_found_by_its_shard_alone(tmp_path, url):
    (tmp_path / "sun").mkdir()
    with pytest.raises(NotInArchiveError):
        local_copy(shard(url), str(tmp_path), "sun")
