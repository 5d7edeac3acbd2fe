"""`skyloom list-shards`: sheets that read back, options from a source's fields."""

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from skyloom.__main__ import main
from skyloom.archives.listing import Listing
from skyloom.archives.loopback import LoopbackArchive
from skyloom.archives.rows import ChangedRowError, row_settings, shard_of_row
from skyloom.archives.sheets import add_to_sheet, comments_of, write_sheet
from skyloom.settings.base import Settings
from skyloom.shards import ArchiveFile, Member, Shard, ShardSheetError, members_path, read_sheet

WORDS = st.text("abcXYZ019 .:'\"#,|é", max_size=12).map(lambda text: " ".join(text.split()))
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
HEX = "0123456789abcdef"
FILES = st.builds(
    ArchiveFile,
    url=st.sampled_from(["https://x.org/a%20b.zip?download=1", "file:///d/x.zip", "sub/y.zip"]),
    bytes=st.none() | st.integers(0, 10**12),
    sha256=st.none() | st.text(HEX, min_size=64, max_size=64),
    md5=st.none() | st.text(HEX, min_size=32, max_size=32),
)
MEMBER_URLS = st.sampled_from(["https://x.org/n/{}", "https://y.org/q?file={}", "https://x.org/{}"])


@st.composite
def listed_shards(draw):
    """Shards whose rows share the survey's columns, some of them folders with members."""
    shards = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)):
        file = draw(FILES)
        columns = {"site": draw(WORDS), "first sol": draw(WORDS)}
        members = ()
        if draw(st.booleans()):
            file = ArchiveFile("https://x.org/n/")
            names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
            members = tuple(
                Member(
                    f"dir/{part}.gz",
                    ArchiveFile(draw(MEMBER_URLS).format(f"dir/{part}.gz"), draw(FILES).bytes),
                    {"time": draw(WORDS)},
                )
                for part in names
            )
        shards.append(Shard(name, file, columns, members))
    return shards


@settings(max_examples=40, deadline=None)
@given(shards=listed_shards())
def test_a_written_sheet_reads_back(shards, tmp_path_factory):
    path = tmp_path_factory.mktemp("sheet") / "s.tsv"
    write_sheet(shards, path, ["made by a test"])
    assert list(read_sheet(path).values()) == shards


def shard(name, url="https://x.org/a.zip", **columns):
    return Shard(name, ArchiveFile(url), columns)


def test_adding_leaves_rows_and_comments(tmp_path):
    path = tmp_path / "s.tsv"
    path.write_text("# of mine\nshard\turl\tbytes\tsha256\tsol\na\thttps://x.org/old.zip\t\t\t7\n")
    listing = Listing([shard("a", sol="9"), shard("b", sol="8", camera="M34")])
    assert add_to_sheet(listing, path, ["added"]) == ["b"]
    shards = read_sheet(path)
    assert list(shards) == ["a", "b"]
    assert shards["a"].file.url == "https://x.org/old.zip"
    assert shards["a"].columns == {"sol": "7", "camera": ""}
    assert shards["b"].columns == {"sol": "8", "camera": "M34"}
    assert comments_of(path) == ["of mine", "added"]
    before = path.read_bytes()
    assert add_to_sheet(listing, path, ["again"]) == []
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("shards", "part"), [([], "no shard"), ([shard("a"), shard("a")], "'a' stands twice")]
)
def test_what_is_no_sheet_is_not_written(tmp_path, shards, part):
    with pytest.raises(ShardSheetError, match=part):
        write_sheet(shards, tmp_path / "s.tsv", [])
    assert not list(tmp_path.iterdir())


def test_a_job_finds_its_row_and_notices_when_it_has_changed(tmp_path):
    sheet = tmp_path / "s.tsv"
    rows = [shard("a", sol="1"), shard("b", sol="2")]
    write_sheet(rows, sheet, [])
    said = row_settings(sheet, rows[0])
    write_sheet([rows[0], shard("b", sol="3"), shard("c", sol="4")], sheet, [])
    assert shard_of_row(said, "a") == rows[0]
    with pytest.raises(ChangedRowError, match="row of shard b has changed"):
        shard_of_row(row_settings(sheet, rows[1]), "b")


