import numpy as np
import pytest
import sunpy.map
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.utils import iers
from sun_made import START, middle_of_disk, solar_disk
from sunpy.coordinates import HeliographicCarrington
from sunpy.map.header_helper import make_fitswcs_header

from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.sun.disk import Disk, read_disk
from skyloom.surveys.sun.geometry import cut_patch, patch_at, reduce_disk
from skyloom.surveys.sun.mdi import disk_header, encode_disk, observe_from
from skyloom.surveys.sun.settings import ReaderSettings

SETTINGS = ReaderSettings()


def noisy(disk: Disk) -> Disk:
    noise = np.random.default_rng(1).normal(0, 100, disk.pixels.shape).astype(np.float32)
    return Disk(disk.pixels + noise, disk.wcs, disk.longitude, disk.latitude, disk.distance)


@pytest.mark.parametrize("projection", ["CAR", "CEA"])
@pytest.mark.parametrize("place", [(20.0, -40.0), (-31.0, 55.0), (5.0, 0.0)])
@pytest.mark.parametrize("roll", [0.0, 180.0, 7.5])
def test_patches_equal_sunpys_reprojection(
    projection: str, place: tuple[float, float], roll: float
) -> None:
    disk = noisy(read_disk(solar_disk(size=512, roll=roll), SETTINGS))
    settings = ReaderSettings(projection=projection)
    latitude, longitude = place[0], disk.longitude + place[1]
    field, on_disk = cut_patch(disk, patch_at(latitude, longitude, settings))
    assert on_disk.all()
    expected = reprojected(disk, roll, latitude, longitude, projection)
    assert np.abs(field - expected).max() < 0.02  # of a deviation of about 50 G


def reprojected(
    disk: Disk, roll: float, latitude: float, longitude: float, projection: str
) -> np.ndarray:
    iers.conf.auto_download = False
    observer = observe_from(START)
    header = disk_header(START, observer, disk.pixels.shape[0])
    header["CROTA2"] = roll
    source = sunpy.map.Map(disk.pixels.astype(float), dict(header))
    frame = HeliographicCarrington(
        obstime=source.observer_coordinate.obstime,
        observer=source.observer_coordinate,
        rsun=source.rsun_meters,
    )
    scale = 1 / 6
    north = latitude if projection == "CAR" else np.degrees(np.sin(np.radians(latitude)))
    target = make_fitswcs_header(
        (90, 90),
        SkyCoord(longitude * u.deg, 0 * u.deg, frame=frame),
        reference_pixel=[44.5, 44.5 - north / scale] * u.pix,
        scale=[scale, scale] * u.deg / u.pix,
        projection_code=projection,
    )
    return source.reproject_to(target).data


@pytest.mark.parametrize("roll", [0.0, 180.0])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_spot_lands_where_it_stands_on_the_sun(roll: float, compressed: bool) -> None:
    centre = middle_of_disk(START)
    spot = (centre + 21.0, 13.0)
    content = solar_disk(spot=spot, size=1024, roll=roll, compressed=compressed)
    field, _ = cut_patch(read_disk(content, SETTINGS), patch_at(10.0, centre + 20.0, SETTINGS))
    row, column = np.unravel_index(np.argmax(field), field.shape)
    # 3 degrees north and 1 degree west of the patch's middle, six pixels a degree
    assert (row, column) == pytest.approx((44.5 + 18, 44.5 + 6), abs=1)
    assert field.max() == pytest.approx(800, abs=10)


def test_what_lies_beyond_the_limb_is_not_on_the_disk() -> None:
    disk = read_disk(solar_disk(background=50.0, size=1024), SETTINGS)
    east, on_disk = cut_patch(disk, patch_at(0.0, disk.longitude - 84, SETTINGS))
    assert 0.5 < on_disk.mean() < 0.7
    assert on_disk[:, -1].all()
    assert not on_disk[:, 0].any()
    assert np.isnan(east[~on_disk]).all()
    assert np.allclose(east[on_disk], 50)
    far, nowhere = cut_patch(disk, patch_at(0.0, disk.longitude + 180, SETTINGS))
    assert not nowhere.any()
    assert np.isnan(far).all()


