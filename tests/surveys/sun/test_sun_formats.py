"""Ready videos, SHARP patches, whole images and thumbnails."""

from pathlib import Path

import numpy as np
import pytest
from sun_made import fits_bytes, make_zip, solar_disk

from skyloom.surveys.contract import UnreadableArchiveError, UnreadableImageError
from skyloom.surveys.sun.display import thumbnail
from skyloom.surveys.sun.images import stretch
from skyloom.surveys.sun.reader import open_archive
from skyloom.surveys.sun.resample import resample_centred
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.videos import off_limb_to_quiet

TINY = ReaderSettings(frames=5, cadence_seconds=5760, patch_degrees=4, degrees_per_pixel=1)


def cube(*levels: float) -> bytes:
    return fits_bytes(np.float32([np.full((4, 4), level) for level in levels]))


def times(*seconds: float) -> bytes:
    return fits_bytes(np.float64(seconds))


def test_ready_videos_are_placed_by_their_times(tmp_path: Path) -> None:
    files = {
        "v/BARD0310_19981206.fits": cube(200.0, 600.0),
        "v/BARD0310_19981206.dt.fits": times(5761.0, 3 * 5760 + 5000.0),
        "v/BARD0311_19981207.fits": cube(-2000.0, 0.0, 0.0, 0.0, 0.0),
        "labels.csv": b"LABEL,Path\n1,a/b/BARD0310_19981206.fits\n0,c\\BARD0311_19981207.fits\n",
    }
    archive = open_archive(make_zip(tmp_path / "a.zip", files), TINY, {})
    first, second = archive.offers
    video = archive.read(first).pixels[:, 2, 2]
    assert video.tolist() == pytest.approx([0.6, 0.6, 0.7, 0.8, 0.8], abs=1e-3)
    assert archive.read(first).covariates["first_frame"] == 1
    assert (first.label, second.label) == ("emergence", "non-emergence")
    assert (first.split, first.group) == ("test", "BARD0310_CR1943")
    assert np.all(archive.read(second).pixels == 0.5)  # fill off the limb, then quiet Sun


def test_folders_of_the_published_set_give_class_and_split(tmp_path: Path) -> None:
    name = "BARD_v2/AR_Non_Emergence/Validation/BARD0001_19970303"
    files = {f"{name}.fits": cube(0, 0), f"{name}.dt.fits": times(0, 5760)}
    [offer] = open_archive(make_zip(tmp_path / "a.zip", files), TINY, {}).offers
    assert (offer.label, offer.split) == ("non-emergence", "val")


def test_a_label_table_without_header_is_read_by_numbers(tmp_path: Path) -> None:
    settings = TINY.model_copy(update={"label_columns": ("2", "0")})
    files = {
        "BARD0001_19970303.fits": cube(0),
        "BARD0001_19970303.dt.fits": times(0),
        "t.csv": b"2,x,/d/BARD0001_19970303.fits\n",
    }
    [offer] = open_archive(make_zip(tmp_path / "a.zip", files), settings, {}).offers
    assert "label '2' is none of" in str(offer.rejected)
    with pytest.raises(UnreadableArchiveError, match=r"lacks the column.s. path, label"):
        open_archive(make_zip(tmp_path / "b.zip", files), TINY, {})


@pytest.mark.parametrize(
    ("content", "dt", "said"),
    [
        (cube(0, 0), times(0), "2 frames, but 1 times"),
        (cube(0), times(1e9), "none of its 1 frames"),
        (fits_bytes(np.zeros((2, 5, 4), np.float32)), times(0, 1), "5x4 pixels, expected 4x4"),
        (fits_bytes(np.zeros((4, 4), np.float32)), times(0), "no image with 3 axes"),
        (cube(np.nan), times(0), "no finite pixel"),
        (cube(0)[:100], times(0), "no readable FITS"),
    ],
)
def test_a_video_that_cannot_be_used_says_why(
    tmp_path: Path, content: bytes, dt: bytes, said: str
) -> None:
    files = {"BARD0001_19970303.fits": content, "BARD0001_19970303.dt.fits": dt}
    archive = open_archive(make_zip(tmp_path / "a.zip", files), TINY, {})
    with pytest.raises(UnreadableImageError, match=said):
        archive.read(archive.offers[0])


def test_only_fill_that_touches_a_corner_is_off_the_limb() -> None:
    image = np.full((5, 5), 0.6, np.float32)
    image[0, :2] = 0  # touches a corner
    image[2, 2] = 0  # a saturated spot
    image[4, 1:4] = 0  # an edge, no corner
    result = off_limb_to_quiet(image)
    assert result[0, :2].tolist() == [0.5, 0.5]
    assert result[2, 2] == 0
    assert result[4, 1:4].tolist() == [0, 0, 0]