class Nights(Settings):
    """Nights of a camera, from its index pages.

    Longer words that the short help leaves out.
    """

    sites: tuple[str, ...] = Field(description="Sites, such as gill.")
    since: date = Field(description="First day (100 % UTC).")
    limit: int | None = Field(None, description="Most shards to list.")
    step: float = Field(1.0, gt=0, description="Hours per shard.")

    def list_shards(self, web):
        text = web.text("https://camera.org/index.txt")
        names = [name for name in text.split() if name.split("-")[0] in self.sites]
        shards = [
            Shard(name, ArchiveFile("https://camera.org/n/"), {"since": str(self.since)}, parts)
            for name in names[: self.limit]
            for parts in [(Member("a.gz", ArchiveFile("https://camera.org/n/a.gz", 10), {}),)]
        ]
        return Listing(shards, ["rank has no data before 2014"])


@pytest.fixture
def archive(monkeypatch):
    part = SimpleNamespace(SOURCES={"nights": Nights})
    monkeypatch.setattr("skyloom.archives.command.survey_part", lambda survey, name: part)
    with LoopbackArchive({"index.txt": b"gill-1 rank-1 gill-2"}) as server:
        yield server


@pytest.fixture
def run(archive, tmp_path, capsys):
    def run(*words):
        sheet = ["--sheet", str(tmp_path / "s.tsv"), "--mirror", archive.url]
        status = main(["list-shards", "mars", "nights", *sheet, *words])
        return status, capsys.readouterr()

    return run


ASKED = ("--sites", "gill,inuv", "--since", "2014-03-10")


def test_the_command_writes_a_sheet_that_tells_how_it_was_made(run, tmp_path):
    status, said = run(*ASKED)
    assert status == 0
    assert "rank has no data before 2014" in said.out
    assert "found 2 shards, 2 files, 0.0 MB" in said.out
    shards = read_sheet(tmp_path / "s.tsv")
    assert list(shards) == ["gill-1", "gill-2"]
    assert shards["gill-1"].columns == {"since": "2014-03-10"}
    assert shards["gill-1"].members[0].file == ArchiveFile("https://camera.org/n/a.gz", 10)
    (comment,) = comments_of(tmp_path / "s.tsv")
    assert "skyloom list-shards mars nights" in comment
    assert "--since 2014-03-10" in comment


def test_a_sheet_is_replaced_only_when_told_so(run, tmp_path):
    run(*ASKED, "--limit", "1")
    status, said = run(*ASKED)
    assert status == 1
    assert "is there already: add to it with --append" in said.err
    assert list(read_sheet(tmp_path / "s.tsv")) == ["gill-1"]
    assert "1 shards written" in run(*ASKED, "--append")[1].out
    assert list(read_sheet(tmp_path / "s.tsv")) == ["gill-1", "gill-2"]
    run("--sites", "rank", "--since", "2014-03-10", "--force")
    assert list(read_sheet(tmp_path / "s.tsv")) == ["rank-1"]
    assert members_path(tmp_path / "s.tsv").exists()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["mras", "nights"], "unknown survey 'mras'. Did you mean 'mars'?"),
        (["mars", "night"], "mars has no source 'night'. Did you mean 'nights'?"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(archive, capsys, words, part):
    assert main(["list-shards", *words, "--sheet", "x.tsv"]) == 1
    assert part in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (
            ("--sites", "gill", "--since", "March"),
            "mars nights.since: Input should be a valid date",
        ),
        ((*ASKED, "--step", "0"), "mars nights.step: Input should be greater than 0, found '0'"),
        (("--sites", "none", "--since", "2014-03-10"), "lists nothing for these options"),
    ],
)
def test_a_bad_option_writes_nothing(run, tmp_path, options, part):
    status, said = run(*options)
    assert status == 1
    assert part in said.err
    assert not list(tmp_path.glob("s*"))


def test_help_comes_from_the_fields(archive, capsys):
    with pytest.raises(SystemExit):
        main(["list-shards", "mars", "nights", "--help"])
    text = capsys.readouterr().out
    assert "--sites A,B,..." in text
    assert "First day (100 % UTC). (required)" in text
    assert "Hours per shard. (default: 1.0)" in text


def test_without_a_source_the_sources_are_printed(archive, capsys):
    assert main(["list-shards", "mars"]) == 0
    assert "mars nights               Nights of a camera, from its index pages." in (
        capsys.readouterr().out
    )
