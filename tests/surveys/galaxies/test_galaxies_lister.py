"""Listing of the galaxies' archives, against answers made up in their form."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from skyloom.surveys.contract import UnreadableArchiveError
from skyloom.surveys.galaxies.lister import SOURCES, NothingListedError

ANSWER = """#Table1
objID,run,camcol,field
1237648720693755918,756,2,427
1237648720693755919,756,2,427
1237648720693821450,756,2,428
1237645943978524819,109,4,11
"""


class FakeWeb:
    """Answers with one text or document, and remembers what was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def text(self, url: str, parameters: Mapping[str, str] | None = None) -> str:
        self.asked.append((url, parameters or {}))
        return str(self.answer)

    def json(self, url: str, parameters: Mapping[str, str] | None = None) -> Any:
        self.asked.append((url, parameters or {}))
        return self.answer

    def post(self, url: str, body: Any) -> Any:
        raise AssertionError("nothing is posted")


def listing(source: str, web: FakeWeb, **options: object) -> Any:
    return SOURCES[source].model_validate(options).list_shards(web)


def test_fields_become_shards_of_frames_and_a_catalogue():
    found = listing("sdss-frames", FakeWeb(ANSWER), fields_per_shard=2)
    assert [shard.name for shard in found.shards] == ["sdss-000109-4-0011", "sdss-000756-2-0428"]
    first = found.shards[0]
    assert first.file.url == "https://data.sdss.org/sas/dr17/eboss/photoObj/frames/301/"
    assert len(first.members) == 12
    assert first.members[2].name == "frame-r-000109-4-0011.fits.bz2"
    assert first.members[2].file.url == (
        "https://data.sdss.org/sas/dr17/eboss/photoObj/frames/301/109/4/"
        "frame-r-000109-4-0011.fits.bz2"
    )
    assert first.members[5].name == "catalogue-000109-4-0011.csv"
    assert found.remarks[0].startswith("3 fields in 2 shards.")


def test_the_sample_and_the_area_are_asked_for():
    web = FakeWeb(ANSWER)
    listing("sdss-frames", web, limit=500, ra_min=150, ra_max=160.5, dec_min=-1, dec_max=2)
    url, parameters = web.asked[0]
    assert url == "https://skyserver.sdss.org/dr17/SkyServerWS/SearchTools/SqlSearch"
    assert parameters["format"] == "csv"
    sql = parameters["cmd"]
    assert sql.startswith("SELECT TOP 500 p.objID, p.run, p.camcol, p.field FROM SpecObj s")
    for condition in (
        "s.class = 'GALAXY' AND s.zWarning = 0",
        "(s.legacy_target1 & 64) > 0",
        "(p.petroMag_r - p.extinction_r) <= 17.8",
        "s.z BETWEEN 0 AND 0.4",
        "p.ra BETWEEN 150.0 AND 160.5",
        "p.dec BETWEEN -1.0 AND 2.0",
    ):
        assert condition in sql


def test_without_a_limit_fields_are_asked_for_and_not_galaxies():
    web = FakeWeb("run,camcol,field\n756,2,427\n109,4,11\n")
    found = listing("sdss-frames", web)
    assert [shard.name for shard in found.shards] == ["sdss-000109-4-0011"]
    sql = web.asked[0][1]["cmd"]
    assert sql.startswith("SELECT DISTINCT p.run, p.camcol, p.field FROM SpecObj s")
    assert sql.endswith(" ORDER BY p.run, p.camcol, p.field")


@pytest.mark.parametrize("rows", [100_000, 500_000])
def test_an_answer_that_skyserver_cut_is_refused(rows: int):
    web = FakeWeb("run,camcol,field\n" + "756,2,427\n" * rows)
    with pytest.raises(NothingListedError, match=rf"has {rows} rows.*--ra-min"):
        listing("sdss-frames", web)
    assert len(listing("sdss-frames", web, limit=rows).shards) == 1


def test_a_catalogue_is_a_query_for_its_own_field():
    member = listing("sdss-frames", FakeWeb(ANSWER)).shards[0].members[-1]
    assert member.name == "catalogue-000756-2-0428.csv"
    assert " " not in member.file.url
    asked = parse_qs(urlsplit(member.file.url).query)
    assert asked["format"] == ["csv"]
    sql = asked["cmd"][0]
    assert "p.run = 756 AND p.camcol = 2 AND p.field = 428" in sql
    assert "p.extinction_z, p.petroMag_r" in sql
    assert "zooSpec" in sql
    assert all(f"p.modelMag_{band}" in sql for band in "ugriz")
    plain = listing("sdss-frames", FakeWeb(ANSWER), morphology=False).shards[0].members[-1]
    assert "zooSpec" not in plain.file.url


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ("", UnreadableArchiveError, "SkyServer's answer is empty"),
        ("No objects have been found", NothingListedError, "begins 'No objects have been found'"),
        ("#Table1\nobjID,run,camcol,field\n", NothingListedError, "Widen the area"),
    ],
)
def test_an_answer_without_galaxies_is_said(answer: str, error: type[Exception], says: str):
    with pytest.raises(error, match=says):
        listing("sdss-frames", FakeWeb(answer))


def test_the_npz_is_found_in_the_index_of_its_site():
    files = [{"_id": "1", "name": "readme.txt"}, {"_id": "2", "name": "sdss.npz", "size": 54}]
    web = FakeWeb(files)
    (shard,) = listing("pasquet-npz", web).shards
    assert web.asked[0][0].endswith("/api/v1/item/60ef1e05be2b8ebb048d951d/files")
    assert shard.file.url == "https://deepdip.iap.fr/api/v1/file/2/download"
    assert shard.file.bytes == 54


def test_without_an_npz_in_the_index_the_page_to_fetch_it_from_is_named():
    with pytest.raises(NothingListedError, match=r"deepdip.iap.fr/#item/60ef.* --address file:///"):
        listing("pasquet-npz", FakeWeb({"message": "no"}))


@pytest.mark.parametrize("source", ["pasquet-npz", "hdf5"])
def test_a_given_address_is_taken_without_asking(source: str):
    web = FakeWeb(None)
    (shard,) = listing(source, web, address="file:///data/own-file").shards
    assert shard.file.url == "file:///data/own-file"
    assert web.asked == []
