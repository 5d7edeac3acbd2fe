"""Bad input: every fault is one clear message or one rejected row, and nothing else is lost."""

import hashlib
import io
import zipfile

import numpy as np
import pytest
from mars_files import jpeg, make_zip, open_made, picture
from PIL import Image

from skyloom.surveys.contract import UnreadableArchiveError, UnreadableImageError

GOOD = "0010ML0000000110100031E01_DRCL"


def deep_png():
    """A grey PNG of 16 bits."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((120, 120), 40000, dtype=np.uint16)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"no readable image \(0 bytes\)"),
        (b"not a picture", r"no readable image \(13 bytes\)"),
        (jpeg()[:300], r"no readable image \(300 bytes\): Truncated"),
        (picture()[:60], "no readable image"),
        (deep_png(), "a PNG of 16 bits a band where 8 are expected"),
        (picture(0, "L", (9000, 9000)), "9000 x 9000 pixels, where at most 40000000"),
    ],
    ids=["0 bytes", "text", "cut JPEG", "cut PNG", "16-bit PNG", "huge picture"],
)
def test_one_bad_image_is_one_rejected_row(tmp_path, content, reason):
    path = make_zip(tmp_path / "a.zip", {"bad.jpg": content, f"{GOOD}.jpg": jpeg()})
    archive = open_made(path)
    good, bad = archive.offers
    with pytest.raises(UnreadableImageError, match=reason) as caught:
        archive.read(bad)
    assert caught.value.sha256 == hashlib.sha256(content).hexdigest()
    assert archive.read(good).pixels[0, 45, 60] == pytest.approx(100, abs=2)


def damage_first_member(path):
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)


def claim_a_huge_size(path):
    """Make the first member claim 3 GB in the zip file's directory."""
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (3 * 2**30).to_bytes(4, "little")
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(damage_first_member, "a.jpg cannot be unpacked"), (claim_a_huge_size, "unpacks to 3221225")],
)
def test_a_damaged_member_is_one_image_not_the_archive(tmp_path, spoil, reason):
    path = make_zip(tmp_path / "a.zip", {"a.jpg": jpeg(), "b.jpg": jpeg(200)})
    spoil(path)
    archive = open_made(path)
    with pytest.raises(UnreadableImageError, match=reason):
        archive.read(archive.offers[0])
    assert archive.read(archive.offers[1]).pixels[0, 0, 0] == pytest.approx(200, abs=2)


def make_escaping(path):
    return make_zip(path, {"../up.jpg": jpeg()})


def make_cut(path):
    path.write_bytes(b"PK but cut")
    return path


def make_without_images(path):
    return make_zip(path, {"readme.txt": b"x"})


def make_half(path):
    whole = make_zip(path, {"a.jpg": jpeg(), "b.jpg": jpeg()}).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (make_escaping, r"a member named '\.\./up\.jpg', which leads out"),
        (make_cut, r"no readable zip or tar file (.|\n)*run acquire"),
        (make_half, r"no readable zip or tar file (.|\n)*run acquire"),
        (make_without_images, r"holds no \.jpg or \.png\. Expected a labelled set"),
    ],
)
def test_an_unusable_archive_says_what_to_do(tmp_path, make, message):
    with pytest.raises(UnreadableArchiveError, match=message) as caught:
        open_made(make(tmp_path / "x.zip"))
    assert "x.zip" in str(caught.value)


def test_duplicate_names_in_a_raw_archive_keep_both_rows(tmp_path):
    path = tmp_path / "a.zip"
    make_zip(path, {f"one/{GOOD}.jpg": jpeg(), f"two/{GOOD}.jpg": jpeg()})
    first, second = open_made(path).offers
    assert (first.image_id, first.rejected) == (GOOD, None)
    assert second.rejected == f"same file name as one/{GOOD}.jpg"
    assert second.image_id == f"two/{GOOD}.jpg"


def test_two_members_of_one_name_in_a_zip_are_read_as_the_last(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{GOOD}.jpg", jpeg(10))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(f"{GOOD}.jpg", jpeg(200))
    archive = open_made(path)
    (offer,) = archive.offers
    assert archive.read(offer).pixels[0, 0, 0] == pytest.approx(200, abs=2)
