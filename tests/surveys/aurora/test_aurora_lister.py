import pytest

from skyloom.archives.sheets import write_sheet
from skyloom.archives.web import AbsentError
from skyloom.settings.base import ConfigError, parse
from skyloom.shards import read_sheet
from skyloom.surveys.aurora.lister import SOURCES

CALGARY = "https://data.phys.ucalgary.ca/sort_by_project/THEMIS/asi/stream0/2014/03/10/"
BERKELEY = "https://themis.ssl.berkeley.edu/data/themis/thg/l1/asi/gill/"


def index(*names):
    """Return an Apache index page."""
    rows = "".join(
        f'<tr><td valign="top"><img src="/icons/unknown.gif" alt="[   ]"></td>'
        f'<td><a href="{name}">{name[:20]}..&gt;</a></td><td>2014-03-10 07:10</td>'
        f'<td align="right">2.0M</td></tr>\n'
        for name in names
    )
    return (
        "<html><head><title>Index of /x</title></head><body><h1>Index of /x</h1><table>"
        '<tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=S;O=A">Size</a></th></tr>'
        '<tr><td><a href="/sort_by_project/THEMIS/">Parent Directory</a></td></tr>'
        f'{rows}</table><a href="https://www.apache.org/">Apache</a></body></html>'
    )


class FakeWeb:
    """An archive of pages by address; notes what it was asked for."""

    def __init__(self, pages):
        self.pages, self.asked = pages, []

    def text(self, url, parameters=None):
        self.asked.append(url)
        if url not in self.pages:
            raise AbsentError(f"{url}: the server answered 404")
        return self.pages[url]


def minutes(hour, *extra):
    names = [f"20140310_{hour}{m:02d}_gill_themis19_full.pgm.gz" for m in (0, 1, 30)]
    return index(*names, *extra)


def themis_raw(**options):
    given = {"sites": ["gill"], "start": "2014-03-10T06:00", "end": "2014-03-10T08:00"}
    return parse(SOURCES["themis-raw"], {**given, **options}, "")


def test_stream0_shards_are_site_hours_of_minute_files_without_row2():
    web = FakeWeb(
        {
            CALGARY: index("gill_themis19/", "fsmi_themis20/"),
            f"{CALGARY}gill_themis19/ut06/": minutes(
                "06", "20140310_0600_gill_themis19_full_row2.pgm.gz", "notes.txt"
            ),
            f"{CALGARY}gill_themis19/ut07/": minutes("07"),
        }
    )
    listing = themis_raw().list_shards(web)
    assert [shard.name for shard in listing.shards] == ["gill-20140310-06", "gill-20140310-07"]
    first = listing.shards[0]
    assert first.file.url == f"{CALGARY}gill_themis19/ut06/"
    assert [member.name[9:13] for member in first.members] == ["0600", "0601", "0630"]
    assert first.members[1].file.url == first.file.url + first.members[1].name
    assert web.asked.count(CALGARY) == 1, "a day's page is asked for once"


def test_stream0_keeps_to_the_minutes_asked_for_and_tells_gaps():
    web = FakeWeb(
        {CALGARY: index("gill_themis19/"), f"{CALGARY}gill_themis19/ut06/": minutes("06")}
    )
    options = {"sites": ["gill", "fsmi"], "start": "2014-03-10T06:01", "end": "2014-03-10T07:10"}
    listing = themis_raw(**options).list_shards(web)
    (shard,) = listing.shards
    assert [member.name[9:13] for member in shard.members] == ["0601", "0630"]
    gaps = [remark for remark in listing.remarks if "no minute files" in remark]
    assert [gap.partition(":")[0] for gap in gaps] == [
        "fsmi, 2014-03-10 06 UTC",
        "gill, 2014-03-10 07 UTC",
        "fsmi, 2014-03-10 07 UTC",
    ]


def test_level_1_takes_the_newest_version_of_each_hour():
    names = [f"thg_l1_asf_gill_2014031006_v0{v}.cdf" for v in (1, 2)]
    other = ["thg_l1_asf_gill_2014031009_v01.cdf", "thg_l1_asf_gill_2014031007_v01.cdf"]
    web = FakeWeb({f"{BERKELEY}2014/03/": index(*names, *other)})
    given = {"sites": ["gill"], "start": "2014-03-10T06:00", "end": "2014-03-10T09:00"}
    listing = parse(SOURCES["themis-l1"], given, "").list_shards(web)
    assert [shard.file.url for shard in listing.shards] == [
        f"{BERKELEY}2014/03/thg_l1_asf_gill_2014031006_v02.cdf",
        f"{BERKELEY}2014/03/thg_l1_asf_gill_2014031007_v01.cdf",
    ]
    assert any("gill_2014031008" in remark for remark in listing.remarks)
    assert web.asked == [f"{BERKELEY}2014/03/"]


def test_thumbnails_are_listed_by_the_day_over_months():
    pages = {
        f"{BERKELEY}2014/{month}/": index(f"thg_l1_ast_gill_2014{month}{day}_v01.cdf")
        for month, day in (("02", "28"), ("03", "01"))
    }
    given = {
        "sites": ["gill"],
        "start": "2014-02-28T22:00",
        "end": "2014-03-01T02:00",
        "product": "ast",
    }
    listing = parse(SOURCES["themis-l1"], given, "").list_shards(FakeWeb(pages))
    assert [shard.name for shard in listing.shards] == ["ast-gill-20140228", "ast-gill-20140301"]


@pytest.mark.parametrize(
    ("page", "sha256"),
    [("<pre>SHA256SUM " + "Ab" * 32 + "</pre>", "ab" * 32), ("<html>", None), (None, None)],
)
def test_oath_has_the_checksum_that_its_page_prints(page, sha256):
    folder = "http://tid.uio.no/plasma/oath/"
    listing = SOURCES["oath"]().list_shards(FakeWeb({} if page is None else {folder: page}))
    (shard,) = listing.shards
    assert shard.file.url == f"{folder}oath_v1.1_20181026.tgz"
    assert shard.file.sha256 == sha256
    assert bool(listing.remarks) is (sha256 is None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sites": ["Gillam"]}, "three or four small letters"),
        ({"end": "2014-03-10T06:00"}, "is not before end"),
        ({"cadence": 3}, "unknown key"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        themis_raw(**options)


def test_a_listing_becomes_a_sheet_and_comes_back(tmp_path):
    web = FakeWeb(
        {CALGARY: index("gill_themis19/"), f"{CALGARY}gill_themis19/ut06/": minutes("06")}
    )
    listing = themis_raw().list_shards(web)
    write_sheet(listing.shards, tmp_path / "s.tsv", ["test"])
    read = read_sheet(tmp_path / "s.tsv")["gill-20140310-06"]
    assert [member.file.url for member in read.members] == [
        member.file.url for member in listing.shards[0].members
    ]
