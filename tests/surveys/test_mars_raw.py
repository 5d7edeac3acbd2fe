"""Raw images of the rovers: what is used, what is left out, what is rejected."""

from datetime import UTC, datetime

import pytest
from mars_files import jpeg, make_zip, open_made

from skyloom.surveys.contract import UNLISTED, UnreadableArchiveError, UnreadableImageError

CURIOSITY = "1000MR0044630000600001E01_DXXX"
NAVCAM = "NLB_516721703EDR_F0540992CCAM15900M1"
PERSEVERANCE = "NLF_0001_0667022701_000ECM_N0010052AUT_04096_00_2I3J01_320"


def index(*rows):
    columns = ["name", "state", "mission", "sol", "camera", "sample_type", "date_taken_utc"]
    lines = ["\t".join(columns)]
    lines += ["\t".join(row.get(column, "") for column in columns) for row in rows]
    return "\n".join(lines) + "\n"


def test_the_index_describes_images_and_absent_ones_keep_a_row(tmp_path):
    rows = [
        {
            "name": "one.jpg",
            "state": "present",
            "mission": "m2020",
            "sol": "12",
            "camera": "NAVCAM_LEFT",
            "sample_type": "Full",
            "date_taken_utc": "2021-03-02T10:00:00.500Z",
        },
        {"name": "two.jpg", "state": "absent", "mission": "m2020", "sol": "12"},
        {"name": "three.jpg", "state": "present", "sol": "13", "date_taken_utc": "soon"},
    ]
    path = make_zip(tmp_path / "a.zip", {"one.jpg": jpeg(), "members.tsv": index(*rows)})
    archive = open_made(path, columns={"mission": "m2020"})
    one, two, three = archive.offers
    assert (one.split, one.label, one.group) == (UNLISTED, None, "m2020-sol0012")
    assert one.covariates == {"mission": "m2020", "sol": 12, "camera": "NAVCAM_LEFT"}
    assert one.time == datetime(2021, 3, 2, 10, 0, 0, 500000, tzinfo=UTC)
    assert two.rejected == "absent at the archive"
    assert three.rejected == "named in members.tsv, not in the zip"
    assert (three.group, three.time) == ("m2020-sol0013", None)
    assert archive.read(one).pixels.shape == (3, 90, 120)


def test_a_folder_without_index_tells_by_its_names(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in (CURIOSITY, NAVCAM, PERSEVERANCE):
        (tmp_path / "deep" / f"{name}.jpg").write_bytes(jpeg())
    (tmp_path / "holiday.jpg").write_bytes(jpeg())
    archive = open_made(tmp_path, exclude_sols=())
    groups = {offer.image_id: offer.group for offer in archive.offers}
    assert groups == {
        CURIOSITY: "msl-sol1000",
        NAVCAM: "msl-sol1343",
        PERSEVERANCE: "m2020-sol0001",
        "holiday": "holiday",
    }
    assert archive.remarks[0].startswith("1 images whose sol is unknown")


def test_thumbnails_and_excluded_sols_are_left_out_and_counted(tmp_path):
    small = CURIOSITY.replace("E01", "I01")
    images = {f"{name}.jpg": jpeg() for name in (CURIOSITY, small, NAVCAM, PERSEVERANCE, "a", "b")}
    rows = [
        {"name": "a.jpg", "sample_type": "Thumbnail", "sol": "5"},
        {"name": "b.jpg", "mission": "m2020", "sol": "1000"},
    ]
    path = make_zip(tmp_path / "a.zip", images | {"members.tsv": index(*rows)})
    kept = {offer.image_id for offer in open_made(path).offers}
    assert kept == {PERSEVERANCE, "b"}, "sols 949 to 2224 are Curiosity's, not Perseverance's"
    assert sorted(open_made(path).remarks) == [
        "2 images left out: taken on sols 949 to 2224 (exclude_sols)",
        "2 images left out: thumbnails",
    ]
    everything = open_made(path, keep_thumbnails=True, exclude_sols=())
    assert len(everything.offers) == 6
    edges = open_made(path, exclude_sols=((1000, 1000), (1344, 1400)))
    assert {offer.image_id for offer in edges.offers} == {NAVCAM, PERSEVERANCE, "b"}


def test_an_archive_of_which_everything_is_left_out_is_empty_and_no_error(tmp_path):
    archive = open_made(make_zip(tmp_path / "a.zip", {f"{CURIOSITY}.jpg": jpeg()}))
    assert list(archive.offers) == []
    assert "1 images left out" in archive.remarks[0]


def test_narrow_images_are_rejected_when_read(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.jpg": jpeg(size=(64, 64))})
    archive = open_made(path)
    with pytest.raises(UnreadableImageError, match="a thumbnail, 64 pixels wide"):
        archive.read(archive.offers[0])
    kept = open_made(path, keep_thumbnails=True)
    assert kept.read(kept.offers[0]).pixels.shape == (3, 64, 64)


def test_an_index_without_names_is_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.jpg": jpeg(), "members.tsv": "file\na.jpg\n"})
    with pytest.raises(UnreadableArchiveError, match="no column 'name'; found file"):
        open_made(path)