def test_resampling_keeps_means_and_the_middle() -> None:
    fine = np.random.default_rng(0).normal(0, 1, (60, 60)).astype(np.float32)
    coarse = resample_centred(fine, 0.2, 12)
    assert np.allclose(coarse, fine.reshape(12, 5, 12, 5).mean((1, 3)), atol=1e-6)
    smaller = resample_centred(fine, 0.2, 4)
    assert np.allclose(smaller, coarse[4:8, 4:8])
    larger = resample_centred(fine, 0.2, 16)
    assert np.isnan(larger[:2]).all()
    assert np.allclose(larger[2:-2, 2:-2], coarse)
    fine[:5, :5] = np.nan
    assert np.isnan(resample_centred(fine, 0.2, 12)[0, 0])


SHARP = {
    "CTYPE1": "CRLN-CEA",
    "CDELT1": 0.5,
    "BUNIT": "Mx/cm^2",
    "NOAA_ARS": "11158",
    "CRVAL1": 30.0,
    "CRVAL2": -20.0,
    "CAR_ROT": 2107,
}
RECORD = "hmi.sharp_cea_720s.377.20110215_020000_TAI"


def test_sharp_patches_are_centred_at_the_scale_of_the_videos(tmp_path: Path) -> None:
    field, bits = np.zeros((6, 10), np.float32), np.zeros((6, 10), np.uint8)
    field[2:4, 4:6], bits[2:4, 4:6] = 500, 34  # one new pixel is two old ones
    field[0, 0], bits[0] = np.nan, 1
    files = {
        f"{RECORD}.magnetogram.fits": fits_bytes(field, **SHARP),
        f"{RECORD}.bitmap.fits": fits_bytes(bits),
        f"{RECORD}.Br.fits": fits_bytes(-field, **SHARP),
    }
    path = make_zip(tmp_path / "a.zip", files)
    settings = TINY.model_copy(update={"patch_degrees": 5.0})
    archive = open_archive(path, settings, {})
    [offer] = archive.offers
    assert (offer.image_id, offer.group) == ("HARP00377_20110215_020000", "HARP00377")
    reading = archive.read(offer)
    assert reading.pixels.shape == (1, 5, 5)
    assert reading.pixels[0, 2, 2] == 0.75
    assert reading.pixels[0, 0, 0] == 0.5
    assert reading.covariates["active_share"] == pytest.approx(4 / 60)
    assert reading.covariates["active_mean_gauss"] == 500
    assert reading.covariates["noaa"] == "11158"
    radial = open_archive(path, settings.model_copy(update={"segment": "Br"}), {})
    assert radial.read(radial.offers[0]).pixels[0, 2, 2] == 0.25


def test_a_folder_without_the_wanted_segment_says_so(tmp_path: Path) -> None:
    files = {f"{RECORD}.continuum.fits": fits_bytes(np.ones((4, 4), np.float32))}
    archive = open_archive(make_zip(tmp_path / "a.zip", files), TINY, {})
    assert not archive.offers
    assert archive.remarks == ["no file of the segment magnetogram"]


def test_other_solar_images_are_stretched_between_percentiles(tmp_path: Path) -> None:
    ramp = np.arange(10000, dtype=np.float32).reshape(100, 100)
    files = {
        "efz20040301.000010_s.fits": fits_bytes(ramp, TELESCOP="SOHO", WAVELNTH=195),
        "mdi_20040301_000010.fits": solar_disk(size=64, background=300.0),
        "x/efz20040301.000010_s.fits": fits_bytes(ramp),
    }
    archive = open_archive(make_zip(tmp_path / "a.zip", files), ReaderSettings(), {})
    eit, disk, twin = archive.offers
    pixels = archive.read(eit).pixels
    assert pixels.shape == (1, 100, 100)
    assert (pixels == 0).mean() == pytest.approx(0.01, abs=0.001)
    assert (pixels == 1).mean() == pytest.approx(0.005, abs=0.001)
    assert eit.group == "CR2013"
    assert sorted(np.unique(archive.read(disk).pixels).tolist()) == pytest.approx(
        [0.5, 0.65], abs=1e-3
    )
    assert "same name" in str(twin.rejected)


def test_a_constant_image_gives_no_nan() -> None:
    assert np.array_equal(stretch(np.full((4, 4), 7, np.float32)), np.zeros((4, 4)))


def test_a_single_fits_file_is_an_archive_too(tmp_path: Path) -> None:
    path = tmp_path / "raw.fits"
    path.write_bytes(solar_disk(size=64))
    archive = open_archive(path, ReaderSettings(), {})
    assert [offer.image_id for offer in archive.offers] == ["raw"]
    assert archive.offers[0].time is not None  # from the header


def test_thumbnails_show_north_up_and_positive_white() -> None:
    video = np.full((8, 4, 4), 0.5, np.float16)
    video[2, -1, 0], video[4, 0, 0] = 0.6, 0.4  # north-east at a quarter, south-east at half time
    shown = thumbnail(video)
    assert (shown.shape, shown.dtype) == ((4, 12, 3), np.uint8)
    assert shown[0, 0].tolist() == [191, 191, 191]
    assert shown[3, 4].tolist() == [64, 64, 64]
    assert shown[0, 11, 0] == 128
    assert thumbnail(video[:1]).shape == (4, 4, 3)
    bright = np.full((1, 4, 4), 0.8, np.float16)
    assert thumbnail(bright).max() == 204  # no magnetogram: as stored
