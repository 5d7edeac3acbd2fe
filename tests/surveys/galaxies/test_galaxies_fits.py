"""FITS images from bytes: the quick way and astropy's own agree."""

import gzip
import io

import numpy as np
import pytest
from astropy.io import fits

from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.fits import read_fits


def written(
    *units: fits.PrimaryHDU | fits.ImageHDU | fits.CompImageHDU, checksum: bool = False
) -> bytes:
    file = io.BytesIO()
    fits.HDUList(list(units)).writeto(file, checksum=checksum)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("shape", [(7, 9), (3, 7, 9)])
def test_every_type_of_pixel_is_read_as_astropy_reads_it(kind: str, shape: tuple[int, ...]):
    pixels = np.random.default_rng(0).integers(0, 99, shape).astype(kind)
    content = written(fits.PrimaryHDU(pixels))  # u2 is stored with BZERO
    found, header = read_fits(content, dimensions=len(shape))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, fits.getdata(io.BytesIO(content)))
    assert header["NAXIS1"] == 9


def test_a_file_may_be_packed_with_gzip(monkeypatch):
    pixels = np.arange(64, dtype=np.int16).reshape(8, 8)
    packed = gzip.compress(written(fits.PrimaryHDU(pixels)))
    np.testing.assert_array_equal(read_fits(packed)[0], pixels)
    damaged = bytearray(packed)
    damaged[-6] ^= 1  # of its checksum
    for content, reason in ((packed[:-20], "end too early"), (bytes(damaged), "are damaged")):
        with pytest.raises(UnreadableImageError, match=f"its gzip data {reason}"):
            read_fits(content)
    with pytest.raises(UnreadableImageError, match="4 bytes follow its gzip data"):
        read_fits(packed + b"more")
    monkeypatch.setattr("skyloom.surveys.gzipped.LARGEST_MEMBER", 2879)
    with pytest.raises(UnreadableImageError, match="unpack to more than 2879 bytes"):
        read_fits(packed)


def test_scale_zero_and_blank_are_applied():
    unit = fits.PrimaryHDU(np.array([[1, 2], [3, -5]], dtype=np.int16))
    unit.header["BLANK"] = -5
    unit.header["BSCALE"], unit.header["BZERO"] = 0.5, 10.0
    content = written(unit)
    found, _ = read_fits(content)
    np.testing.assert_array_equal(found, fits.getdata(io.BytesIO(content)))
    assert np.isnan(found[1, 1])


@pytest.mark.parametrize("later", [fits.ImageHDU, fits.CompImageHDU])
def test_an_image_in_a_later_unit_is_found_with_its_own_header(later: type):
    pixels = np.arange(64, dtype=np.int16).reshape(8, 8)
    unit = later(pixels)
    unit.header["QUALITY"] = 7
    found, header = read_fits(written(fits.PrimaryHDU(), unit))
    np.testing.assert_array_equal(found, pixels)
    assert header["QUALITY"] == 7


def test_the_array_can_be_written_to():
    found, _ = read_fits(written(fits.PrimaryHDU(np.zeros((4, 4), np.float32))))
    found[0, 0] = 1
    assert found.sum() == 1


@pytest.mark.parametrize("length", [0, 9, 2000, 2880, 3000])
def test_a_file_cut_short_is_refused(length: int):
    content = written(fits.PrimaryHDU(np.ones((40, 40), np.float32)))
    with pytest.raises(UnreadableImageError, match=rf"\({length} bytes\)|no image with 2 axes"):
        read_fits(content[:length])


@pytest.mark.parametrize("kind", ["primary", "later", "compressed"])
def test_data_that_differ_from_their_checksum_are_refused(kind: str):
    pixels = np.random.default_rng(0).integers(-500, 500, (60, 60)).astype(np.int16)
    unit = {
        "primary": fits.PrimaryHDU,
        "later": fits.ImageHDU,
        "compressed": fits.CompImageHDU,
    }[kind](pixels)
    content = written(*([] if kind == "primary" else [fits.PrimaryHDU()]), unit, checksum=True)
    np.testing.assert_array_equal(read_fits(content)[0], pixels)
    damaged = bytearray(content)
    damaged[-2880 + 9] ^= 4
    with pytest.raises(UnreadableImageError, match="another checksum than DATASUM"):
        read_fits(bytes(damaged))


def test_a_header_that_was_edited_after_its_checksum_is_no_damage():
    content = written(fits.PrimaryHDU(np.ones((8, 8), np.float32)), checksum=True)
    edited = content.replace(b"EXTEND  =                    T", b"EXTEND  =                    F")
    assert edited != content
    assert read_fits(edited)[0].sum() == 64
