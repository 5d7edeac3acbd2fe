"""Listing the archives: requests as their servers want them, answers as they give them."""

import pytest

from skyloom.shards import members_path, read_sheet
from skyloom.surveys.mars.lister import SOURCES
from skyloom.surveys.mars.records import UnexpectedRecordError


class FakeWeb:
    """Answers by a function of (address, body); keeps what was asked."""

    def __init__(self, answer):
        self._answer = answer
        self.asked = []

    def json(self, url, parameters=None):
        assert parameters is None, "the address is one string"
        self.asked.append(url)
        return self._answer(url)

    def post(self, url, body):
        self.asked.append((url, body))
        return self._answer(body)


def curiosity(number, sol=1000, **fields):
    name = f"{sol:04d}MR00446300006{number:05d}E01_DXXX"
    return {
        "id": number,
        "imageid": name,
        "sol": sol,
        "mission": "msl",
        "instrument": "MAST_RIGHT",
        "https_url": f"https://mars.nasa.gov/msl-raw-images/msss/01000/mcam/{name}.jpg",
        "url": f"http://mars.jpl.nasa.gov/msl-raw-images/msss/01000/mcam/{name}.jpg",
        "date_taken": "2015-05-30T12:15:31.000Z",
        "is_thumbnail": False,
        "extended": {"sample_type": "full"},
        **fields,
    }


def perseverance(number, sol=1, **fields):
    name = f"NLF_{sol:04d}_06670227{number:02d}_000ECM_N0010052AUT_04096_00_2I3J"
    root = f"https://mars.nasa.gov/mars2020-raw-images/pub/ods/surface/sol/{sol:05d}/{name}01"
    return {
        "imageid": name,
        "sol": sol,
        "camera": {"instrument": "NAVCAM_LEFT", "filter_name": "UNK"},
        "image_files": {"small": f"{root}_320.jpg", "full_res": f"{root}.png"},
        "extended": {"dimension": "(1280,960)"},
        "sample_type": "Full",
        "date_taken_utc": "2021-02-19T16:04:13.000",
        **fields,
    }


def test_curiosity_pages_end_with_the_total_and_empty_sols_are_said():
    entries = [curiosity(number) for number in range(230)]

    def answer(url):
        if "condition_2=1001:sol:in" in url:
            return {"items": [], "total": 0}
        page = int(url.split("&page=")[1].split("&")[0])
        return {"items": entries[100 * page : 100 * page + 100], "total": 230}

    web = FakeWeb(answer)
    listing = SOURCES["curiosity-raw"](first_sol=1000, last_sol=1001).list_shards(web)
    (shard,) = listing.shards
    assert (shard.name, shard.columns) == ("msl-sol01000", {"mission": "msl", "sol": "1000"})
    assert len(shard.members) == 230
    first = shard.members[0]
    assert first.name == "1000MR0044630000600000E01_DXXX.jpg"
    assert first.file.url == entries[0]["https_url"]
    assert first.columns == {
        "mission": "msl",
        "sol": "1000",
        "camera": "MAST_RIGHT",
        "sample_type": "full",
        "date_taken_utc": "2015-05-30T12:15:31.000Z",
        "width": "",
    }
    assert listing.remarks == ["1 sols without images: 1001"]
    assert len(web.asked) == 4
    assert "order=sol+desc,instrument_sort+asc&per_page=100&page=0&" in web.asked[0]
    assert not any("%2C" in url for url in web.asked)


def test_missing_fields_other_sols_and_thumbnails_lose_only_themselves():
    entries = [
        curiosity(1),
        curiosity(2, https_url=None),
        curiosity(3, https_url=None, url=None),
        curiosity(4, sol=999),
        curiosity(5, is_thumbnail=True),
        {"imageid": "bare"},
        curiosity(6, extended=None, instrument=None, date_taken=None),
    ]
    pages = FakeWeb(lambda url: {"items": entries if "&page=0&" in url else []})
    listing = SOURCES["curiosity-raw"](first_sol=1000, last_sol=1000).list_shards(pages)
    (shard,) = listing.shards
    assert [member.name[18:22] for member in shard.members] == ["0001", "0002", "0006"]
    assert shard.members[1].file.url.startswith("http://mars.jpl.nasa.gov/")
    assert listing.remarks == [
        "1 thumbnails left out",
        "3 entries left out that have no address or belong to another sol",
    ]


def test_a_server_that_repeats_its_last_page_for_ever_is_asked_twice():
    web = FakeWeb(lambda url: {"items": [curiosity(1), curiosity(2)]})
    listing = SOURCES["curiosity-raw"](first_sol=1000, last_sol=1000).list_shards(web)
    assert len(listing.shards[0].members) == 2
    assert len(web.asked) == 2


def test_perseverance_renderings_and_fallback_to_another_sol():
    def answer(url):
        if "condition_2=1:sol:gte&condition_3=1:sol:lte" in url:
            entries = [perseverance(1), perseverance(2, sample_type="Thumbnail"), perseverance(3)]
            return {"images": entries, "total_results": 3}
        return {"images": [perseverance(9, sol=1900)], "total_results": 1}

    small = SOURCES["perseverance-raw"](first_sol=1, last_sol=2).list_shards(FakeWeb(answer))
    (shard,) = small.shards
    assert [member.name for member in shard.members] == [
        "NLF_0001_0667022701_000ECM_N0010052AUT_04096_00_2I3J01_320.jpg",
        "NLF_0001_0667022703_000ECM_N0010052AUT_04096_00_2I3J01_320.jpg",
    ]
    assert shard.members[0].columns["camera"] == "NAVCAM_LEFT"
    assert shard.members[0].columns["width"] == "1280"
    assert small.remarks[-1] == "1 sols without images: 2"
    full = SOURCES["perseverance-raw"](first_sol=1, last_sol=1, size="full_res")
    assert full.list_shards(FakeWeb(answer)).shards[0].members[0].name.endswith("2I3J01.png")
    assert (
        SOURCES["perseverance-raw"](first_sol=1, last_sol=1, size="large")
        .list_shards(FakeWeb(answer))
        .shards
        == []
    ), "no such rendering: no address"


