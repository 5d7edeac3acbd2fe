"""Folders and zip files of pictures with tables, and stacks with a catalogue."""

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from galaxy_files import opened, packed, reason
from PIL import Image

from skyloom.surveys.contract import UnreadableArchiveError

CLASSES = {
    "0": "elliptical",
    "1": "clockwise",
    "2": "anticlockwise",
    "3": "edge-on",
    "4": "do-not-know",
    "5": "merger",
}


def picture(value: int, kind: str = "JPEG", side: int = 20) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), (value, 0, 255 - value)).save(file, kind)
    return file.getvalue()


def fits_cutout(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    fits.PrimaryHDU(pixels).writeto(file)
    return file.getvalue()


TABLE = b"CLASS,dec,OBJID,z,ra\n3,0.5,a,0.1,10\n1,0.5,b,0.2,10\n9,0.5,c,0.3,190\n"


def test_columns_are_found_in_any_order(tmp_path: Path):
    members = {f"im/{name}.jpeg": picture(100) for name in "abc"} | {"t.csv": TABLE}
    first, second, third = opened(packed(tmp_path / "a.zip", members), labels=CLASSES).offers
    assert (first.label, first.target, first.covariates["ra"]) == ("edge-on", 0.1, 10)
    assert (second.label, second.target) == ("clockwise", 0.2)
    assert first.group == second.group != third.group
    expected = f"its label '9' is not in reader.labels ({', '.join(CLASSES)})"
    assert third.rejected == expected


@pytest.mark.parametrize(
    "table",
    [
        b"objID,file\n1237648720693755918,1.png\n1237648720693755919,2.png\n",
        b"run,camcol,field,file,ra,dec\n756,2,427,1.png,150,2\n756,2,427,2.png,152,2\n",
    ],
)
def test_pictures_of_one_field_by_their_table_share_a_group(tmp_path: Path, table: bytes):
    members = {f"{number}.png": picture(number, "PNG") for number in (1, 2)} | {"t.csv": table}
    first, second = opened(packed(tmp_path / "a.zip", members)).offers
    assert first.group == second.group == "000756-2-0427"
    assert first.split == second.split


def test_a_folder_is_read_like_a_zip_file(tmp_path: Path):
    members = {f"{name}.png": picture(50, "PNG") for name in "abc"} | {"t.csv": TABLE}
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in members.items():
        (folder / name).write_bytes(content)
    packed_offers = opened(packed(tmp_path / "a.zip", members)).offers
    assert list(opened(folder).offers) == list(packed_offers)


def test_pixels_are_the_picture_cropped_to_its_middle(tmp_path: Path):
    archive = opened(packed(tmp_path / "a.zip", {"a.png": picture(77, "PNG")}), crop=8)
    pixels = archive.read(archive.offers[0]).pixels
    assert pixels.shape == (3, 8, 8)
    assert pixels.dtype == np.uint8
    assert (pixels[:, 0, 0] == [77, 0, 178]).all()


def test_fits_cutouts_of_one_and_more_bands_keep_their_flux(tmp_path: Path):
    cube = np.random.default_rng(0).normal(0, 1, (3, 9, 9)).astype(np.float32)
    members = {"grz.fits": fits_cutout(cube), "r.fits": fits_cutout(cube[1])}
    grz, r = (archive := opened(packed(tmp_path / "a.zip", members))).offers
    np.testing.assert_array_equal(archive.read(grz).pixels, cube)
    np.testing.assert_array_equal(archive.read(r).pixels, cube[1:2])


def test_a_file_column_finds_the_picture_and_the_id_may_differ(tmp_path: Path):
    table = b"png_loc,iauname,redshift\ndr5/J00/J1.png,another,0.05\n"
    archive = opened(packed(tmp_path / "a.zip", {"J1.png": picture(9, "PNG"), "t.csv": table}))
    assert archive.offers[0].target == 0.05


def test_what_table_and_pictures_lack_of_each_other_is_remarked(tmp_path: Path):
    members = {"a.jpg": picture(1), "z.jpg": picture(1), "t.csv": TABLE}
    assert opened(packed(tmp_path / "a.zip", members)).remarks == [
        "1 pictures stand in no table: no label, no redshift",
        "2 rows of the tables have no picture in this archive",
    ]


def test_a_picture_that_the_archive_lacks_is_a_rejected_row(tmp_path: Path):
    listed = b"name\turl\tbytes\tsha256\tstate\na.jpg\tx\t1\t0\tpresent\nb.jpg\ty\t\t\tabsent\n"
    members = {"a.jpg": picture(1), "members.tsv": listed, "t.csv": TABLE}
    archive = opened(packed(tmp_path / "a.zip", members))
    assert [offer.rejected for offer in archive.offers] == [
        None,
        "the archive has no such file (404)",
    ]
    assert archive.offers[1].label == "1"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jpeg", b"", "no readable image (0 bytes)"),
        ("a.jpeg", picture(3)[:200], "no readable image (200 bytes)"),
        ("a.fits", b"SIMPLE  =", "no readable FITS file (9 bytes)"),
        ("a.fits", fits_cutout(np.full((9, 9), np.nan)), "no finite pixel"),
    ],
)
def test_a_broken_picture_is_rejected_alone(tmp_path: Path, name: str, content: bytes, says: str):
    archive = opened(packed(tmp_path / "a.zip", {name: content, "b.jpeg": picture(5)}))
    assert reason(archive, 0).startswith(says)
    assert reason(archive, 1) == ""


