from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from skyloom.errors import SkyloomError
from skyloom.settings.base import parse
from skyloom.surveys.sun.lister import SOURCES

CSV = (
    "AR,date,lat,lon\n"
    "BARD0310,1998-12-06T02:30:00,-21.5,10\n"
    "BARD0311,2001-01-06,95,20\n"
    "BARD0312,2002-01-06,15,20\n"
)
COLUMNS = "region=AR,first_seen=date,latitude=lat,carrington_longitude=lon"


class FakeWeb:
    """Answers from a table of addresses; keeps what was asked."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers, self.asked = answers, list[str]()

    def json(self, url: str, parameters: Mapping[str, str] | None = None) -> Any:
        asked = url + "".join(f"&{key}={value}" for key, value in (parameters or {}).items())
        self.asked.append(asked)
        return next(answer for part, answer in self.answers.items() if part in asked)

    def text(self, url: str, parameters: Mapping[str, str] | None = None) -> str:
        return str(self.json(url, parameters))

    def post(self, url: str, body: Any) -> Any:
        raise AssertionError("nothing is posted")


def dataset(*names: str) -> dict[str, Any]:
    files = [
        {"dataFile": {"id": 40 + n, "filename": name, "md5": "0" * 32}}
        for n, name in enumerate(names)
    ]
    return {"status": "OK", "data": {"latestVersion": {"files": files}}}


def test_mdi_passages_come_from_the_catalogue_in_the_dataverse() -> None:
    web = FakeWeb({"persistentId": dataset("readme.pdf", "bard.csv"), "datafile/41": CSV})
    source = parse(SOURCES["mdi-passages"], {"columns": COLUMNS}, "")
    listing = source.list_shards(web)
    assert [shard.name for shard in listing.shards] == ["BARD0310-19981206", "BARD0312-20020106"]
    assert any("latitude is 95" in remark for remark in listing.remarks)
    first = listing.shards[0]
    assert first.file.url.startswith("jsoc:mdi.fd_M_96m_lev182[1998.1")
    assert first.file.url.endswith("_TAI/15d@96m]{data}")
    assert dict(first.columns) == {
        "region": "BARD0310",
        "first_seen": "1998-12-06T02:30:00+00:00",
        "latitude": "-21.5",
        "carrington_longitude": "10",
        "label": "",
        "emergence_time": "",
    }


def test_a_catalogue_of_the_users_own_and_days_are_honoured(tmp_path: Path) -> None:
    table = tmp_path / "regions.csv"
    table.write_text(CSV)
    options = {
        "catalogue": str(table),
        "columns": COLUMNS,
        "first": "2000-01-01",
        "frames": "30",
        "cadence_minutes": "720",
    }
    listing = parse(SOURCES["hmi-passages"], options, "").list_shards(FakeWeb({}))
    [shard] = listing.shards
    assert shard.columns["region"] == "BARD0312"
    assert shard.file.url.startswith("jsoc:hmi.M_720s[200")
    assert shard.file.url.endswith("_TAI/15d@720m]{magnetogram}")
    assert "1 regions lie outside the days asked for" in listing.remarks


@pytest.mark.parametrize(
    ("names", "options", "said"),
    [
        (("a.csv", "b.csv"), {}, "2 tables that would do; found a.csv, b.csv"),
        (("a.csv",), {"file": "c.csv"}, "0 tables that would do"),
        (("a.csv",), {"columns": "region"}, "expected ours=theirs"),
        (("a.csv",), {}, "lacks the column.s. region"),
    ],
)
def test_what_cannot_be_listed_is_said_in_words(
    names: tuple[str, ...], options: dict[str, str], said: str
) -> None:
    web = FakeWeb({"persistentId": dataset(*names), "datafile": CSV})
    with pytest.raises(SkyloomError, match=said):
        parse(SOURCES["mdi-passages"], options, "").list_shards(web)


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    source = parse(SOURCES["mdi-passages"], {"catalogue": str(tmp_path / "no.csv")}, "")
    with pytest.raises(SkyloomError, match=r"no\.csv"):
        source.list_shards(FakeWeb({}))


def test_sharps_are_listed_with_the_times_that_jsoc_has() -> None:
    times = ["2011.02.10_23:58:12_TAI", "2011.02.15_02:00:00_TAI", "2011.02.10_22:58:12_TAI"]
    web = FakeWeb(
        {
            "[377]": {"status": 0, "keywords": [{"name": "T_REC", "values": times}]},
            "[378]": {"status": 0, "count": 0},
        }
    )
    source = parse(SOURCES["sharps"], {"first_harp": "377", "last_harp": "378"}, "")
    listing = source.list_shards(web)
    [shard] = listing.shards
    assert shard.file.url == (
        "jsoc:hmi.sharp_cea_720s[377][2011.02.10_22:58:12_TAI-2011.02.15_02:00:00_TAI@12h]"
        "{magnetogram,bitmap}"
    )
    assert shard.columns["records"] == "3"
    assert listing.remarks == ["no record of HARP 378"]
    assert web.asked[0].endswith("&op=rs_list&ds=hmi.sharp_cea_720s[377]&key=T_REC")


def test_a_refusal_of_jsoc_is_passed_on() -> None:
    web = FakeWeb({"[1]": {"status": 1, "error": "no such series"}})
    source = parse(SOURCES["sharps"], {"first_harp": "1", "last_harp": "1"}, "")
    with pytest.raises(SkyloomError, match="no such series"):
        source.list_shards(web)