def atlas_hit(number, sample="N"):
    folder = "atlas:pds4:mars_2020:perseverance:/mars2020_imgops/browse/sol/00088/ids/rdr/ncam"
    name = f"NLF_0088_067475{number:04d}_190RAS_{sample}0040048AUT_04096_00_2I4J02.png"
    archive = {"name": name, "size": 1000 + number, "md5": f"{number:032x}"}
    return {"_source": {"uri": f"{folder}/{name}", "archive": archive}, "sort": [name]}


def test_the_atlas_is_asked_folder_by_folder_and_page_by_page():
    hits = [atlas_hit(number) for number in range(1200)] + [atlas_hit(9999, sample="T")]

    def answer(body):
        after = body.get("search_after", [""])[0]
        rest = [hit for hit in hits if hit["sort"][0] > after]
        return {"hits": {"hits": rest[: body["size"]]}}

    web = FakeWeb(answer)
    listing = SOURCES["pds-atlas"](first_sol=88, last_sol=88).list_shards(web)
    (shard,) = listing.shards
    assert len(shard.members) == 1200
    member = shard.members[7]
    assert (member.file.bytes, member.file.md5) == (1007, f"{7:032x}")
    assert member.file.url == (
        "https://pds-imaging.jpl.nasa.gov/api/data/atlas:pds4:mars_2020:perseverance:"
        f"/mars2020_imgops/browse/sol/00088/ids/rdr/ncam/{member.name}"
    )
    assert member.columns["date_taken_utc"].startswith("2021-05-20T")
    assert listing.remarks == ["1 thumbnails left out"]
    assert len(web.asked) == 2
    url, body = web.asked[0]
    assert url.startswith("https://pds-imaging.jpl.nasa.gov/api/search/atlas/_search?filter_path=")
    folder = {
        "archive.parent_uri": "atlas:pds4:mars_2020:perseverance:/mars2020_imgops/browse/sol/00088/"
    }
    assert {"prefix": folder} in body["query"]["bool"]["filter"]


def test_an_empty_answer_of_the_atlas_is_an_empty_sol():
    listing = SOURCES["pds-atlas"](first_sol=3, last_sol=4).list_shards(FakeWeb(lambda body: {}))
    assert (listing.shards, listing.remarks) == ([], ["2 sols without images: 3, 4"])


@pytest.mark.parametrize(
    ("source", "record", "key", "shard"),
    [
        ("msl-v1", 1049137, "msl-images.zip", "msl-images"),
        ("msl-v2.1", 4033453, "msl-labeled-data-set-v2.1.zip", "msl-labeled-data-set-v2-1"),
        ("hirise-v3.2", 4002935, "hirise-map-proj-v3_2.zip", "hirise-map-proj-v3_2"),
    ],
)
def test_zenodo_records_give_size_and_md5(source, record, key, shard):
    zipped = {"key": key, "size": 123, "checksum": "md5:" + "ab" * 16, "links": {"self": "x"}}
    readme = {"key": "README.txt", "size": 1, "checksum": "md5:" + "cd" * 16}
    web = FakeWeb(lambda url: {"id": record, "files": [readme, zipped]})
    (found,) = SOURCES[source]().list_shards(web).shards
    assert web.asked == [f"https://zenodo.org/api/records/{record}"]
    assert (found.name, found.suffix) == (shard, ".zip")
    assert found.file.url == f"https://zenodo.org/records/{record}/files/{key}?download=1"
    assert (found.file.bytes, found.file.md5, found.file.sha256) == (123, "ab" * 16, None)


def test_a_record_without_zip_says_where_to_look():
    web = FakeWeb(lambda url: {"files": [{"key": "README.txt"}]})
    with pytest.raises(UnexpectedRecordError, match=r"found README.txt.*org/records/1049137"):
        SOURCES["msl-v1"]().list_shards(web)


def test_sols_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="last_sol 3 lies before first_sol 5"):
        SOURCES["curiosity-raw"](first_sol=5, last_sol=3)


def test_shards_listed_are_shards_that_a_sheet_takes(tmp_path):
    """Written by hand as the command writes them: the names pass the sheet's rules."""
    web = FakeWeb(lambda url: {"items": [curiosity(1)], "total": 1})
    (shard,) = SOURCES["curiosity-raw"](first_sol=1000, last_sol=1000).list_shards(web).shards
    (member,) = shard.members
    sheet = tmp_path / "raw.tsv"
    sheet.write_text(f"shard\turl\tbytes\tsha256\n{shard.name}\t{shard.file.url}\t\t\n")
    members_path(sheet).write_text(
        f"shard\tname\turl\tbytes\tsha256\n{shard.name}\t{member.name}\t{member.file.url}\t\t\n"
    )
    (read,) = read_sheet(sheet)[shard.name].members
    assert read.file.url == member.file.url