def test_two_pictures_of_one_name_give_one_image(tmp_path: Path):
    archive = opened(packed(tmp_path / "a.zip", {"x/a.jpg": picture(1), "y/a.jpg": picture(2)}))
    first, second = archive.offers
    assert first.rejected is None
    assert second.rejected == "its id a stood in the catalogue before"
    assert second.image_id == "a#2"


@pytest.mark.parametrize(
    ("table", "settings", "says"),
    [
        (b"name_of_galaxy,CLASS\na,1\n", {}, "t.csv has no column for id or file; its columns are"),
        (b"", {}, "t.csv is empty"),
        (b"OBJID,CLASS\na,1\nb,1,2\n", {}, "t.csv is no readable CSV table: row 2 has 3 values"),
        (TABLE, {"columns": {"label": "kind"}}, "t.csv has no column 'kind', which reader.columns"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_columns(
    tmp_path: Path, table: bytes, settings: dict[str, object], says: str
):
    path = packed(tmp_path / "a.zip", {"a.jpg": picture(1), "t.csv": table})
    with pytest.raises(UnreadableArchiveError, match=says):
        opened(path, **settings)


def test_an_archive_without_pictures_is_refused(tmp_path: Path):
    with pytest.raises(UnreadableArchiveError, match=r"a.zip holds no .jpg, .png or .fits"):
        opened(packed(tmp_path / "a.zip", {"readme.txt": b"nothing"}))


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


STACK_TABLE = b"FULLID,z,RA,DEC\n" + b"".join(
    f"s{n},0.{n + 1},{10 * n},5\n".encode() for n in range(3)
)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 2, 3)])
def test_a_stack_is_cut_along_the_axis_of_its_catalogue(
    tmp_path: Path, order: tuple[int, int, int, int]
):
    stack = np.arange(3 * 4 * 6 * 6, dtype=np.float64).reshape(3, 4, 6, 6)
    members = {"griz.npy": npy(stack.transpose(order)), "table.csv": STACK_TABLE}
    archive = opened(packed(tmp_path / "a.zip", members))
    assert [offer.target for offer in archive.offers] == [0.1, 0.2, 0.3]
    np.testing.assert_array_equal(archive.read(archive.offers[1]).pixels, stack[1])


def test_a_stack_that_does_not_fit_its_catalogue_is_refused(tmp_path: Path):
    members = {"griz.npy": npy(np.zeros((5, 4, 6, 6))), "table.csv": STACK_TABLE}
    with pytest.raises(UnreadableArchiveError, match="N = 3, the rows of the catalogue"):
        opened(packed(tmp_path / "a.zip", members))


def test_which_of_several_stacks_must_be_named(tmp_path: Path):
    members = {
        "a.npy": npy(np.zeros((3, 4, 6, 6))),
        "b.npy": npy(np.ones((3, 4, 6, 6))),
        "table.csv": STACK_TABLE,
    }
    path = packed(tmp_path / "a.zip", members)
    with pytest.raises(UnreadableArchiveError, match=r"holds 2 .npy arrays \(a.npy, b.npy\)"):
        opened(path)
    archive = opened(path, stack="b.npy")
    assert (archive.read(archive.offers[0]).pixels == 1).all()


def test_the_real_galaxy_zoo_set_is_read_whole(real_data: Path):
    archive = opened(real_data / "galaxy" / "smallGZ1", labels=CLASSES, crop=212)
    assert Counter(offer.label for offer in archive.offers) == {
        "edge-on": 596,
        "anticlockwise": 256,
        "elliptical": 243,
        "clockwise": 242,
        "merger": 76,
        "do-not-know": 30,
    }
    assert archive.remarks == []
    first = archive.offers[0]
    assert (first.image_id, first.group) == ("587722952767439450", "000745-3-0524")
    assert all(reason(archive, place) == "" for place in range(0, 1443, 60))
    assert archive.read(first).pixels.shape == (3, 212, 212)


def test_the_real_decals_pictures_have_the_redshifts_of_three_tables(real_data: Path):
    archive = opened(real_data / "galaxy" / "gz_decals_sample")
    redshifts = {offer.image_id: offer.target for offer in archive.offers}
    assert len(redshifts) == 18
    assert redshifts["J075543.11+213131.1"] == pytest.approx(0.11874902)
    assert redshifts["J081412.47+220853.0"] == pytest.approx(0.07693277)
    assert redshifts["J084235.76+241231.3"] == pytest.approx(0.04224605)
    assert None not in redshifts.values()
    assert archive.read(archive.offers[0]).pixels.shape == (3, 424, 424)


def test_the_real_griz_stack_is_read_with_its_fits_catalogue(real_data: Path):
    archive = opened(
        real_data / "galaxy" / "piczl_demo",
        stack="processed_dered_griz_images.npy",
        redshift_range=(0.0, 6.0),
    )
    assert len(archive.offers) == 50
    assert len({offer.target for offer in archive.offers}) == 35
    assert (archive.offers[0].image_id, archive.offers[0].target) == ("10000_324608_4317", 0.4388)
    stored = np.load(real_data / "galaxy" / "piczl_demo" / "processed_dered_griz_images.npy")
    np.testing.assert_array_equal(archive.read(archive.offers[7]).pixels, stored[:, 7])