def test_fine_disks_are_averaged_in_whole_blocks_without_moving() -> None:
    centre = middle_of_disk(START)
    disk = read_disk(solar_disk(spot=(centre + 10, 5.0), size=1024), SETTINGS)
    coarse = ReaderSettings(degrees_per_pixel=0.6)
    reduced = reduce_disk(disk, coarse)
    assert reduced.pixels.shape == (256, 256)
    assert reduce_disk(disk, SETTINGS) is disk
    patch = patch_at(5.0, centre + 10, coarse)
    small, large = cut_patch(reduced, patch)[0], cut_patch(disk, patch)[0]
    assert np.abs(small - large).max() < 60  # a spot of 800 G, softened; moved by a pixel: 300 G
    rows, columns = np.indices(small.shape)
    for axis in (rows, columns):
        assert np.average(axis, weights=small) == pytest.approx(
            np.average(axis, weights=large), abs=0.05
        )


OLD_HEADER = {
    "CTYPE1": "solar-x",
    "CTYPE2": "solar-y",
    "CRLN_OBS": None,
    "CRLT_OBS": None,
    "RSUN_OBS": None,
    "RSUN_REF": None,
    "CROTA2": None,
    "DSUN_OBS": 149597870691.0,
    "QUALITY": "0x00000200",
}


def test_early_mdi_headers_are_understood() -> None:
    observer = observe_from(START)
    cards = {
        **OLD_HEADER,
        "OBS_L0": observer.longitude,
        "OBS_B0": observer.latitude,
        "OBS_DIST": observer.metres / 149597870700,
        "SOLAR_P": -180.0,
    }
    centre = middle_of_disk(START)
    content = solar_disk(spot=(centre - 20, -10.0), roll=180.0, **cards)
    disk = read_disk(content, SETTINGS)
    assert disk.distance == pytest.approx(observer.metres / 6.957e8)  # not the header's DSUN_OBS
    field, _ = cut_patch(disk, patch_at(-10.0, centre - 20, SETTINGS))
    row, column = np.unravel_index(np.argmax(field), field.shape)
    assert (row, column) == pytest.approx((44.5, 44.5), abs=2.5)  # a disk pixel is 2.9 wide


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ({"QUALITY": 0x80000200}, "bits 0x80000000"),
        ({"QUALITY": -2147483648}, "bits 0x80000000"),
        ({"QUALITY": "0x0000001c"}, "bits 0x1c"),
        ({"QUALITY": "good"}, "QUALITY is 'good'"),
        ({"BUNIT": "DN/s"}, "BUNIT is 'DN/s'"),
        ({"CRPIX1": None}, "lacks CRPIX1"),
        ({"CTYPE1": "CRLN-CEA"}, "expected HPLN-TAN"),
        ({"CTYPE1": None}, "expected HPLN-TAN"),
        ({"CRLN_OBS": None}, "where the observer stood"),
        ({"RSUN_OBS": None, "DSUN_OBS": None}, "expected RSUN_OBS"),
        ({"CRPIX1": -5000.0}, "outside the image"),
    ],
)
def test_a_disk_that_cannot_be_placed_is_refused_in_words(cards: dict, said: str) -> None:
    with pytest.raises(UnreadableImageError, match=said):
        read_disk(solar_disk(size=64, **cards), SETTINGS)


def test_a_disk_with_large_holes_is_refused() -> None:
    sound = read_disk(solar_disk(size=64), SETTINGS)
    assert 0.2 < np.isnan(sound.pixels).mean() < 0.4  # NaN off the limb do not count
    header = disk_header(START, observe_from(START), 64)
    image = np.zeros((64, 64), np.float32)
    image[20:30] = np.nan
    with pytest.raises(UnreadableImageError, match="of the disk have no value"):
        read_disk(encode_disk(image, header, bad=False, compressed=True), SETTINGS)
