import pytest

from skyloom.shards import ShardSheetError, read_sheet

HEAD = "shard\turl\tbytes\tsha256\n"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("shard,url,bytes,sha256\na,b,,\n", "separated by tabs"),
        (HEAD, "no rows"),
        (HEAD + "a\thttps://x/y.zip\t\t\na\thttps://x/z.zip\t\t\n", "shard 'a' stands twice"),
        (HEAD + "a b\thttps://x/y.zip\t\t\n", "'a b'"),
        (HEAD + "a\t\t\t\n", "url is empty"),
        (HEAD + "a\thttps://x/y.zip\t\tabc\n", "expected 64 hex digits"),
        (HEAD + "a\thttps://x/y.zip\tmany\t\n", "bytes is 'many'"),
    ],
)
def test_bad_sheets(tmp_path, text, part):
    path = tmp_path / "sheet.tsv"
    path.write_text(text)
    with pytest.raises(ShardSheetError, match=part):
        read_sheet(path)


def test_missing_sheet_says_what_it_is(tmp_path):
    with pytest.raises(ShardSheetError, match="columns shard, url, bytes, sha256"):
        read_sheet(tmp_path / "none.tsv")


@pytest.mark.parametrize(
    ("url", "suffix"),
    [
        ("https://z.org/records/1/files/msl-labeled-data-set-v2.1.zip", ".zip"),
        ("https://x/20140310_0600_gill_themis19_full.pgm.gz", ".pgm.gz"),
        ("https://x/a.zip?download=1", ".zip"),
        ("https://x/folder", ".raw"),
    ],
)
def test_suffix(tmp_path, url, suffix):
    path = tmp_path / "sheet.tsv"
    path.write_text(f"# note\n{HEAD.strip()}\tsite\na\t{url}\t12\t{'0' * 64}\tgill\n")
    shard = read_sheet(path)["a"]
    assert shard.suffix == suffix
    assert (shard.file.bytes, shard.columns) == (12, {"site": "gill"})


FOLDER = HEAD + "hour\thttps://x/ut06/\t\t\n"
MEMBERS = "shard\tname\turl\tbytes\tsha256\tsol\n"


def write_folder(tmp_path, members):
    (tmp_path / "sheet.tsv").write_text(FOLDER)
    (tmp_path / "sheet.members.tsv").write_text(MEMBERS + members)
    return tmp_path / "sheet.tsv"


def test_members_stand_below_the_folder_or_elsewhere(tmp_path):
    rows = "hour\ta.gz\t\t5\t\t1\nhour\tin/b.gz\thttps://y/c.gz?x=1\t\t\t2\n"
    shard = read_sheet(write_folder(tmp_path, rows))["hour"]
    assert [(m.name, m.file.url) for m in shard.members] == [
        ("a.gz", "https://x/ut06/a.gz"),
        ("in/b.gz", "https://y/c.gz?x=1"),
    ]
    assert (shard.suffix, shard.members[0].file.bytes) == (".zip", 5)
    assert shard.members[1].columns == {"sol": "2"}


@pytest.mark.parametrize(
    ("members", "part"),
    [
        ("other\ta.gz\t\t\t\t\n", "lists no file of shard hour"),
        ("hour\t../a.gz\t\t\t\t\n", "without '..'"),
        ("hour\t/etc/a\t\t\t\t\n", "without '..'"),
        ("hour\ta.gz\t\t\t\t\nhour\ta.gz\t\t\t\t\n", "stands twice"),
        ("hour\tmembers.tsv\t\t\t\t\n", "members.tsv"),
        ("hour\ta.gz\t\tmany\t\t\n", "bytes is 'many'"),
    ],
)
def test_bad_members(tmp_path, members, part):
    with pytest.raises(ShardSheetError, match=part):
        read_sheet(write_folder(tmp_path, members))


def test_a_folder_without_members_file_says_how_to_write_one(tmp_path):
    (tmp_path / "sheet.tsv").write_text(FOLDER)
    with pytest.raises(ShardSheetError, match="skyloom list-shards"):
        read_sheet(tmp_path / "sheet.tsv")
