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
    assert (shard.bytes, shard.columns) == (12, {"site": "gill"})
